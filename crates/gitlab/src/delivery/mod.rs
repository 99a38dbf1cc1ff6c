//! What is read after pipelines: environments, deployments, schedules, runners, test reports.
//!
//! All but test reports come from REST, because GraphQL shows environments and schedules of one project per request too,
//! and with less in them.

mod deployments;
mod environments;
mod list;
mod runners;
mod schedules;
mod test_cases;
mod test_reports;

pub use deployments::DeploymentsPage;
pub(crate) use list::{List, one};
pub use test_reports::{ReportedPipeline, ReportedProject};
