//! From the text of a file to settings and notes.

use std::collections::BTreeMap;

use super::document::{Entry, NotYaml, Value, entries};
use super::draft::{About, Draft, File, Note, Written};
use super::known::{Fate, Known, ONCE, PER_PROJECT, SCOPES};
use super::{global, per_project, selection};

/// How alike two keys must be, from 0 to 1, before one is offered for the other.
const ALIKE: f64 = 0.9;

/// A translated configuration.
#[derive(Debug)]
pub struct Imported {
    /// By `section.key`.
    pub settings: BTreeMap<&'static str, Written>,
    /// Everything that became no setting or not quite the same one; what needs a look first.
    pub notes: Vec<Note>,
}

/// Translates the YAML file of a gitlab-ci-pipelines-exporter.
///
/// # Errors
/// When it is not YAML; single values that are wrong are notes.
pub fn import(text: &str) -> Result<Imported, NotYaml> {
    let entries = entries(text)?;
    let file = File::new(&entries);
    let mut draft = Draft::default();
    global::translate(&file, &mut draft);
    selection::translate(&file, &mut draft);
    per_project::translate(&file, &mut draft);
    for entry in entries.iter().filter(|entry| entry.value != Value::Null) {
        remark(entry, &mut draft);
    }
    let Draft {
        settings,
        mut notes,
    } = draft;
    notes.sort_by_key(|note| (note.about, note.line));
    Ok(Imported { settings, notes })
}

/// The note of a key that becomes no setting.
fn remark(entry: &Entry, draft: &mut Draft) {
    match fate(&entry.path) {
        None => draft.note(About::Unknown, entry, suggestion(&entry.path)),
        Some(Fate::Setting(_)) => {}
        Some(Fate::Outside(place)) => draft.note(About::Outside, entry, place),
        Some(Fate::NotNeeded(why)) => draft.note(About::NotNeeded, entry, why),
        Some(Fate::NotSupported { lossless, .. }) if entry.value.to_string() == lossless => {
            draft.note(About::NotNeeded, entry, "nothing is lost with this value");
        }
        Some(Fate::NotSupported { why, .. }) => draft.note(About::NotSupported, entry, why),
    }
}

/// What becomes of a key; `None` when there is no such key.
pub(super) fn fate(path: &str) -> Option<Fate> {
    let named = |keys: &[Known], path: &str| {
        let known = keys.iter().find(|known| known.path == path);
        known.map(|known| known.fate)
    };
    named(ONCE, path).or_else(|| {
        let scoped = SCOPES.iter().find_map(|scope| path.strip_prefix(scope));
        named(PER_PROJECT, scoped?.strip_prefix('.')?)
    })
}

/// The known key nearest to one that is not.
fn suggestion(path: &str) -> String {
    let scoped = SCOPES.iter().flat_map(|scope| {
        let join = move |known: &Known| format!("{scope}.{}", known.path);
        PER_PROJECT.iter().map(join)
    });
    let all = ONCE.iter().map(|known| known.path.to_owned()).chain(scoped);
    let nearest = all
        .map(|known| (strsim::jaro_winkler(&known, path), known))
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((likeness, known)) if likeness >= ALIKE => format!("did you mean `{known}`?"),
        _ => "it is left out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// A file with one key; the path's last part has the value.
    fn file(path: &str, value: &str) -> String {
        let mut text = String::new();
        let mut indent = 0;
        for part in path.split('.') {
            let name = part.trim_end_matches("[]");
            text.extend([name, ":"]);
            indent += 2;
            let lead = " ".repeat(indent);
            if part.ends_with("[]") {
                indent += 2;
                text.extend(["\n", &lead, "- "]);
            } else {
                text.extend(["\n", &lead]);
            }
        }
        format!("{text}{value}\n")
    }

    #[test]
    fn no_key_is_lost_silently() {
        let scoped = SCOPES.iter().flat_map(|scope| {
            let keys = PER_PROJECT.iter();
            keys.map(move |known| format!("{scope}.{}", known.path))
        });
        let all = ONCE.iter().map(|known| known.path.to_owned()).chain(scoped);
        let empty = import("").unwrap();
        for path in all {
            for value in ["true", "false", "7", "text", "[1]"] {
                let text = file(&path, value);
                let imported = import(&text).unwrap();
                let about = |note: &Note| {
                    note.key.starts_with(&path) || path.starts_with(&format!("{}.", note.key))
                };
                let is_told =
                    imported.notes.iter().any(about) || imported.settings != empty.settings;
                // The one value that says what is so anyway.
                let is_default = path.starts_with("gitlab.enable_tls_verify") && value == "true";
                assert!(is_told || is_default, "{text}");
            }
        }
    }

    #[test]
    fn every_setting_that_a_key_becomes_exists() {
        let real: Vec<String> = Config::default()
            .keys()
            .iter()
            .map(crate::config::Key::path)
            .collect();
        for known in ONCE.iter().chain(PER_PROJECT) {
            if let Fate::Setting(settings) = known.fate {
                for setting in settings {
                    assert!(real.iter().any(|path| path == setting), "{setting}");
                }
            }
        }
    }

    #[test]
    fn an_unknown_key_is_told_with_the_nearest_one() {
        let imported = import("gitlab:\n  tokn: hush\nwhatever: 1\n").unwrap();
        let unknown = imported
            .notes
            .iter()
            .filter(|note| note.about == About::Unknown);
        let unknown: Vec<_> = unknown
            .map(|note| (note.line, note.text.as_str()))
            .collect();
        assert_eq!(
            unknown,
            [(2, "did you mean `gitlab.token`?"), (3, "it is left out")]
        );
    }
}
