//! The change feed into a sink of rows, for as long as the process runs.
//!
//! Every version of every project, pipeline, job, merge request and commit becomes a row of a stream of its kind
//! (`feed_pipelines`, …). How far each stream has come is in the sink, committed with the rows; `sinks` of the store
//! has a copy for metrics and pages. A sink that is down holds nothing up: the feed waits in the store.

mod options;
mod place;
mod rows;
mod run;

pub use options::FeedOptions;
pub use rows::FEED;
pub use run::Feed;
