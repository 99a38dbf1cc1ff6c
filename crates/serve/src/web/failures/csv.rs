//! Failed jobs one by one: the plain table, and CSV.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use labtower_store::Grid;

use super::category::Kind;
use super::query::Choice;
use super::window::{self, Wanted, Window};
use crate::auth::Viewer;
use crate::state::App;
use crate::web::reading::read;
use crate::web::{csv, format};

/// Columns of CSV; what begins with `project_` is the same in all lines of a project.
const COLUMNS: &str = "night,project,job,job_id,url,allow_failure,retried,category,headline,group_id,issue,is_new,\
                       came_back,project_failed_by_night,project_flaky_jobs\r\n";

/// A failed job of a night.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) night: String,
    pub(super) project: String,
    pub(super) job: String,
    pub(super) job_id: String,
    /// Path of the card from the root; empty for a pipeline without jobs.
    pub(super) card: String,
    pub(super) url: Option<String>,
    pub(super) allowed: bool,
    pub(super) retried: bool,
    pub(super) kind: Kind,
    pub(super) headline: String,
    pub(super) group: Option<i64>,
    pub(super) issue: String,
    pub(super) issue_url: Option<String>,
    pub(super) is_new: bool,
    pub(super) came_back: bool,
    /// Place of its project among the rows.
    row: usize,
}

/// The failed jobs of a grid: row by row, the newest night first.
pub(super) fn lines(grid: &Grid) -> Vec<Line> {
    let mut lines = Vec::new();
    for (place, row) in grid.rows.iter().enumerate() {
        for cell in row.cells.iter().rev() {
            let night = grid
                .days
                .get(usize::from(cell.day))
                .map(ToString::to_string)
                .unwrap_or_default();
            for job in &cell.jobs {
                let id = job.job_id.map(|id| id.to_string()).unwrap_or_default();
                lines.push(Line {
                    night: night.clone(),
                    project: row.path.clone(),
                    job: job.name.clone(),
                    card: if id.is_empty() {
                        String::new()
                    } else {
                        format!("failures/job/{id}")
                    },
                    kind: match job.job_id {
                        Some(_) => Kind::of(job.category.as_deref()),
                        None => Kind::pipeline(),
                    },
                    job_id: id,
                    url: format::link(job.web_url.clone()),
                    allowed: job.allow_failure,
                    retried: job.retried,
                    headline: job.headline.clone().unwrap_or_default(),
                    group: job.group_id.map(|group| group.0),
                    issue: job
                        .issue
                        .as_ref()
                        .map(|link| link.key.to_string())
                        .unwrap_or_default(),
                    issue_url: job
                        .issue
                        .as_ref()
                        .and_then(|link| format::link(link.web_url.clone())),
                    is_new: job.is_new,
                    came_back: job.came_back,
                    row: place,
                });
            }
        }
    }
    lines
}

/// Every failed job of the filter, all windows together.
pub(super) async fn answer(app: &App, viewer: &Viewer, choice: Choice) -> Response {
    if let Err(error) = app.history().await {
        return error.into_response();
    }
    let wanted = Wanted::new(app, choice.filter, None, window::PROGRAM);
    let shared = app.clone();
    let rows = read(app, viewer, move |reader| {
        Ok(text(&wanted.read(&shared, reader)?))
    })
    .await;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"failures.csv\"",
        ),
    ];
    match rows {
        Ok((_, text)) => (headers, text).into_response(),
        Err(instead) => instead,
    }
}

/// The failed jobs of a window as RFC 4180 has them.
fn text(window: &Window) -> String {
    let mut text = COLUMNS.to_owned();
    for line in lines(&window.grid) {
        let by_night = &window.grid.rows[line.row].failed_by_night;
        let by_night: Vec<String> = by_night.iter().map(ToString::to_string).collect();
        let flaky = window.flaky[line.row];
        let fields = [
            line.night.clone(),
            line.project.clone(),
            line.job.clone(),
            line.job_id.clone(),
            line.url.clone().unwrap_or_default(),
            line.allowed.to_string(),
            line.retried.to_string(),
            line.kind.word.to_owned(),
            line.headline.clone(),
            line.group
                .map(|group| group.to_string())
                .unwrap_or_default(),
            line.issue.clone(),
            line.is_new.to_string(),
            line.came_back.to_string(),
            by_night.join(" "),
            flaky.map(|count| count.to_string()).unwrap_or_default(),
        ];
        let fields = fields.iter().map(|field| csv::field(field));
        csv::line(&mut text, fields);
    }
    text
}
