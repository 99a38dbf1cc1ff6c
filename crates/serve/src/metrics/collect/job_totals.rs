//! Counters and histograms of all jobs that ended.

use labtower_store::{DURATION_BOUNDS, QUEUE_BOUNDS, StoreError, SumKind};

use super::Context;
use super::pipeline_totals::{Label, counter, counter_of, histogram};
use crate::metrics::table::Table;

/// Id in `words` of `failed`.
const FAILED: i64 = 8;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let named = &[Label::Stage, Label::Name];
    let failures = counter_of(
        context,
        "labtower_job_failures_total",
        SumKind::JobsEnded,
        &[Label::Stage, Label::FailureReason],
        |sum| sum.status == FAILED,
    )?;
    Ok(vec![
        counter(
            context,
            "labtower_job_runs_total",
            SumKind::JobsEnded,
            &[Label::Kind, Label::Stage, Label::Tags, Label::Status],
        )?,
        failures,
        counter(
            context,
            "labtower_job_retries_total",
            SumKind::JobsRetried,
            named,
        )?,
        counter(
            context,
            "labtower_job_flaky_total",
            SumKind::JobsFlaky,
            named,
        )?,
        histogram(
            context,
            "labtower_job_duration_seconds",
            SumKind::JobsEnded,
            &[Label::Kind, Label::Stage, Label::Tags],
            &DURATION_BOUNDS,
        )?,
        histogram(
            context,
            "labtower_job_queue_seconds",
            SumKind::JobsWaited,
            &[Label::Tags],
            &QUEUE_BOUNDS,
        )?,
    ])
}
