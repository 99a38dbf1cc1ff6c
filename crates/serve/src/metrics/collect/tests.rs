//! Test reports of the newest pipelines that have one.

use labtower_model::{PipelineId, TestCounts};
use labtower_store::StoreError;

use super::Context;
use super::heads::{Head, with_source};
use super::status::push_status;
use crate::metrics::labels::Labels;
use crate::metrics::table::Table;

pub(super) fn read_reports(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut reports = Table::new(&[
        "gitlab_ci_pipeline_test_report_total_time",
        "gitlab_ci_pipeline_test_report_total_count",
        "gitlab_ci_pipeline_test_report_success_count",
        "gitlab_ci_pipeline_test_report_failed_count",
        "gitlab_ci_pipeline_test_report_skipped_count",
        "gitlab_ci_pipeline_test_report_error_count",
    ]);
    let mut suites = Table::new(&[
        "gitlab_ci_pipeline_test_suite_total_time",
        "gitlab_ci_pipeline_test_suite_total_count",
        "gitlab_ci_pipeline_test_suite_success_count",
        "gitlab_ci_pipeline_test_suite_failed_count",
        "gitlab_ci_pipeline_test_suite_skipped_count",
        "gitlab_ci_pipeline_test_suite_error_count",
    ]);
    context.heads()?;
    let heads = context.heads.take().unwrap_or_default();
    for head in &heads.list {
        let Some((pipeline, labels)) = reported(context, head)? else {
            continue;
        };
        let Some(report) = context.reader.test_report(pipeline)? else {
            continue;
        };
        reports.row().written(&labels);
        put(&mut reports, head, &report.total);
        for suite in &report.suites {
            suites
                .row()
                .written(&labels)
                .pair("test_suite_name", &suite.name);
            put(&mut suites, head, &suite.counts);
        }
    }
    context.heads = Some(heads);
    Ok(vec![reports, suites])
}

pub(super) fn read_cases(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut times = Table::new(&["gitlab_ci_pipeline_test_case_execution_time"]);
    let mut statuses = Table::new(&["gitlab_ci_pipeline_test_case_status"]);
    context.heads()?;
    let heads = context.heads.take().unwrap_or_default();
    for head in &heads.list {
        let Some((pipeline, labels)) = reported(context, head)? else {
            continue;
        };
        let mut seen = std::collections::HashSet::new();
        for case in context.reader.test_cases(pipeline)? {
            let mut row = Labels::default();
            row.row().written(&labels);
            row.pair("test_suite_name", &case.suite);
            row.pair("test_case_name", &case.name);
            row.pair(
                "test_case_classname",
                case.classname.as_deref().unwrap_or(""),
            );
            // A report may name a case twice, a scrape may not.
            if !seen.insert(row.get(0).to_owned()) {
                continue;
            }
            times.row().written(row.get(0));
            times.weigh(head.weight());
            times.set(0, case.execution_time);
            let sparse = context.options.sparse_status;
            push_status(
                &mut statuses,
                sparse,
                row.get(0),
                &case.status,
                head.weight(),
            );
        }
    }
    context.heads = Some(heads);
    Ok(vec![times, statuses])
}

/// The newest pipeline of a ref with tests, and its labels: a new pipeline has none until it is finished.
fn reported(
    context: &mut Context<'_>,
    head: &Head,
) -> Result<Option<(PipelineId, String)>, StoreError> {
    let project = head.pipeline.project_id;
    let found = context
        .reader
        .reported_pipeline(project, head.pipeline.ref_id)?;
    let Some((pipeline, source)) = found else {
        return Ok(None);
    };
    let labels = with_source(&head.place, context.text(source)?);
    Ok(Some((pipeline, labels)))
}

fn put(table: &mut Table, head: &Head, counts: &TestCounts) {
    table.weigh(head.weight());
    table.set(0, Some(counts.time));
    let counts = [
        counts.count,
        counts.success,
        counts.failed,
        counts.skipped,
        counts.error,
    ];
    for (column, count) in (1..).zip(counts) {
        table.set(column, Some(count as f64));
    }
}
