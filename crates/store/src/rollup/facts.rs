//! What a pipeline contributes.

use crate::totals::JobFact;

/// What rollups know of one pipeline; texts by their id in `words`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) id: i64,
    pub(crate) project_id: i64,
    pub(crate) ref_id: Option<i64>,
    /// Unix seconds.
    pub(crate) created_at: i64,
    pub(crate) status: i64,
    pub(crate) ref_kind: i64,
    pub(crate) source: Option<i64>,
    /// Seconds.
    pub(crate) duration: Option<i64>,
    /// Waiting time: milliseconds.
    pub(crate) queued: Option<i64>,
    pub(crate) failure_reason: Option<i64>,
}

impl Fact {
    /// Whether its jobs count under the same properties.
    pub(crate) fn is_alike(&self, other: &Self) -> bool {
        (self.project_id, self.ref_id, self.ref_kind, self.source)
            == (other.project_id, other.ref_id, other.ref_kind, other.source)
    }

    /// Days since 1970, UTC.
    pub(crate) fn day(&self) -> i64 {
        self.created_at.div_euclid(86_400)
    }
}

/// Contributions gained and lost in a transaction, in order.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    list: Vec<(Sign, Fact)>,
    jobs: Vec<(Sign, JobFact)>,
}

/// Whether a contribution came or went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    Gained,
    Lost,
}

impl Facts {
    /// A pipeline counts from now on.
    pub(crate) fn add(&mut self, fact: Fact) {
        self.list.push((Sign::Gained, fact));
    }

    /// A pipeline that counted does so no more.
    pub(crate) fn remove(&mut self, fact: Fact) {
        self.list.push((Sign::Lost, fact));
    }

    /// A job counts from now on.
    pub(crate) fn add_job(&mut self, fact: JobFact) {
        self.jobs.push((Sign::Gained, fact));
    }

    /// A job that counted does so no more.
    pub(crate) fn remove_job(&mut self, fact: JobFact) {
        self.jobs.push((Sign::Lost, fact));
    }

    /// Everything collected on jobs.
    pub(crate) fn jobs(&self) -> impl Iterator<Item = &(Sign, JobFact)> {
        self.jobs.iter()
    }

    /// Everything collected on pipelines.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Sign, Fact)> {
        self.list.iter()
    }
}
