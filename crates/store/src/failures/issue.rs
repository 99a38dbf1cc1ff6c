//! Issues of GitLab that failures are linked to.

use jiff::Timestamp;
use labtower_model::JobId;
use serde::{Deserialize, Serialize};

/// Names an issue: `group/project#12`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IssueKey {
    /// Full path of its project.
    pub project_path: String,
    /// Its number there.
    pub iid: i64,
}

impl std::fmt::Display for IssueKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.project_path, self.iid)
    }
}

/// An issue, as far as failures need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Where it is.
    pub key: IssueKey,
    /// Instance-wide id.
    pub id: i64,
    /// Its title.
    pub title: String,
    /// `opened` or `closed`.
    pub state: String,
    /// Its labels.
    pub labels: Vec<String>,
    /// Usernames of those it is assigned to.
    pub assignees: Vec<String>,
    /// Username of its author.
    pub author: Option<String>,
    /// Its page.
    pub web_url: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was closed; absent while it is open.
    pub closed_at: Option<Timestamp>,
    /// The known-issue blocks in its description.
    pub blocks: Vec<IssueBlock>,
}

impl Issue {
    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        self.state != "closed"
    }
}

/// A known-issue block of a description: failures that match belong to the issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, PartialOrd, Ord)]
pub struct IssueBlock {
    /// Text or regular expression to find in a line.
    pub pattern: String,
    /// Whether it is a regular expression.
    pub regex: bool,
    /// Only jobs of this name, `*` standing for anything; absent for all.
    pub job: Option<String>,
}

/// All links that the blocks of one issue make now: those it made before and does not make any more are removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockLinks {
    /// The issue.
    pub issue: IssueKey,
    /// Failed jobs that match.
    pub jobs: Vec<JobId>,
    /// Whether links of jobs not named here stay: these were looked at now, the others before.
    pub more: bool,
}

/// How a link came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkOrigin {
    /// Somebody assigned it.
    Person,
    /// Somebody's pattern matches.
    Pattern,
    /// A known-issue block matches.
    Block,
}

impl LinkOrigin {
    /// `person`, `pattern` or `block`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Pattern => "pattern",
            Self::Block => "block",
        }
    }

    /// Reads what [`LinkOrigin::as_str`] gave; anything else is a person.
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "pattern" => Self::Pattern,
            "block" => Self::Block,
            _ => Self::Person,
        }
    }
}

/// One step of reading the issues of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerUpdate {
    /// Full path of the project.
    pub project_path: String,
    /// When it was asked for.
    pub at: Timestamp,
    /// GitLab's clock: everything up to here was read. It never moves back.
    pub watermark: Option<Timestamp>,
    /// Why GitLab does not show them.
    pub refused: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// How far the issues of a project were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tracker {
    /// Full path of the project.
    pub project_path: String,
    /// GitLab's clock: everything up to here was read.
    pub watermark: Option<Timestamp>,
    /// When it was last asked for.
    pub tried_at: Timestamp,
    /// Why GitLab does not show them.
    pub refused: Option<String>,
    /// What went wrong since the last success.
    pub last_error: Option<String>,
    /// Failures in a row.
    pub failures: u32,
}
