//! What a change is a version of.

use serde::{Deserialize, Serialize};

/// What a change is a version of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// A [`labtower_model::Project`].
    Project,
    /// A [`labtower_model::Pipeline`].
    Pipeline,
    /// A [`labtower_model::Job`].
    Job,
    /// A [`labtower_model::MergeRequest`].
    MergeRequest,
    /// A [`labtower_model::Commit`]; it has no number, so its `entity_id` is 0.
    Commit,
}

impl ChangeKind {
    /// `project`, `pipeline`, `job`, `merge_request` or `commit`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Pipeline => "pipeline",
            Self::Job => "job",
            Self::MergeRequest => "merge_request",
            Self::Commit => "commit",
        }
    }

    /// Its number in `changes.kind`.
    pub(crate) fn id(self) -> i64 {
        match self {
            Self::Project => 0,
            Self::Pipeline => 1,
            Self::Job => 2,
            Self::MergeRequest => 3,
            Self::Commit => 4,
        }
    }

    /// The kind with this number.
    pub(crate) fn of_id(id: i64) -> Option<Self> {
        [
            Self::Project,
            Self::Pipeline,
            Self::Job,
            Self::MergeRequest,
            Self::Commit,
        ]
        .into_iter()
        .find(|kind| kind.id() == id)
    }
}
