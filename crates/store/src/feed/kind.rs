//! What a change is a version of.

use serde::{Deserialize, Serialize};

/// What a change is a version of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// A [`labtower_model::Project`].
    Project,
    /// A [`labtower_model::Pipeline`].
    Pipeline,
    /// A [`labtower_model::Job`].
    Job,
}

impl ChangeKind {
    /// `project`, `pipeline` or `job`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Pipeline => "pipeline",
            Self::Job => "job",
        }
    }

    /// Its number in `changes.kind`.
    pub(crate) fn id(self) -> i64 {
        match self {
            Self::Project => 0,
            Self::Pipeline => 1,
            Self::Job => 2,
        }
    }

    /// The kind with this number.
    pub(crate) fn of_id(id: i64) -> Option<Self> {
        [Self::Project, Self::Pipeline, Self::Job]
            .into_iter()
            .find(|kind| kind.id() == id)
    }
}
