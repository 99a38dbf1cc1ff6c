//! What people do about failures.

use jiff::Timestamp;
use labtower_model::JobId;
use serde::{Deserialize, Serialize};

use super::{GroupId, Issue, IssueKey, LinkOrigin, SignatureKey};

/// One failed job, or a group of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The job alone.
    Job(JobId),
    /// All failures of the group, those to come too.
    Group(GroupId),
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Job(job) => write!(f, "job {job}"),
            Self::Group(group) => write!(f, "group {group}"),
        }
    }
}

/// Something a person does. Each can be undone with [`Action::Undo`], undoing itself aside.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Failures belong to an issue.
    Assign {
        /// What is linked.
        subjects: Vec<Subject>,
        /// The issue.
        issue: IssueKey,
        /// What GitLab shows of it, if it was asked.
        known: Option<Box<Issue>>,
        /// Whether a person or a pattern chose them.
        how: LinkOrigin,
    },
    /// Failures do not belong to an issue any more.
    Unassign {
        /// What is linked.
        subjects: Vec<Subject>,
        /// The issue.
        issue: IssueKey,
    },
    /// What kind of failure it is.
    Classify {
        /// What is meant.
        subjects: Vec<Subject>,
        /// Kind of failure; absent to leave it as computed.
        category: Option<String>,
        /// Who can mend it; absent to leave it as computed.
        whose: Option<String>,
        /// Why.
        note: Option<String>,
    },
    /// The reason shown is wrong.
    WrongReason {
        /// The job.
        job: JobId,
        /// What it should say.
        note: Option<String>,
    },
    /// Two groups are the same failure: the first goes into the second.
    Merge {
        /// The group that goes.
        from: GroupId,
        /// The group that stays.
        into: GroupId,
    },
    /// Some failures of a group are another one.
    Split {
        /// The group.
        group: GroupId,
        /// These go with their signatures, those to come too.
        signatures: Vec<SignatureKey>,
        /// These go alone.
        jobs: Vec<JobId>,
    },
    /// A name for a group; absent for its pattern.
    Rename {
        /// The group.
        group: GroupId,
        /// Its name.
        title: Option<String>,
    },
    /// A group is not shown as something to do.
    Mute {
        /// The group.
        group: GroupId,
        /// Until when; absent to end it.
        until: Option<Timestamp>,
    },
    /// GitLab is about to be asked for a new issue. Refused where one may be on its way, or is linked already.
    AskForIssue {
        /// What it is about.
        subjects: Vec<Subject>,
        /// Full path of the project that gets it.
        project_path: String,
        /// Its title.
        title: String,
        /// Whether an issue that is linked and open is no reason not to.
        another: bool,
    },
    /// What became of [`Action::AskForIssue`]. No row of its own: it completes the other's.
    IssueAnswer {
        /// [`AuditRow::id`] of the question.
        audit: i64,
        /// What it is about.
        subjects: Vec<Subject>,
        /// What GitLab said.
        made: IssueMade,
    },
    /// Takes an action back.
    Undo {
        /// [`AuditRow::id`] of what is taken back.
        audit: i64,
    },
}

/// What became of an issue that GitLab was asked to make.
#[derive(Debug, Clone, PartialEq)]
pub enum IssueMade {
    /// It is there; what it is about is linked to it.
    Made(Box<Issue>),
    /// It is not there, and why.
    Refused(String),
    /// Nobody knows, and why: GitLab's answer did not come.
    Unknown(String),
}

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acted {
    /// Its row of the audit trail.
    pub audit: i64,
    /// The group it made, for [`Action::Split`].
    pub group: Option<GroupId>,
}

/// A row of the audit trail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// `assign`, `unassign`, `classify`, `wrong_reason`, `merge`, `split`, `rename`, `mute`, `create_issue` or `undo`.
    pub action: String,
    /// What it was about, for example `group 7`.
    pub subject: String,
    /// What was changed.
    pub detail: serde_json::Value,
    /// The row that took it back.
    pub undone_by: Option<i64>,
}
