//! What comparing the store with GitLab found, for the page on the health of the data.

use jiff::Timestamp;
use serde::Serialize;

use crate::api::completeness::lag_seconds;
use crate::overview::Overview;
use crate::web::pages::value::{Count, Maybe, Seconds, When};

/// Whether everything GitLab lists is stored.
#[derive(Debug, Serialize)]
pub(super) struct Completeness {
    /// Start of what was compared without a break until `until`.
    pub(super) from: Option<When>,
    /// Everything updated until here was compared.
    pub(super) until: Option<When>,
    pub(super) lag_seconds: Maybe<Seconds>,
    pub(super) pipelines: Count,
    pub(super) jobs: Count,
    /// Stored, and listed by GitLab no more.
    pub(super) pipelines_unlisted: Count,
    /// Projects left out of the latest day.
    pub(super) projects_behind: Count,
    pub(super) gaps_found: Count,
    pub(super) gaps_repaired: Count,
    pub(super) gaps_open: Count,
    pub(super) gaps: Vec<GapLine>,
}

/// A pipeline of which the store had less than GitLab.
#[derive(Debug, Serialize)]
pub(super) struct GapLine {
    pub(super) pipeline_id: i64,
    pub(super) detail: String,
    pub(super) found_at: When,
    pub(super) repaired_at: Option<When>,
}

impl Completeness {
    pub(super) fn new(overview: &Overview, now: Timestamp) -> Self {
        let found = &overview.completeness;
        let gaps = overview.gaps.iter().map(|gap| GapLine {
            pipeline_id: gap.pipeline_id.get(),
            detail: gap.detail.clone(),
            found_at: When(gap.found_at),
            repaired_at: gap.repaired_at.map(When),
        });
        Self {
            from: found.from.map(When),
            until: found.until.map(When),
            lag_seconds: Maybe(lag_seconds(found, now).map(Seconds::whole)),
            pipelines: Count(found.pipelines),
            jobs: Count(found.jobs),
            pipelines_unlisted: Count(found.unlisted),
            projects_behind: Count(found.behind),
            gaps_found: Count(found.found),
            gaps_repaired: Count(found.repaired),
            gaps_open: Count(found.open),
            gaps: gaps.collect(),
        }
    }
}
