//! `GET /failures`: the grid of nights, as grid, table, JSON or CSV.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa::IntoParams;

use super::category::Kind;
use super::grid::{Content, GridView};
use super::query::{Choice, Form};
use super::summary::{Figure, figures};
use super::toolbar::Toolbar;
use super::window::{self, Wanted};
use super::{csv, json};
use crate::answer::Ask;
use crate::auth::Viewer;
use crate::error::ErrorBody;
use crate::state::App;
use crate::web::fault;
use crate::web::format::count;
use crate::web::frame::{self, Frame};
use crate::web::reading::read;

/// Seconds between looks at the page; failures of the night do not move faster.
const REFRESH_SECONDS: u64 = 60;

#[derive(Template)]
#[template(path = "failures.html")]
struct FailuresPage {
    frame: Frame,
    bar: Toolbar,
    figures: Vec<Figure>,
    /// `87 of 1,024 projects`.
    shown: String,
    nights: usize,
    grid: GridView,
    table: Option<Vec<csv::Line>>,
    /// Where the next and the previous window are, from the root.
    next: Option<String>,
    previous: Option<String>,
    window: String,
    other_view: (String, &'static str),
    json: String,
    csv: String,
    kinds: &'static [Kind],
    narrowed: bool,
    /// The row of the audit trail of what was just done.
    done: Option<i64>,
    /// This page, for forms to come back to.
    here: String,
}

/// What the grid is about.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct FailuresParams {
    /// `json` or `csv`; a page for people without it.
    format: Option<String>,
    /// Nights: 7, 14, 30 or 90.
    days: Option<u16>,
    /// What started the pipelines, comma-separated; `any` for all, `schedule` without it.
    source: Option<String>,
    /// Names of refs, comma-separated, `default` or `any`; the default branch without it.
    #[param(rename = "ref")]
    ref_name: Option<String>,
    /// Full paths of projects, comma-separated.
    project: Option<String>,
    /// Full paths of groups, comma-separated; with all below them.
    group: Option<String>,
    /// Topics, comma-separated.
    topic: Option<String>,
    /// Kinds of failure, comma-separated; `unexplained` for those without a reason yet.
    cat: Option<String>,
    /// `linked`, `none`, or an issue such as `group/project#12`.
    issue: Option<String>,
    /// `new`, `back` or both.
    mark: Option<String>,
    /// Text in project, job, reason or group.
    q: Option<String>,
    /// `1` to count jobs that are allowed to fail.
    allowed: Option<String>,
    /// `1` to count runs that a newer one replaced.
    retried: Option<String>,
    /// `1` to show projects without a failure.
    all: Option<String>,
    /// `recent`, `failures`, `streak`, `newest` or `name`.
    sort: Option<String>,
    /// What rows are put under: `none`, `namespace`, `topic` or `reason`.
    by: Option<String>,
    /// Rows of a window: 1 to 1000.
    rows: Option<usize>,
    /// Rows before the window.
    offset: Option<usize>,
}

/// Failed jobs by project and night, with their reasons, groups and issues.
///
/// CSV has all failed jobs, JSON a window of projects; both say how many jobs of each project are flaky.
#[utoipa::path(
    get,
    path = "/failures",
    tag = "failures",
    operation_id = "failures",
    params(FailuresParams),
    responses(
        (status = 200, description = "`days`, `bounds`, `rows` with `cells`, `failed_by_night` and `flaky_jobs` (null while they are not counted), `totals`, and `next`: the offset of the next window",
         body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(crate) async fn failures(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    let now = app.now();
    match Choice::read(&ask.params, &app.options().failures, now) {
        Ok(choice) => match choice.form {
            Form::Json => json::answer(&app, &ask, choice).await.into_response(),
            Form::Csv => csv::answer(&app, &viewer, choice).await,
            Form::Grid | Form::Table => {
                let done = ask.params.one("done").and_then(|id| id.parse().ok());
                page(&app, &viewer, choice, done).await
            }
        },
        Err(error) if ask.params.one("format").is_some() => error.into_response(),
        Err(error) => fault(&viewer.back_to("/failures"), &error),
    }
}

async fn page(app: &App, viewer: &Viewer, choice: Choice, done: Option<i64>) -> Response {
    let now = choice.filter.now;
    let (offset, limit) = (choice.offset, choice.limit);
    let rows = Some((offset, limit));
    let wanted = Wanted::new(app, choice.filter.clone(), rows, window::PAGE);
    let shared = app.clone();
    let rows = read(app, viewer, move |reader| Ok(wanted.read(&shared, reader)?)).await;
    let (overview, window) = match rows {
        Ok(rows) => rows,
        Err(instead) => return instead,
    };
    let grid = &window.grid;
    let root = viewer.root();
    let total = grid.totals.rows;
    let last = (offset + grid.rows.len()).min(total);
    let link = |offset: usize| {
        choice.with(
            "offset",
            &if offset == 0 {
                String::new()
            } else {
                offset.to_string()
            },
        )
    };
    let as_table = choice.form == Form::Table;
    let page = FailuresPage {
        bar: Toolbar::new(&choice, &app.options().failures),
        figures: figures(&grid.totals, &choice),
        shown: format!(
            "{} of {} projects",
            count(total as u64),
            count(grid.totals.projects as u64)
        ),
        nights: grid.days.len(),
        next: (last < total).then(|| link(offset + limit)),
        previous: (offset > 0).then(|| link(offset.saturating_sub(limit))),
        window: format!("{} to {}", count(offset as u64 + 1), count(last as u64)),
        other_view: if as_table {
            (choice.with("view", ""), "Grid")
        } else {
            (choice.with("view", "table"), "Table")
        },
        json: choice.with("format", "json"),
        csv: choice.with("format", "csv"),
        kinds: Kind::ALL,
        narrowed: choice.is_narrowed(),
        done,
        here: format!("/{}", choice.here()),
        table: as_table.then(|| csv::lines(grid)),
        grid: GridView::new(window, &choice, &root),
        frame: Frame::new(app, viewer, &overview, "Failures", REFRESH_SECONDS, now),
    };
    frame::respond(StatusCode::OK, &page)
}
