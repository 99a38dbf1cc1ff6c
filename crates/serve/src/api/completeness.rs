//! What comparing the store with GitLab found, as a part of `GET /api/sync`.

use jiff::Timestamp;
use labtower_store::{Completeness as Found, Gap as FoundGap};
use serde::Serialize;
use utoipa::ToSchema;

use crate::overview::Overview;
use crate::time::Time;

/// Whether everything GitLab lists is stored: a comparison of pipelines and their jobs, day by day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Completeness {
    /// Start of what was compared without a break until `until`; null before the first comparison.
    from: Option<Time>,
    /// Everything updated from `from` until here was compared.
    until: Option<Time>,
    /// Seconds since `until`.
    lag_seconds: Option<i64>,
    /// When the last comparison was.
    checked_at: Option<Time>,
    /// When the day that waits longest for its next comparison was compared.
    oldest_checked_at: Option<Time>,
    /// Days compared.
    days: u64,
    /// Projects left out of the latest day: not yet read so far, or not readable.
    projects_behind: u64,
    /// Pipelines GitLab listed on those days.
    pipelines: u64,
    /// Jobs it counted in them.
    jobs: u64,
    /// Pipelines stored that GitLab lists no more: they were deleted there, and are kept here.
    pipelines_unlisted: u64,
    /// Pipelines that were missing or behind, ever.
    gaps_found: u64,
    /// Those that were read again and are whole now.
    gaps_repaired: u64,
    /// Those that still differ.
    gaps_open: u64,
    /// The open and the latest of them.
    gaps: Vec<Gap>,
}

/// A pipeline of which the store had less than GitLab.
#[derive(Debug, Serialize, ToSchema)]
struct Gap {
    /// The pipeline.
    pipeline_id: i64,
    /// Its project.
    project_id: i64,
    /// `absent`, `outdated` or `jobs`.
    kind: &'static str,
    /// What differed.
    detail: String,
    /// When it was found.
    found_at: Time,
    /// When it was whole; null while it is not.
    repaired_at: Option<Time>,
}

impl Completeness {
    pub(crate) fn of(overview: &Overview, now: Timestamp) -> Self {
        let found = &overview.completeness;
        Self {
            from: found.from.map(Time),
            until: found.until.map(Time),
            lag_seconds: lag_seconds(found, now),
            checked_at: found.checked_at.map(Time),
            oldest_checked_at: found.oldest_checked_at.map(Time),
            days: found.days,
            projects_behind: found.behind,
            pipelines: found.pipelines,
            jobs: found.jobs,
            pipelines_unlisted: found.unlisted,
            gaps_found: found.found,
            gaps_repaired: found.repaired,
            gaps_open: found.open,
            gaps: overview.gaps.iter().map(Gap::from).collect(),
        }
    }
}

/// Seconds since the last moment that was compared.
pub(crate) fn lag_seconds(found: &Found, now: Timestamp) -> Option<i64> {
    let until = found.until?;
    Some(now.duration_since(until).as_secs().max(0))
}

impl From<&FoundGap> for Gap {
    fn from(gap: &FoundGap) -> Self {
        Self {
            pipeline_id: gap.pipeline_id.get(),
            project_id: gap.project_id.get(),
            kind: gap.kind.as_str(),
            detail: gap.detail.clone(),
            found_at: Time(gap.found_at),
            repaired_at: gap.repaired_at.map(Time),
        }
    }
}
