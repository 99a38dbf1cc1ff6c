//! What the tests of a pipeline said.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{PipelineId, ProjectId};

/// The tests of a pipeline in numbers; all 0 when it has none.
///
/// Source: GraphQL `pipeline.testReportSummary`; the same facts as `GET .../pipelines/:id/test_report_summary`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// The pipeline's `updated_at` when the report was read: a retry moves it, and the report is read again.
    pub pipeline_updated_at: Timestamp,
    /// All suites together.
    pub total: TestCounts,
    /// One for each job that left a report.
    pub suites: Vec<TestSuite>,
}

/// Tests by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TestCounts {
    /// Seconds.
    pub time: f64,
    /// All.
    pub count: u64,
    /// Those that passed.
    pub success: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that did not run.
    pub skipped: u64,
    /// Those that broke.
    pub error: u64,
}

/// The tests of one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestSuite {
    /// Name of the job.
    pub name: String,
    /// Its tests.
    pub counts: TestCounts,
    /// Why GitLab could not read the report.
    pub error: Option<String>,
}

/// One test.
///
/// Source: `GET .../pipelines/:id/test_report`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestCase {
    /// Name of its suite.
    pub suite: String,
    /// Its name.
    pub name: String,
    /// Class or module it belongs to.
    pub classname: Option<String>,
    /// `success`, `failed`, `skipped` or `error`, kept as text.
    pub status: String,
    /// Seconds.
    pub execution_time: Option<f64>,
    /// What it said when it failed: `system_output` and `stack_trace`.
    pub message: Option<String>,
}

impl TestCase {
    /// Whether it failed or broke.
    pub fn is_failed(&self) -> bool {
        matches!(self.status.as_str(), "failed" | "error")
    }
}
