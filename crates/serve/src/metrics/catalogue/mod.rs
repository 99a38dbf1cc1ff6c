//! Every family labtower can serve, as data; one file per subject.
//!
//! To add a family: a line in the file of its subject, and its values where its collector makes them.

mod delivery;
mod info;
mod jobs;
mod merge_requests;
mod now;
mod own;
mod pipelines;
mod refs;
mod tests;
mod totals;

use super::family::Family;

/// Every family, by switch and in the order of the scrape.
pub const FAMILIES: &[&[Family]] = &[
    totals::TOTALS,
    refs::PIPELINES,
    refs::JOBS,
    tests::TEST_REPORTS,
    tests::TEST_CASES,
    delivery::ENVIRONMENTS,
    pipelines::PIPELINE_TOTALS,
    jobs::JOB_TOTALS,
    now::QUEUE,
    now::SCHEDULES,
    delivery::DEPLOYMENTS,
    merge_requests::MERGE_REQUESTS,
    merge_requests::RUNNERS,
    info::INFO,
    own::LABTOWER,
];
