//! Issues as people name them, and the form for a new one.

use labtower_store::IssueKey;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Longest title of a new issue, as GitLab allows it.
const TITLE: usize = 255;
/// Longest address that every browser and server takes.
const ADDRESS: usize = 7000;

/// The issue that `text` names: an address, `group/project#12`, or `#12` and `12` within `project`.
pub(super) fn parse(text: &str, project: Option<&str>) -> Option<IssueKey> {
    let text = text.trim();
    if text.starts_with("https://") || text.starts_with("http://") {
        return of_address(text);
    }
    let (path, number) = match text.rsplit_once('#') {
        Some(("", number)) => (project?, number),
        Some((path, number)) => (path, number),
        None => (project?, text),
    };
    key(path, number)
}

/// `https://host/group/project/-/issues/12`, `/-/work_items/12`, and what may follow.
fn of_address(address: &str) -> Option<IssueKey> {
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next()?;
    let (project, place) = path.split_once("/-/").or_else(|| {
        // As GitLab wrote it in former times.
        let at = path.find("/issues/")?;
        Some((&path[..at], &path[at + 1..]))
    })?;
    let mut parts = place.split('/');
    if !matches!(parts.next()?, "issues" | "work_items") {
        return None;
    }
    let number = parts.next()?;
    let project = percent_decode_str(project).decode_utf8().ok()?;
    key(&project, number)
}

fn key(path: &str, number: &str) -> Option<IssueKey> {
    let iid: i64 = number.trim().parse().ok().filter(|iid| *iid > 0)?;
    let path = path.trim().trim_matches('/');
    is_path(path).then(|| IssueKey {
        project_path: path.to_owned(),
        iid,
    })
}

/// Whether this may be the full path of a project.
pub(super) fn is_path(path: &str) -> bool {
    path.contains('/')
        && path
            .chars()
            .all(|letter| letter.is_alphanumeric() || "_-./+".contains(letter))
}

/// The page of an issue on the GitLab that a project's page is on.
pub(crate) fn address(project_page: &str, project: &str, key: &IssueKey) -> Option<String> {
    let root = project_page.strip_suffix(project)?;
    Some(format!("{root}{}/-/issues/{}", key.project_path, key.iid))
}

/// GitLab's form for a new issue of the project at `page`, filled in.
pub(super) fn new_issue(page: &str, title: &str, text: &str, labels: &[String]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let title: String = title.chars().take(TITLE).collect();
    let mut text = text.to_owned();
    if !labels.is_empty() {
        let labels: Vec<String> = labels.iter().map(|label| format!("~\"{label}\"")).collect();
        text = format!("{text}\n/label {}\n", labels.join(" "));
    }
    let mut address = format!(
        "{page}/-/issues/new?issue%5Btitle%5D={}&issue%5Bdescription%5D=",
        encoded(&title)
    );
    for letter in text.chars() {
        if address.len() > ADDRESS {
            break;
        }
        address.push_str(&encoded(letter.encode_utf8(&mut [0; 4])));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Option<String> {
        parse(text, Some("own/project")).map(|key| key.to_string())
    }

    #[test]
    fn issues_are_named_in_many_ways() {
        for (text, expected) in [
            ("group/sub/project#12", "group/sub/project#12"),
            (" #12 ", "own/project#12"),
            ("12", "own/project#12"),
            ("https://gitlab.example.com/a/b/-/issues/7", "a/b#7"),
            (
                "https://gitlab.example.com/a/b/-/work_items/7?x=1#note_3",
                "a/b#7",
            ),
            ("http://localhost:1/a/b/issues/7", "a/b#7"),
            ("https://gitlab.example.com/a/b/-/issues/7/designs", "a/b#7"),
        ] {
            assert_eq!(named(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_no_issue_is_none() {
        for text in [
            "",
            "#",
            "#0",
            "#-3",
            "a b/c#1",
            "project#1",
            "<script>/x#1",
            "https://gitlab.example.com/a/b/-/merge_requests/7",
            "https://gitlab.example.com/a/b",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(parse("12", None), None);
    }

    #[test]
    fn a_new_issue_is_filled_in_and_its_address_bounded() {
        let labels = ["ci-failure".to_owned()];
        let address = new_issue("https://x/a/b", "Fails & breaks", "why", &labels);
        assert!(
            address
                .starts_with("https://x/a/b/-/issues/new?issue%5Btitle%5D=Fails%20%26%20breaks&"),
            "{address}"
        );
        assert!(
            address.contains("%2Flabel%20%7E%22ci%2Dfailure%22"),
            "{address}"
        );
        let long = new_issue(
            "https://x/a/b",
            &"ü".repeat(999),
            &"ä\n".repeat(9999),
            &labels,
        );
        assert!(long.len() < 8000 && long.ends_with(|c: char| c.is_ascii_hexdigit()));
    }

    #[test]
    fn pages_of_issues_are_beside_those_of_projects() {
        let key = parse("other/tracker#3", None).unwrap();
        assert_eq!(
            address("https://x/git/a/b", "a/b", &key).unwrap(),
            "https://x/git/other/tracker/-/issues/3"
        );
        assert_eq!(address("https://x/elsewhere", "a/b", &key), None);
    }
}
