//! Questions behind the pages on projects, pipelines and trends: one file each.

mod causes;
mod children;
mod elsewhere;
mod mended;
mod named;
mod project;
mod spread;
mod tally;
mod usage;

pub use causes::Cause;
pub use children::ChildPipeline;
pub use elsewhere::GroupIssue;
pub use mended::Mended;
pub use named::NamedJob;
pub use spread::GroupDay;
pub use tally::FailureTally;
pub use usage::{JobUsage, TagUsage};
