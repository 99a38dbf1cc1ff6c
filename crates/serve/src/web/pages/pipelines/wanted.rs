//! What the page of pipelines is asked for.

use jiff::Timestamp;
use labtower_store::{Filter, Reader, StoreError};

use super::super::verdict::since;
use crate::error::ApiError;
use crate::query::Params;

/// What was chosen, as the address says it.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) projects: Vec<String>,
    pub(super) group: String,
    pub(super) refs: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) statuses: Vec<String>,
    pub(super) days: String,
}

impl Wanted {
    /// What an address asks for.
    pub(super) fn of(params: &Params) -> Result<Self, ApiError> {
        let days = params.one("days").unwrap_or_default();
        if !days.is_empty()
            && !days
                .parse()
                .is_ok_and(|days: u16| (1..=366).contains(&days))
        {
            return Err(ApiError::parameter(
                "days",
                days,
                "a number of days from 1 to 366",
            ));
        }
        Ok(Self {
            projects: params.list("project"),
            group: params
                .one("group")
                .unwrap_or_default()
                .trim_matches('/')
                .to_owned(),
            refs: params.list("ref"),
            sources: params.list("source"),
            statuses: params.list("status"),
            days: days.to_owned(),
        })
    }

    pub(super) fn project_text(&self) -> String {
        self.projects.join(",")
    }

    pub(super) fn ref_text(&self) -> String {
        self.refs.join(",")
    }

    pub(super) fn source_text(&self) -> String {
        self.sources.join(",")
    }

    pub(super) fn status_text(&self) -> String {
        self.statuses.join(",")
    }

    /// The filter; `None` when nothing can match.
    pub(super) fn filter(
        &self,
        reader: &Reader<'_>,
        now: Timestamp,
    ) -> Result<Option<Filter>, StoreError> {
        let mut projects = self.projects.clone();
        if !self.group.is_empty() {
            let within = format!("{}/", self.group);
            let mut paths = reader.project_paths(None)?;
            paths.retain(|path| path.starts_with(&within));
            if !projects.is_empty() {
                paths.retain(|path| projects.contains(path));
            }
            if paths.is_empty() {
                return Ok(None);
            }
            projects = paths;
        }
        Ok(Some(Filter {
            projects,
            refs: self.refs.clone(),
            sources: self.sources.clone(),
            statuses: self.statuses.clone(),
            from: self.days.parse().ok().map(|days| since(now, days)),
            ..Filter::default()
        }))
    }
}
