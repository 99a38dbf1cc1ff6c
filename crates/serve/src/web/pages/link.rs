//! Addresses of pages, relative to `/`, and of the same page in another state.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What may stand in a part of a path as it is.
const PART: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
/// The same with slashes.
const PATH: &AsciiSet = &PART.remove(b'/');

/// A text within a query.
pub(crate) fn quoted(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// The page of a project.
pub(crate) fn project(path: &str) -> String {
    format!("p/{}", utf8_percent_encode(path, PATH))
}

/// The history of a job.
pub(crate) fn job(project_path: &str, name: &str) -> String {
    format!("{}/-/jobs/{}", project(project_path), quoted(name))
}

/// The jobs of a name in all projects.
pub(crate) fn jobs(name: &str) -> String {
    format!("jobs/{}", quoted(name))
}

/// The same page with some parameters set anew, or taken out where the value is empty: `?days=7`.
///
/// `target` is path and query as sent. Places in lists are forgotten, unless they are set.
pub(crate) fn with(target: &str, set: &[(&str, &str)]) -> String {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let mut pairs: Vec<String> = query
        .split('&')
        .filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !pair.is_empty()
                && !["cursor", "offset", "format"].contains(&name)
                && set.iter().all(|(key, _)| *key != name)
        })
        .map(str::to_owned)
        .collect();
    for (key, value) in set {
        if !value.is_empty() {
            pairs.push(format!("{key}={}", quoted(value)));
        }
    }
    format!("?{}", pairs.join("&"))
}

/// The value of a parameter that is a number.
pub(crate) fn number(target: &str, key: &str) -> Option<i64> {
    let (_, query) = target.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == key)?.1.parse().ok()
}

/// Where forms of this page come back to: path and query without what told of the last one.
pub(crate) fn back(target: &str) -> String {
    let path = target.split('?').next().unwrap_or_default();
    let query = with(target, &[("done", ""), ("match", "")]);
    format!("{path}{}", query.trim_end_matches('?'))
}

/// One of several states of a page to choose from.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    /// What it is called.
    pub(crate) name: String,
    /// Where it leads.
    pub(crate) href: String,
    /// Whether the page is in this state.
    pub(crate) current: bool,
}

/// Choices of one parameter: value and name of each; `current` is the value that holds.
pub(crate) fn choices(
    target: &str,
    key: &str,
    current: &str,
    values: &[(&str, &str)],
) -> Vec<Choice> {
    values
        .iter()
        .map(|(value, name)| Choice {
            name: (*name).to_owned(),
            href: with(target, &[(key, value)]),
            current: *value == current,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_an_address() {
        assert_eq!(
            job("a/b", "test: x/y <b>"),
            "p/a/b/-/jobs/test%3A%20x%2Fy%20%3Cb%3E"
        );
        assert_eq!(jobs("?x#y"), "jobs/%3Fx%23y");
    }

    #[test]
    fn a_state_keeps_the_others_and_forgets_the_place() {
        let target = "/g/7?days=30&cursor=1-2&q=a%26b&format=json";
        assert_eq!(with(target, &[("days", "7")]), "?q=a%26b&days=7");
        assert_eq!(with(target, &[("q", "")]), "?days=30");
        assert_eq!(with("/trends", &[("format", "csv")]), "?format=csv");
    }
}
