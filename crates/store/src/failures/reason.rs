//! The reason of a failed job, and what it took to find it.

use jiff::Timestamp;
use labtower_model::{JobId, ProjectId};
use serde::{Deserialize, Serialize};

use super::ReasonBody;

/// Id of a group of failures that belong together. Never changes, never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub i64);

impl std::fmt::Display for GroupId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// Identity of a failure, and the version of how it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureKey {
    /// Version of how signatures are made.
    pub version: u16,
    /// Hash of category and pattern.
    pub hash: u128,
}

impl std::fmt::Display for SignatureKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{:032x}", self.version, self.hash)
    }
}

impl std::str::FromStr for SignatureKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (version, hash) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            version: version.parse()?,
            hash: u128::from_str_radix(hash, 16)?,
        })
    }
}

/// Why a job failed, as the explainer found it.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The job.
    pub job_id: JobId,
    /// When it was explained.
    pub explained_at: Timestamp,
    /// Section of the log that was open when the job died.
    pub phase: String,
    /// Kind of failure, for example `test`.
    pub category: String,
    /// Who can mend it: `code`, `config`, `infra`, `external` or `unknown`.
    pub whose: String,
    /// One line; secrets are masked already.
    pub headline: String,
    /// Line of the log, from 1.
    pub line: Option<u32>,
    /// What decided.
    pub decided_by: DecidedBy,
    /// A sentence for people.
    pub why: String,
    /// Identity of the failure.
    pub signature: SignatureKey,
    /// The masked headline behind the signature; empty for a failure that belongs to no group.
    pub pattern: String,
    /// A signature whose group this one belongs to if its own is not known; absent when it begins a group.
    pub near: Option<SignatureKey>,
    /// What became of its log.
    pub trace: TraceState,
    /// The long part.
    pub body: ReasonBody,
}

/// What decided on a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// `metadata`, `test_report`, `parser`, `rule`, `score`, `novelty` or `none`.
    pub kind: String,
    /// Name of the parser or rule, or GitLab's word.
    pub name: String,
    /// Version of the explainer.
    pub version: String,
}

/// What became of a failed job's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TraceState {
    /// GitLab's own reason says it all.
    NotNeeded,
    /// It was read.
    Read,
    /// It is erased, or empty.
    Gone,
    /// GitLab does not show it to this token.
    Refused,
    /// The failure was older than what is read.
    TooLate,
    /// It could not be read, however often it was tried.
    Failed,
}

impl TraceState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NotNeeded,
        Self::Read,
        Self::Gone,
        Self::Refused,
        Self::TooLate,
        Self::Failed,
    ];

    /// Name in the store: `not_needed`, `read`, `gone`, `refused`, `too_late` or `failed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotNeeded => "not_needed",
            Self::Read => "read",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::TooLate => "too_late",
            Self::Failed => "failed",
        }
    }

    /// Reads what [`TraceState::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A new signature for a stored reason, made the way of a newer version. Its group stays, and takes the signature over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resigned {
    /// The job.
    pub job_id: JobId,
    /// The new signature.
    pub signature: SignatureKey,
    /// The masked headline behind it.
    pub pattern: String,
}

/// An attempt to read a log that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceTry {
    /// The job.
    pub job_id: JobId,
    /// Attempts so far, this one included.
    pub tries: u32,
    /// Not to be tried again before.
    pub next_at: Timestamp,
    /// What happened, without secrets.
    pub error: String,
}

/// What the last green run of a job printed, by project, name and ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreenRow {
    /// The project.
    pub project_id: ProjectId,
    /// Name of the job.
    pub name: String,
    /// Ref its pipeline ran on.
    pub ref_name: String,
    /// The green job.
    pub job_id: JobId,
    /// When it was read.
    pub read_at: Timestamp,
    /// Hashes of masked lines, as the explainer stores them.
    pub hashes: Vec<u8>,
    /// Versions of dependencies it printed.
    pub versions: Vec<super::Package>,
}
