//! Grafana dashboards on the metrics, as code: each page is a file here, and the JSON in `grafana/` is made from it.
//!
//! A panel ([`panel`]) is a title, a unit and a question in PromQL; a board ([`board`]) lays panels out in rows, so that no file has places in it.
//! To add a panel: a line in its page's file, then `make generate`; a test asks a real Prometheus every question.

mod board;
mod itself;
mod jobs;
mod overview;
mod panel;
mod pipelines;
mod queue;
mod releases;

pub use board::{Board, Question};

/// Every dashboard.
pub fn dashboards() -> Vec<Board> {
    vec![
        overview::board(),
        pipelines::board(),
        jobs::board(),
        queue::board(),
        releases::board(),
        itself::board(),
    ]
}
