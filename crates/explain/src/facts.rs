//! What is known of a job before its log is read.

use serde::{Deserialize, Serialize};

/// What GitLab says of a failed job. Everything may be empty.
///
/// Source: `GET /projects/:id/jobs`, and the pipeline's `test_report`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts<'a> {
    /// `failed`, `canceled`, …
    pub status: &'a str,
    /// GitLab's own word, such as `script_failure`.
    pub failure_reason: Option<&'a str>,
    /// Name of the job.
    pub name: &'a str,
    /// Stage of the job.
    pub stage: &'a str,
    /// Exit code of the script.
    pub exit_code: Option<i64>,
    /// Seconds the job ran.
    pub duration: Option<f64>,
    /// Failed tests of the job's test report.
    pub tests: &'a [FailedTest],
}

/// One failed test, from GitLab's test report or from the log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedTest {
    /// Suite: a file, package, class or job; may be empty.
    pub suite: String,
    /// Name of the test.
    pub name: String,
    /// Class, where the report has one.
    pub classname: Option<String>,
    /// File, where it is known.
    pub file: Option<String>,
    /// What the test said.
    pub message: Option<String>,
}
