//! `TestReportSummary` and what it holds.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::{Error, ID, Object, SimpleObject};

use super::page::{Order, Page, PageArguments, PageInfo};
use crate::resources::{Suite, TestCounts};

/// `TestReportSummary`.
pub(crate) struct TestReportSummary(pub(crate) Vec<Suite>);

/// The tests of a pipeline in numbers.
#[Object(name = "TestReportSummary")]
impl TestReportSummary {
    async fn total(&self) -> TestReportTotal {
        let counts = TestCounts::total(&self.0);
        TestReportTotal {
            time: Some(counts.time),
            count: Some(counts.count as i32),
            success: Some(counts.success as i32),
            failed: Some(counts.failed as i32),
            skipped: Some(counts.skipped as i32),
            error: Some(counts.error as i32),
            suite_error: None,
        }
    }

    async fn test_suites(
        &self,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<TestSuiteSummaryConnection, Error> {
        let rows = self.0.iter().map(|suite| {
            let counts = suite.counts();
            TestSuiteSummary {
                job_id: suite.job_id(),
                name: Some(suite.name().to_owned()),
                total_time: Some(counts.time),
                total_count: Some(counts.count as i32),
                success_count: Some(counts.success as i32),
                failed_count: Some(counts.failed as i32),
                skipped_count: Some(counts.skipped as i32),
                error_count: Some(counts.error as i32),
                suite_error: None,
                build_ids: Some(vec![ID(suite.job_id().to_string())]),
            }
        });
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        let page = arguments.cut(rows, |row| row.job_id, Order::Ascending)?;
        Ok(TestSuiteSummaryConnection {
            count: self.0.len() as i32,
            page,
        })
    }
}

/// `TestReportTotal`.
#[derive(SimpleObject)]
#[graphql(name = "TestReportTotal")]
pub(crate) struct TestReportTotal {
    time: Option<f64>,
    count: Option<i32>,
    success: Option<i32>,
    failed: Option<i32>,
    skipped: Option<i32>,
    error: Option<i32>,
    suite_error: Option<String>,
}

/// `TestSuiteSummary`.
#[derive(Clone, SimpleObject)]
#[graphql(name = "TestSuiteSummary")]
pub(crate) struct TestSuiteSummary {
    #[graphql(skip)]
    job_id: u64,
    name: Option<String>,
    total_time: Option<f64>,
    total_count: Option<i32>,
    success_count: Option<i32>,
    failed_count: Option<i32>,
    skipped_count: Option<i32>,
    error_count: Option<i32>,
    suite_error: Option<String>,
    build_ids: Option<Vec<ID>>,
}

/// `TestSuiteSummaryConnection`.
pub(crate) struct TestSuiteSummaryConnection {
    count: i32,
    page: Page<TestSuiteSummary>,
}

/// Suites in the order of their jobs.
#[Object(name = "TestSuiteSummaryConnection")]
impl TestSuiteSummaryConnection {
    async fn count(&self) -> i32 {
        self.count
    }

    async fn nodes(&self) -> Option<Vec<Option<TestSuiteSummary>>> {
        Some(self.page.rows.iter().cloned().map(Some).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page.info.clone()
    }
}
