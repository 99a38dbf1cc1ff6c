//! A window of the grid for programs.

use axum::response::Response;
use jiff::Timestamp;
use jiff::civil::Date;
use labtower_store::{GridRow, GridSection, GridTotals};
use serde::Serialize;

use super::query::Choice;
use super::window::{self, Wanted, Window};
use crate::answer::{self, Ask, Body};
use crate::error::ApiError;
use crate::state::App;

/// [`labtower_store::Grid`], and what is known beside it.
#[derive(Serialize)]
struct GridJson {
    days: Vec<Date>,
    bounds: Vec<Timestamp>,
    rows: Vec<RowJson>,
    totals: GridTotals,
    sections: Vec<GridSection>,
    /// `offset` of the next window.
    next: Option<usize>,
}

#[derive(Serialize)]
struct RowJson {
    #[serde(flatten)]
    row: GridRow,
    /// Jobs of the default branch whose verdict is `flaky`; null while they are not counted.
    flaky_jobs: Option<u32>,
}

/// Answers with rows, cells and totals.
pub(super) async fn answer(app: &App, ask: &Ask, choice: Choice) -> Result<Response, ApiError> {
    let rows = (choice.offset, choice.limit);
    let wanted = Wanted::new(app, choice.filter, Some(rows), window::PROGRAM);
    // The answer depends on which night is the last one.
    let minute = wanted.now().strftime("%Y%m%d%H%M").to_string();
    let shared = app.clone();
    answer::answer(app, ask, &minute, move |reader| {
        Body::json(&GridJson::new(wanted.read(&shared, reader)?, rows.0))
    })
    .await
}

impl GridJson {
    fn new(Window { grid, flaky }: Window, offset: usize) -> Self {
        let end = offset + grid.rows.len();
        let more = end < grid.totals.rows && !grid.rows.is_empty();
        let rows = grid.rows.into_iter().zip(flaky);
        Self {
            next: more.then_some(end),
            days: grid.days,
            bounds: grid.bounds,
            rows: rows
                .map(|(row, flaky_jobs)| RowJson { row, flaky_jobs })
                .collect(),
            totals: grid.totals,
            sections: grid.sections,
        }
    }
}
