//! What a project, pipeline and job is, as GitLab means it; pure, no IO.
//!
//! Start at [`Pipeline`] and [`Job`]; both carry their GitLab source in the field docs.
//! Values GitLab may extend (statuses, sources, failure reasons) keep unknown text as it came.
//! To add an entity: a file with the struct, its `Canonical` implementation, a sample in `samples`.

mod artifacts;
mod clock;
mod commit;
mod cron;
mod environment;
mod failure;
mod hash;
mod hook;
mod ids;
mod job;
mod measure;
mod merge_request;
mod pipeline;
mod project;
mod runner;
pub mod samples;
mod schedule;
mod statistics;
mod status;
mod test_report;

pub use artifacts::JobArtifacts;
pub use clock::{Clock, FakeClock, SystemClock};
pub use commit::Commit;
pub use cron::Cron;
pub use environment::{Deployment, Environment};
pub use failure::failure_reason;
pub use hash::content_hash;
pub use hook::{HookKindError, hook_kind, hook_kind_of};
pub use ids::{
    DeploymentId, EnvironmentId, JobId, MergeRequestId, MergeRequestIid, PipelineId, PipelineIid,
    ProjectId, RunnerId, ScheduleId, UserId,
};
pub use jiff::Timestamp;
pub use job::{Job, JobKind};
pub use measure::concentration::{Concentration, Place, concentrations};
pub use measure::critical_path::{JobTimes, Step, critical_path};
pub use measure::fisher::{Table, fisher_greater, fisher_two_sided};
pub use measure::flaky;
pub use measure::glyph::Glyph;
pub use measure::histogram::Histogram;
pub use measure::histogram_sum::HistogramSum;
pub use measure::night::Nights;
pub use measure::similarity::alike;
pub use measure::wilson::{Interval, wilson};
pub use merge_request::MergeRequest;
pub use pipeline::{Pipeline, PipelineWithJobs, RefKind, User};
pub use project::{Project, Visibility};
pub use runner::{Runner, RunnerDetails};
pub use schedule::PipelineSchedule;
pub use statistics::ProjectStatistics;
pub use status::Status;
pub use test_report::{TestCase, TestCounts, TestReport, TestSuite};
