//! `GET /`: where everything stands, on one page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use labtower_store::{Filter, Page, PipelineRow, Reader, Summary, TrendCell};

use super::chart::{self, Chart};
use super::first::{First, FirstRows};
use super::format;
use super::frame::{self, Frame};
use super::night::{Night, NightRows};
use super::pipeline::Line;
use super::progress::{self, Bar};
use super::sync::SyncView;
use crate::answer::AnswerError;
use crate::auth::Viewer;
use crate::error::ApiError;
use crate::options::FailureOptions;
use crate::overview::Overview;
use crate::state::App;

/// Pipelines listed.
const LATEST: usize = 30;
/// Seconds between looks at the page.
const REFRESH_SECONDS: u64 = 15;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    /// The first backfill, while partial data is served.
    backfill: Option<Bar>,
    tiles: Vec<Tile>,
    first: First,
    night: Night,
    latest: Vec<Line>,
    chart: Chart,
    sync: SyncView,
}

/// One figure with its name.
#[derive(Debug)]
struct Tile {
    name: &'static str,
    value: String,
    note: String,
}

/// What the page is made of, all of one instant.
struct Rows {
    overview: Overview,
    /// Absent while the history is incomplete and must not be shown.
    data: Option<Data>,
}

struct Data {
    day: Summary,
    running: u64,
    first: FirstRows,
    night: NightRows,
    latest: Vec<PipelineRow>,
    trend: Vec<TrendCell>,
}

/// The page: the state of everything, or the progress while the first backfill runs.
pub(crate) async fn home(State(app): State<App>, viewer: Viewer) -> Result<Response, ApiError> {
    let now = app.now();
    let partial = app.options().serve_during_backfill;
    let options = app.options().failures.clone();
    let rows = app
        .read(move |reader| Rows::read(reader, &options, partial, now))
        .await?;
    Ok(match rows.data {
        None => progress::page(&app, &viewer, &rows.overview, now),
        Some(data) => page(&app, &viewer, &rows.overview, data, now),
    })
}

impl Rows {
    fn read(
        reader: &Reader<'_>,
        options: &FailureOptions,
        partial: bool,
        now: Timestamp,
    ) -> Result<Self, AnswerError> {
        let overview = Overview::read(reader)?;
        if overview.history_complete_at.is_none() && !partial {
            return Ok(Self {
                overview,
                data: None,
            });
        }
        let last_day = Filter {
            from: now.checked_sub(SignedDuration::from_hours(24)).ok(),
            ..Filter::default()
        };
        let running = Filter {
            statuses: vec!["running".to_owned()],
            ..Filter::default()
        };
        let page = Page {
            limit: LATEST,
            before: None,
        };
        Ok(Self {
            overview,
            data: Some(Data {
                day: reader.summary(&last_day)?,
                running: reader.summary(&running)?.total_count,
                first: FirstRows::read(reader, options, now)?,
                night: NightRows::read(reader, options, now)?,
                latest: reader.pipelines(&Filter::default(), &page)?,
                trend: chart::read(reader, now)?,
            }),
        })
    }
}

fn page(app: &App, viewer: &Viewer, overview: &Overview, data: Data, now: Timestamp) -> Response {
    let sync = SyncView::new(overview, app.options().poll_interval.as_secs(), now);
    let page = HomePage {
        frame: Frame::new(app, viewer, overview, "Overview", REFRESH_SECONDS, now),
        backfill: overview
            .history_complete_at
            .is_none()
            .then(|| Bar::new(overview)),
        tiles: tiles(overview, &data, &sync),
        first: data.first.view(now),
        night: data.night.view(now),
        latest: data
            .latest
            .into_iter()
            .map(|row| Line::new(row, now))
            .collect(),
        chart: Chart::new(&data.trend, now),
        sync,
    };
    frame::respond(StatusCode::OK, &page)
}

fn tiles(overview: &Overview, data: &Data, sync: &SyncView) -> Vec<Tile> {
    let day = &data.day;
    let median = day
        .p50
        .map_or_else(|| "–".to_owned(), |value| format::duration(value as i64));
    let slow = day.p95.map_or_else(
        || "no run with a duration".to_owned(),
        |value| format!("95 of 100 below {}", format::duration(value as i64)),
    );
    vec![
        Tile {
            name: "Success, 24 h",
            value: format::percent(day.success_count, day.total_count),
            note: format!(
                "{} of {} pipelines, {} failed",
                format::count(day.success_count),
                format::count(day.total_count),
                format::count(day.failed_count)
            ),
        },
        Tile {
            name: "Median duration, 24 h",
            value: median,
            note: slow,
        },
        Tile {
            name: "Running now",
            value: format::count(data.running),
            note: "pipelines".to_owned(),
        },
        Tile {
            name: "Pipelines stored",
            value: format::count(overview.totals.pipelines),
            note: format!("in {} projects", format::count(overview.totals.projects)),
        },
        Tile {
            name: "Jobs stored",
            value: format::count(overview.totals.jobs),
            note: format!("{} on disk", format::bytes(overview.totals.size_bytes)),
        },
        Tile {
            name: "Data age",
            value: sync.lag.clone().unwrap_or_else(|| "–".to_owned()),
            note: sync.last_cycle_took.as_ref().map_or_else(
                || "no cycle yet".to_owned(),
                |took| format!("last cycle took {took}"),
            ),
        },
    ]
}
