//! What is copied.

use std::time::Duration;

use labtower_extract::{CATALOGUE, ReadOptions, Stream};
use labtower_model::Timestamp;

use super::CopyError;

/// How long rows wait for a batch to fill. It is what a run loses that is ended by others, and jobs of GitLab end after an
/// hour or less; each batch costs a file, a transaction or 30 MB of BigQuery's queries, for each of some ten streams.
const BATCH_TIME: Duration = Duration::from_secs(120);

/// What is copied, and how.
#[derive(Debug, Clone)]
pub struct CopyOptions {
    /// Where the lists are.
    pub roots: Vec<Roots>,
    /// Only these streams; all that are on by default when empty.
    pub only: Vec<String>,
    /// None of these.
    pub exclude: Vec<String>,
    /// How lists are read.
    pub read: ReadOptions,
    /// Parents that are read at once.
    pub concurrency: usize,
    /// Bytes of rows that make a batch.
    pub batch_bytes: usize,
    /// How long rows wait for a batch to fill.
    pub batch_time: Duration,
    /// When the run began.
    pub data_date: Timestamp,
}

impl CopyOptions {
    /// Everything of these roots that is new since the last run.
    pub fn new(roots: Vec<Roots>, data_date: Timestamp) -> Self {
        Self {
            roots,
            only: Vec::new(),
            exclude: Vec::new(),
            read: ReadOptions::default(),
            concurrency: 10,
            batch_bytes: 8 << 20,
            batch_time: BATCH_TIME,
            data_date,
        }
    }

    /// The chosen streams, in the catalogue's order.
    ///
    /// # Errors
    /// A name that no stream has.
    pub fn streams(&self) -> Result<Vec<&'static Stream>, CopyError> {
        for name in self.only.iter().chain(&self.exclude) {
            if !CATALOGUE.iter().any(|stream| stream.name == name) {
                return Err(CopyError::NoStream { name: name.clone() });
            }
        }
        let chosen = |stream: &&&'static Stream| {
            let named = |list: &[String]| list.iter().any(|name| name == stream.name);
            !named(&self.exclude)
                && if self.only.is_empty() {
                    !stream.off
                } else {
                    named(&self.only)
                }
        };
        Ok(CATALOGUE.iter().filter(chosen).copied().collect())
    }
}

/// Where the lists are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Roots {
    /// A group with its projects.
    Group {
        /// Full path or id.
        path: String,
        /// Its subgroups and their projects too.
        recursive: bool,
    },
    /// One project.
    Project {
        /// Full path or id.
        path: String,
    },
    /// All groups and projects that the token sees, and the instance's own lists.
    Instance,
}
