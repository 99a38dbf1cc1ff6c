//! `GET /api/stats/trend`

use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Ask, Body, answer};
use crate::api::openapi::StatsParams;
use crate::error::{ApiError, ErrorBody};
use crate::query::{stats_filter, trend_window};
use crate::state::App;

/// Pipelines of one day in one status.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TrendCell {
    /// Day of creation, in UTC.
    #[schema(example = "2026-11-21", format = Date)]
    date: String,
    /// GitLab's status in lower case.
    #[schema(example = "success")]
    status: String,
    /// How many.
    count: u64,
}

impl From<labtower_store::TrendCell> for TrendCell {
    fn from(row: labtower_store::TrendCell) -> Self {
        Self {
            date: row.date.to_string(),
            status: row.status,
            count: row.count,
        }
    }
}

/// Pipelines per day and status, newest day first.
///
/// Without `from_ts` the trend covers the 30 days before its end, and with less than a day the 7 days before it.
#[utoipa::path(
    get,
    path = "/api/stats/trend",
    tag = "statistics",
    operation_id = "trend",
    params(StatsParams),
    responses(
        (status = 200, description = "Newest day first; days and statuses without pipelines are left out", body = Vec<TrendCell>),
        (status = 304, description = "The caller's copy is current"),
        (status = 400, description = "A parameter cannot be read", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete, or the server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn trend(State(app): State<App>, ask: Ask) -> Result<Response, ApiError> {
    let filter = trend_window(stats_filter(&ask.params)?, app.now());
    // The beginning may follow from the clock, so it is part of what makes this answer this answer.
    let window = filter.from.map_or(0, Timestamp::as_second).to_string();
    answer(&app, &ask, &window, move |reader| {
        let mut cells: Vec<TrendCell> = reader
            .trend(&filter)?
            .into_iter()
            .map(TrendCell::from)
            .collect();
        cells.sort_by(|a, b| b.date.cmp(&a.date).then_with(|| a.status.cmp(&b.status)));
        Body::json(&cells)
    })
    .await
}
