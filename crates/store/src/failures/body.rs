//! The long part of a reason: stored as compressed JSON, and shown on one job's page only.

use labtower_model::JobId;
use serde::{Deserialize, Serialize};

/// What goes with a reason.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReasonBody {
    /// Lines around the reason, in the order of the log; secrets are masked already.
    pub excerpt: Vec<LogLine>,
    /// Other lines that may be the reason, best first; the first is the headline.
    pub candidates: Vec<CandidateLine>,
    /// Failed tests.
    pub tests: Vec<FailedTestRow>,
    /// Versions of dependencies the log prints.
    pub versions: Vec<Package>,
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// Its number, from 1; absent where it is not known.
    pub number: Option<u32>,
    /// Its text.
    pub text: String,
}

/// A line that may be the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateLine {
    /// The line as a headline.
    pub headline: String,
    /// Its number, from 1.
    pub line: Option<u32>,
    /// Greater is more plausible; compares only within one reason.
    pub score: f64,
    /// Which parser, rule or score.
    pub why: String,
}

/// A failed test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTestRow {
    /// Suite; may be empty.
    pub suite: String,
    /// Name.
    pub name: String,
    /// Class, where there is one.
    pub classname: Option<String>,
    /// File, where it is known.
    pub file: Option<String>,
    /// What the test said.
    pub message: Option<String>,
}

/// A dependency and its version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// How dependencies differ from the last green run of the same job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DependencyChanges {
    /// The green job.
    pub green_job_id: JobId,
    /// Where it shows.
    pub origin: ChangeOrigin,
    /// What differs, by name. Empty: nothing does.
    pub changes: Vec<DependencyChange>,
}

/// Where it shows that dependencies differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "path")]
pub enum ChangeOrigin {
    /// Both logs print versions.
    Log,
    /// A lock file differs at the two commits: its path.
    LockFile(String),
}

/// One dependency that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DependencyChange {
    /// Name.
    pub name: String,
    /// Version of the green run; absent when it is new.
    pub was: Option<String>,
    /// Version of the failed run; absent when it is gone.
    pub is: Option<String>,
}
