//! Test reports of a pipeline, from the JUnit files its test jobs left.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stacks::{self, Case, Cause, Run};
use super::trace::{TraceFacts, failure_of, run_of};

/// One test job's part of a report.
#[derive(Debug)]
pub(crate) struct Suite {
    name: String,
    job_id: u64,
    cases: Vec<Line>,
}

/// Tests by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub struct TestCounts {
    /// Seconds.
    pub time: f64,
    pub count: u64,
    pub success: u64,
    pub failed: u64,
    pub skipped: u64,
    pub error: u64,
}

impl TestCounts {
    /// Of all suites together.
    pub(crate) fn total(suites: &[Suite]) -> Self {
        let sum = |status| {
            suites
                .iter()
                .map(|suite| suite.count(status) as u64)
                .sum::<u64>()
        };
        Self {
            time: round(suites.iter().map(Suite::seconds).sum()),
            count: suites.iter().map(|suite| suite.cases.len() as u64).sum(),
            success: sum("success"),
            failed: sum("failed"),
            skipped: sum("skipped"),
            error: sum("error"),
        }
    }
}

/// One test case's result.
#[derive(Debug)]
struct Line {
    case: Case,
    status: &'static str,
    seconds: f64,
    output: Option<String>,
    /// Failures of the last fourteen days on the default branch.
    recent: Option<u64>,
}

impl Suite {
    /// The report the job left; none if it left none because it failed before its tests ended.
    pub(crate) fn of(facts: &TraceFacts<'_>) -> Option<Self> {
        let run = run_of(facts);
        let cause = failure_of(facts, &run);
        let failed: &[u64] = match (&cause, facts.status) {
            (Some(Cause::Tests(failed)), _) => failed,
            (None, "success") => &[],
            _ => return None,
        };
        let cases = (0..stacks::case_count(&run))
            .map(|index| line(&run, index, failed))
            .collect();
        Some(Self {
            name: facts.name.to_owned(),
            job_id: facts.job_id,
            cases,
        })
    }

    /// Name of its job.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Id of its job.
    pub(crate) fn job_id(&self) -> u64 {
        self.job_id
    }

    /// Its tests.
    pub(crate) fn counts(&self) -> TestCounts {
        TestCounts::total(std::slice::from_ref(self))
    }

    fn count(&self, status: &str) -> usize {
        self.cases
            .iter()
            .filter(|line| line.status == status)
            .count()
    }

    fn seconds(&self) -> f64 {
        round(self.cases.iter().map(|line| line.seconds).sum())
    }

    /// TestSuiteEntity.
    fn full(&self) -> Value {
        json!({
            "name": self.name,
            "total_time": self.seconds(),
            "total_count": self.cases.len(),
            "success_count": self.count("success"),
            "failed_count": self.count("failed"),
            "skipped_count": self.count("skipped"),
            "error_count": self.count("error"),
            "suite_error": null,
            "test_cases": self.cases.iter().map(Line::full).collect::<Vec<_>>(),
        })
    }

    /// TestSuiteSummaryEntity.
    fn summary(&self) -> Value {
        json!({
            "name": self.name,
            "total_time": self.seconds(),
            "total_count": self.cases.len(),
            "success_count": self.count("success"),
            "failed_count": self.count("failed"),
            "skipped_count": self.count("skipped"),
            "error_count": self.count("error"),
            "build_ids": [self.job_id],
            "suite_error": null,
        })
    }
}

impl Line {
    /// TestCaseEntity.
    fn full(&self) -> Value {
        let mut case = json!({
            "status": self.status,
            "name": self.case.name,
            "classname": self.case.classname,
            "file": self.case.file,
            "execution_time": self.seconds,
            "system_output": self.output,
            "stack_trace": null,
            "recent_failures": null,
        });
        if let Some(count) = self.recent {
            case["recent_failures"] = json!({ "count": count, "base_branch": "main" });
        }
        case
    }
}

fn line(run: &Run<'_>, index: u64, failed: &[u64]) -> Line {
    let bad = failed.contains(&index);
    let skipped = !bad && run.code.of("skipped").of(run.job).at(index).chance(0.02);
    let seconds = stacks::case_seconds(run, index);
    Line {
        case: stacks::case(run, index),
        status: match (bad, skipped) {
            (true, _) => "failed",
            (_, true) => "skipped",
            _ => "success",
        },
        seconds: if skipped { 0.0 } else { seconds },
        output: bad.then(|| stacks::assertion(run, index)),
        recent: bad.then(|| 1 + run.code.of("recent").at(index).below(6)),
    }
}

/// TestReportEntity: everything.
pub(crate) fn report(suites: &[Suite]) -> Value {
    let sum = |status| {
        suites
            .iter()
            .map(|suite| suite.count(status))
            .sum::<usize>()
    };
    json!({
        "total_time": round(suites.iter().map(Suite::seconds).sum()),
        "total_count": suites.iter().map(|suite| suite.cases.len()).sum::<usize>(),
        "success_count": sum("success"),
        "failed_count": sum("failed"),
        "skipped_count": sum("skipped"),
        "error_count": sum("error"),
        "test_suites": suites.iter().map(Suite::full).collect::<Vec<_>>(),
    })
}

/// TestReportSummaryEntity: numbers only.
pub(crate) fn summary(suites: &[Suite]) -> Value {
    let sum = |status| {
        suites
            .iter()
            .map(|suite| suite.count(status))
            .sum::<usize>()
    };
    json!({
        "total": {
            "time": round(suites.iter().map(Suite::seconds).sum()),
            "count": suites.iter().map(|suite| suite.cases.len()).sum::<usize>(),
            "success": sum("success"),
            "failed": sum("failed"),
            "skipped": sum("skipped"),
            "error": sum("error"),
            "suite_error": null,
        },
        "test_suites": suites.iter().map(Suite::summary).collect::<Vec<_>>(),
    })
}

/// Three decimals, as reports have.
fn round(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}
