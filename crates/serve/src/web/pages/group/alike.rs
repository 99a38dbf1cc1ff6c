//! What looks like a group of failures: other groups, and issues.

use std::collections::HashSet;

use jiff::Timestamp;
use labtower_model::alike;
use labtower_store::{FailureRow, GroupFilter, Reader};
use serde::Serialize;

use super::read::EXAMPLES;
use crate::answer::AnswerError;
use crate::web::format;
use crate::web::pages::groups::Group;
use crate::web::pages::value::Share;

/// Groups compared with this one, of the same days.
const NEIGHBOURS: usize = 500;
/// How alike a group must be to be shown as near: 0 to 1.
const NEAR: f64 = 0.5;

/// A group that looks alike.
#[derive(Debug, Serialize)]
pub(super) struct Nearby {
    #[serde(flatten)]
    pub(super) group: Group,
    pub(super) similarity: Share,
}

/// An issue that may be about the group.
#[derive(Debug, Serialize)]
pub(super) struct Suggested {
    pub(super) issue: String,
    pub(super) title: String,
    pub(super) state: String,
    pub(super) web_url: Option<String>,
    pub(super) similarity: Share,
}

/// Groups of the same kind whose patterns are alike.
pub(super) fn nearby(
    reader: &Reader<'_>,
    own: &labtower_store::GroupRow,
    days: u16,
    now: Timestamp,
) -> Result<Vec<Nearby>, AnswerError> {
    let (rows, _) = reader.groups(&GroupFilter {
        days,
        category: Some(own.category.clone()),
        limit: NEIGHBOURS,
        ..GroupFilter::new(now)
    })?;
    let mut found: Vec<Nearby> = rows
        .iter()
        .filter(|row| row.id != own.id)
        .map(|row| Nearby {
            similarity: Share(alike(&own.pattern, &row.pattern)),
            group: Group::new(row),
        })
        .filter(|near| near.similarity.0 >= NEAR)
        .collect();
    found.sort_by(|a, b| b.similarity.0.total_cmp(&a.similarity.0));
    found.truncate(EXAMPLES);
    Ok(found)
}

/// Issues of the group's projects, and of projects whose issues are read anyway, with a title like the pattern.
pub(super) fn suggested(
    reader: &Reader<'_>,
    pattern: &str,
    sample: &[FailureRow],
) -> Result<Vec<Suggested>, AnswerError> {
    let mut seen = HashSet::new();
    let trackers = reader.issue_trackers()?;
    let projects: Vec<String> = sample
        .iter()
        .map(|row| row.project.clone())
        .chain(trackers.into_iter().map(|tracker| tracker.project_path))
        .filter(|path| seen.insert(path.clone()))
        .take(50)
        .collect();
    let found = reader.issues_like(pattern, &projects, EXAMPLES)?;
    Ok(found
        .into_iter()
        .map(|found| Suggested {
            issue: found.issue.key.to_string(),
            title: found.issue.title,
            state: found.issue.state,
            web_url: format::link(found.issue.web_url),
            similarity: Share(found.similarity),
        })
        .collect())
}
