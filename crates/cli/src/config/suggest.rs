//! Did-you-mean: the known key nearest to one that is not known.

use super::section::Key;

/// How alike two names must be, from 0 to 1, before one is offered for the other.
const ALIKE: f64 = 0.75;

/// A hint for an unknown `section.name`, when something known is near.
pub(super) fn did_you_mean(section: &str, name: &str, keys: &[Key]) -> Option<String> {
    if let Some(elsewhere) = keys.iter().find(|key| key.name == name) {
        return Some(format!("`{name}` belongs in [{}]", elsewhere.section));
    }
    let likeness = |key: &Key| {
        let same_section = if key.section == section { 0.05 } else { 0.0 };
        strsim::jaro_winkler(key.name, name) + same_section
    };
    let (score, nearest) = keys
        .iter()
        .map(|key| (likeness(key), key))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score >= ALIKE).then(|| format!("did you mean `{}`?", nearest.path()))
}

/// A hint for an unknown section.
pub(super) fn did_you_mean_section(name: &str, sections: &[&str]) -> Option<String> {
    let (score, nearest) = sections
        .iter()
        .map(|section| (strsim::jaro_winkler(section, name), section))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    (score >= ALIKE).then(|| format!("did you mean [{nearest}]?"))
}
