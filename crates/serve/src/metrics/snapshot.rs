//! What one snapshot of the store tells, before it is text.

use super::collect::{Due, Waiting};
use super::family::Switch;
use super::table::Table;

/// What one snapshot of the store tells about the data.
#[derive(Default)]
pub(super) struct Snapshot {
    /// Everything that stands still while the data does.
    pub(super) tables: Vec<Table>,
    /// How reading it went.
    pub(super) outcomes: Vec<Outcome>,
    /// What waits, for its age.
    pub(super) waiting: Vec<Waiting>,
    /// What is due, for its lateness.
    pub(super) due: Vec<Due>,
}

/// How one collector did.
pub(super) struct Outcome {
    /// The collector.
    pub(super) switch: Switch,
    /// Whether it could be read.
    pub(super) success: bool,
    /// How long it took.
    pub(super) seconds: f64,
}
