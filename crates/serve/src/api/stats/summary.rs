//! `GET /api/stats/summary`

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::StatsParams;
use crate::error::{ApiError, ErrorBody};
use crate::query::stats_filter;
use crate::state::App;

/// Counts and rates over all pipelines asked for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// Pipelines in any status.
    total_count: u64,
    /// Mean running time of those that have one: seconds; 0 when none has.
    avg_duration: f64,
    /// Share of successful ones among all, whatever their status: 0 to 100; 0 when there are none.
    success_rate: f64,
    /// Successful pipelines.
    success_count: u64,
    /// Failed pipelines.
    failed_count: u64,
    /// Pipelines with a running time.
    duration_count: u64,
    /// Running time that half of them stay below: seconds, within 2.2 %.
    p50_duration: Option<f64>,
    /// Running time that 95 of 100 stay below: seconds, within 2.2 %.
    p95_duration: Option<f64>,
}

impl From<labtower_store::Summary> for Summary {
    fn from(row: labtower_store::Summary) -> Self {
        Self {
            total_count: row.total_count,
            avg_duration: ratio(row.duration_sum as f64, row.duration_count),
            success_rate: ratio(row.success_count as f64 * 100.0, row.total_count),
            success_count: row.success_count,
            failed_count: row.failed_count,
            duration_count: row.duration_count,
            p50_duration: row.p50,
            p95_duration: row.p95,
        }
    }
}

/// `sum / count`, and 0 of nothing: dashboards expect a number.
fn ratio(sum: f64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// Count, mean running time and success rate.
#[utoipa::path(
    get,
    path = "/api/stats/summary",
    tag = "statistics",
    operation_id = "summary",
    params(StatsParams),
    responses(
        (status = 200, description = "The figures", body = Summary),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn summary(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let filter = stats_filter(&ask.params)?;
    answer(&app, &ask, "", move |reader| {
        Body::json(&Summary::from(reader.summary(&filter)?))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_nothing_is_zero() {
        assert!(ratio(0.0, 0).abs() < f64::EPSILON);
        assert!((ratio(5.0, 2) - 2.5).abs() < f64::EPSILON);
    }
}
