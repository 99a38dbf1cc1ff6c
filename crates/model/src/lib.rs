//! What a project, pipeline and job is, as GitLab means it; pure, no IO.
//!
//! Start at [`Pipeline`] and [`Job`]; both carry their GitLab source in the field docs.
//! Values GitLab may extend (statuses, sources, failure reasons) keep unknown text as it came.
//! To add an entity: a file with the struct, its `Canonical` implementation, a sample in `samples`.

mod clock;
mod failure;
mod hash;
mod ids;
mod job;
mod measure;
mod pipeline;
mod project;
pub mod samples;
mod status;

pub use clock::{Clock, FakeClock, SystemClock};
pub use failure::failure_reason;
pub use hash::content_hash;
pub use ids::{JobId, PipelineId, PipelineIid, ProjectId, RunnerId, UserId};
pub use jiff::Timestamp;
pub use job::{Job, JobKind};
pub use measure::histogram::Histogram;
pub use measure::histogram_sum::HistogramSum;
pub use pipeline::{Pipeline, PipelineWithJobs, RefKind, User};
pub use project::{Project, Visibility};
pub use status::Status;
