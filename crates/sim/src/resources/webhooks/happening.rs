//! Something that happened, before it is put into words.

use super::trigger::Trigger;
use crate::world::Time;

/// Something that happened in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) at: Time,
    /// Index into the world's projects.
    pub(super) project: u32,
    pub(super) what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// The commit at this index of the project was pushed to its branch.
    Push(u32),
    /// The tag at this index of the project was pushed.
    TagPush(u32),
    /// The pipeline at this index changed its status.
    Pipeline(u32),
    /// The job with this id was created or changed its status.
    Job(u64),
    /// The job with this id, which deploys, started or ended.
    Deployment(u64),
    /// Something was done to the merge request with this iid.
    MergeRequest { iid: u64, action: &'static str },
    /// Something was done to the issue with this iid.
    Issue {
        iid: u64,
        action: &'static str,
        confidential: bool,
    },
    /// Somebody commented.
    Note(Comment),
    /// The tag at this index became a release.
    Release(u32),
}

/// A comment on a merge request or an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) on_merge_request: bool,
    pub(super) iid: u64,
    /// Number of the comment in its conversation.
    pub(super) remark: u64,
    pub(super) confidential: bool,
}

impl What {
    /// What hooks of projects and groups are told for.
    pub(super) fn trigger(&self) -> Trigger {
        match self {
            Self::Push(_) => Trigger::Push,
            Self::TagPush(_) => Trigger::TagPush,
            Self::Pipeline(_) => Trigger::Pipeline,
            Self::Job(_) => Trigger::Job,
            Self::Deployment(_) => Trigger::Deployment,
            Self::MergeRequest { .. } => Trigger::MergeRequest,
            Self::Issue {
                confidential: false,
                ..
            } => Trigger::Issue,
            Self::Issue { .. } => Trigger::ConfidentialIssue,
            Self::Note(comment) if comment.confidential => Trigger::ConfidentialNote,
            Self::Note(_) => Trigger::Note,
            Self::Release(_) => Trigger::Release,
        }
    }
}
