//! What the newest test reports of a project say.

use std::collections::HashMap;

use labtower_model::TestReport;
use labtower_store::{PipelineRow, Reader, StoreError};
use serde::Serialize;

use crate::web::pages::draw::{Bars, Column};
use crate::web::pages::value::{Count, Seconds, When};

/// Reports shown.
const REPORTS: usize = 12;
/// Pipelines in which they are looked for.
const PIPELINES: usize = 60;
/// Failed cases shown.
const CASES: usize = 20;

/// Test reports of the default branch.
#[derive(Debug, Default, Serialize)]
pub(super) struct Tests {
    /// Newest first.
    pub(super) reports: Vec<Report>,
    /// Cases that fail in the newest report, then those that failed in most of the others.
    pub(super) failed_cases: Vec<Case>,
    /// Whether single cases are read at all.
    pub(super) cases_read: bool,
}

/// One report.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) pipeline_id: i64,
    pub(super) created_at: When,
    pub(super) total: Count,
    pub(super) failed: Count,
    pub(super) errors: Count,
    pub(super) skipped: Count,
    pub(super) seconds: Seconds,
}

/// A test that failed.
#[derive(Debug, Serialize)]
pub(super) struct Case {
    pub(super) suite: String,
    pub(super) name: String,
    pub(super) classname: Option<String>,
    /// Whether it fails in the newest report.
    pub(super) now: bool,
    /// Reports shown in which it failed.
    pub(super) failures: Count,
    /// What it said when it failed last; absent where that is not stored.
    pub(super) message: Option<String>,
}

impl Tests {
    /// Reads the reports of `pipelines`, which come newest first.
    pub(super) fn read(reader: &Reader<'_>, pipelines: &[PipelineRow]) -> Result<Self, StoreError> {
        let mut tests = Self::default();
        let mut cases: Vec<Case> = Vec::new();
        let mut places: HashMap<(String, String, Option<String>), usize> = HashMap::new();
        for pipeline in pipelines.iter().take(PIPELINES) {
            let Some(report) = reader.test_report(pipeline.id)? else {
                continue;
            };
            if report.total.count == 0 {
                continue;
            }
            let newest = tests.reports.is_empty();
            for case in reader.test_cases(pipeline.id)? {
                tests.cases_read = true;
                if !case.is_failed() {
                    continue;
                }
                let key = (case.suite, case.name, case.classname);
                let message = case.message;
                let place = *places.entry(key.clone()).or_insert_with(|| {
                    let (suite, name, classname) = key;
                    cases.push(Case {
                        suite,
                        name,
                        classname,
                        now: newest,
                        failures: Count(0),
                        message,
                    });
                    cases.len() - 1
                });
                cases[place].failures.0 += 1;
            }
            tests.reports.push(Report::new(pipeline, &report));
            if tests.reports.len() == REPORTS {
                break;
            }
        }
        cases.sort_by_key(|case| (!case.now, std::cmp::Reverse(case.failures)));
        cases.truncate(CASES);
        tests.failed_cases = cases;
        Ok(tests)
    }

    /// Failed cases of each report, oldest first.
    pub(super) fn bars(&self) -> Bars {
        let columns = self.reports.iter().rev().map(|report| Column {
            label: report.created_at.to_string()[5..10].to_owned(),
            title: format!(
                "{}: {} of {} failed",
                report.created_at,
                report.broken(),
                report.total
            ),
            values: vec![report.broken().0 as f64],
        });
        Bars::new(columns.collect())
    }
}

impl Report {
    fn new(pipeline: &PipelineRow, report: &TestReport) -> Self {
        let counts = &report.total;
        Self {
            pipeline_id: pipeline.id.get(),
            created_at: When(pipeline.created_at),
            total: Count(counts.count),
            failed: Count(counts.failed),
            errors: Count(counts.error),
            skipped: Count(counts.skipped),
            seconds: Seconds(counts.time),
        }
    }

    /// Failures and errors.
    fn broken(&self) -> Count {
        Count(self.failed.0 + self.errors.0)
    }
}
