//! Copies GitLab's lists into a sink: one run, from where the last one left off.
//!
//! The sink alone knows how far each list has come, so a run needs no memory of its own, and a run that was killed is
//! a run that begins a little earlier. Lists that belong together are read parent by parent, several parents at once;
//! rows gather per stream and are committed with their cursors in numbered batches ([`crate::sink`]).

mod commit;
mod cursors;
mod error;
mod family;
mod gathered;
mod options;
mod parents;
mod places;
mod plan;
mod report;
mod run;

pub use error::CopyError;
pub use options::{CopyOptions, Roots};
pub use plan::{Plan, plan};
pub use report::{Progress, Report, StreamReport};
pub use run::copy;
