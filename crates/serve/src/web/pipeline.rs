//! A pipeline as one line of a table.

use jiff::Timestamp;
use labtower_model::Status;
use labtower_store::PipelineRow;

use super::format;
use super::moment::Moment;
use super::status::Sign;

/// One line of the list of pipelines.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    /// Full path of the project, split where it is shortened when space is scarce.
    pub(crate) namespace: String,
    pub(crate) project: String,
    pub(crate) iid: i64,
    pub(crate) url: Option<String>,
    pub(crate) ref_name: String,
    /// The ref as shown: `!12` for the merge request 12.
    pub(crate) ref_label: String,
    pub(crate) ref_kind: String,
    pub(crate) source: String,
    pub(crate) user: String,
    pub(crate) short_sha: String,
    /// Running time; so far, while it is going on.
    pub(crate) duration: String,
    pub(crate) going_on: bool,
    pub(crate) created: Moment,
}

impl Line {
    /// The line of `row`, seen from `now`.
    pub(crate) fn new(row: PipelineRow, now: Timestamp) -> Self {
        let (namespace, project) = match row.project_full_path.rsplit_once('/') {
            Some((namespace, project)) => (format!("{namespace}/"), project.to_owned()),
            None => (String::new(), row.project_full_path),
        };
        let going_on = row.duration.is_none() && Status::parse(&row.status).is_live();
        let duration = if going_on {
            row.started_at.map(|at| now.duration_since(at).as_secs())
        } else {
            row.duration
        };
        let ref_name = row.ref_name.unwrap_or_default();
        Self {
            sign: Sign::of(&row.status),
            namespace,
            project,
            iid: row.iid.get(),
            url: format::link(row.web_url),
            ref_label: ref_label(&ref_name),
            ref_name,
            ref_kind: row.ref_kind,
            source: source_words(row.source.as_deref()),
            user: row.user_name.unwrap_or_default(),
            short_sha: row.sha.unwrap_or_default().chars().take(8).collect(),
            duration: duration.map(format::duration).unwrap_or_default(),
            going_on,
            created: Moment::new(row.created_at, now),
        }
    }
}

/// What started it, in words; the commonest long one without what goes without saying.
fn source_words(source: Option<&str>) -> String {
    match source {
        Some("merge_request_event") => "merge request".to_owned(),
        source => source.unwrap_or_default().replace('_', " "),
    }
}

/// Name of a ref without what goes without saying: `refs/merge-requests/12/head` is `!12`.
fn ref_label(name: &str) -> String {
    let number = name
        .strip_prefix("refs/merge-requests/")
        .and_then(|rest| rest.split('/').next());
    match number {
        Some(number) => format!("!{number}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_requests_are_shown_by_their_number() {
        assert_eq!(ref_label("refs/merge-requests/12/merge"), "!12");
        assert_eq!(ref_label("feature/12"), "feature/12");
    }

    #[test]
    fn sources_are_words() {
        assert_eq!(source_words(Some("merge_request_event")), "merge request");
        assert_eq!(source_words(Some("parent_pipeline")), "parent pipeline");
        assert_eq!(source_words(None), "");
    }
}
