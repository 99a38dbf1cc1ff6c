//! Which environment variables set which settings.

use super::section::Key;

/// What all variables of settings begin with.
pub(super) const PREFIX: &str = "LABTOWER__";

/// Short names that other tools use too, with the section and key they set.
///
/// The long name wins where both are set, and both win over the file.
pub(super) const SHORT: [(&str, &str, &str); 2] = [
    ("GITLAB_URL", "gitlab", "url"),
    ("GITLAB_TOKEN", "gitlab", "token"),
];

/// A variable that sets something, or tries to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) section: String,
    pub(super) key: String,
    pub(super) value: &'a str,
}

/// The variables that are ours, weakest first; an empty one counts as not set.
pub(super) fn variables(environment: &[(String, String)]) -> Vec<Variable<'_>> {
    let given = || environment.iter().filter(|(_, value)| !value.is_empty());
    let short = given().filter_map(|(name, value)| {
        let (_, section, key) = SHORT.iter().find(|(short, ..)| short == name)?;
        Some(Variable {
            name,
            section: (*section).to_owned(),
            key: (*key).to_owned(),
            value,
        })
    });
    let long = given().filter_map(|(name, value)| {
        let rest = name.strip_prefix(PREFIX)?.to_lowercase();
        // A section may have parts: what stands last is the key.
        let (section, key) = rest.rsplit_once("__").unwrap_or((rest.as_str(), ""));
        Some(Variable {
            name,
            section: section.replace("__", "."),
            key: key.to_owned(),
            value,
        })
    });
    short.chain(long).collect()
}

/// The names of the variables that set `key`, for the reference.
pub(super) fn names(key: &Key) -> Vec<String> {
    let short = SHORT
        .iter()
        .filter(|(_, section, name)| *section == key.section && *name == key.name)
        .map(|(variable, ..)| (*variable).to_owned());
    std::iter::once(key.variable()).chain(short).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_come_after_short_ones_and_empty_ones_not_at_all() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let environment = [
            pair("LABTOWER__GITLAB__TOKEN", "long"),
            pair("GITLAB_TOKEN", "short"),
            pair("GITLAB_URL", ""),
            pair("PATH", "/bin"),
        ];
        let found = variables(&environment);
        let values: Vec<&str> = found.iter().map(|variable| variable.value).collect();
        assert_eq!(values, ["short", "long"]);
        assert!(found.iter().all(|variable| variable.key == "token"));
    }
}
