//! `GET /metrics`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::Timestamp;
use labtower_store::{Reader, SyncState};

use super::cache::{Data, Kept, Key, Text};
use super::collect::collect;
use super::family::Switch;
use super::format::{Format, accepts_gzip};
use super::gzip::Part;
use super::instance::InstanceSamples;
use super::own;
use super::write::{WriteOptions, write};
use crate::answer::AnswerError;
use crate::error::{ApiError, ErrorBody};
use crate::overview::Overview;
use crate::state::App;

/// Metrics for Prometheus, in OpenMetrics 1.0 or Prometheus text 0.0.4 as `Accept` asks for.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "service",
    operation_id = "metrics",
    responses(
        (status = 200, description = "Prometheus text 0.0.4, or OpenMetrics 1.0 when it is asked for", body = String, content_type = "text/plain"),
        (status = 503, description = "The server is busy", body = ErrorBody),
    )
)]
pub(crate) async fn metrics(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let now = app.now();
    let kept = kept(&app, now).await?;
    let format = Format::accepted(&headers);
    let gzip = accepts_gzip(&headers);
    // Rendering a large estate takes some milliseconds once per generation, compressing it some tens.
    let body = tokio::task::spawn_blocking(move || body(&app, &kept, format, gzip, now))
        .await
        .map_err(|error| {
            tracing::error!(%error, "writing metrics broke off");
            ApiError::internal()
        })?;
    let mut response = body.into_response();
    let answer = response.headers_mut();
    let media = HeaderValue::from_static(format.media_type());
    answer.insert(header::CONTENT_TYPE, media);
    let vary = HeaderValue::from_static("accept, accept-encoding");
    answer.insert(header::VARY, vary);
    if gzip {
        let coding = HeaderValue::from_static("gzip");
        answer.insert(header::CONTENT_ENCODING, coding);
    }
    Ok(response)
}

/// The state of the store as it is now: the one at hand, if nothing has changed.
async fn kept(app: &App, now: Timestamp) -> Result<Arc<Kept>, ApiError> {
    let cache = app.metrics_cache();
    let mut current = cache.current.lock().await;
    // Read before the rows: what is told may be newer than its key, never older.
    let generation = app.store().generation();
    let key = Key {
        generation: app.store().data_generation(),
        rebuilds: app.rebuild().finished(),
        sync: 0,
        ten_minutes: now.as_second().div_euclid(600),
    };
    let known = current.as_ref();
    if let Some(kept) = known
        && kept.generation == generation
        && kept.data.key.ten_minutes == key.ten_minutes
    {
        return Ok(Arc::clone(kept));
    }
    let known = known.map(|kept| Arc::clone(&kept.data));
    let reading = app.clone();
    let kept = app
        .read(move |reader| read(&reading, reader, known, generation, key, now))
        .await?;
    let kept = Arc::new(kept);
    *current = Some(Arc::clone(&kept));
    Ok(kept)
}

/// Reads what has moved since `known`.
fn read(
    app: &App,
    reader: &Reader<'_>,
    known: Option<Arc<Data>>,
    generation: u64,
    key: Key,
    now: Timestamp,
) -> Result<Kept, AnswerError> {
    let begun = Instant::now();
    let overview = Overview::read(reader)?;
    let overview_seconds = begun.elapsed().as_secs_f64();
    let complete = overview.history_complete_at.is_some() || app.options().serve_during_backfill;
    let key = Key {
        sync: fingerprint(reader, &overview, complete),
        ..key
    };
    let data = match known {
        Some(data) if data.key == key => data,
        _ => {
            let options = &app.options().metrics;
            let cache = app.metrics_cache();
            let mut snapshot =
                cache.with_texts(|texts| collect(reader, options, texts, now, complete))?;
            let text = Text::of(std::mem::take(&mut snapshot.tables));
            Arc::new(Data {
                key,
                snapshot,
                text,
            })
        }
    };
    let metrics = &app.options().metrics;
    let mut projects = Vec::new();
    if metrics.switches.contains(&Switch::Labtower) {
        projects.push(own::last_success(&overview, &metrics.project_allowed));
    }
    Ok(Kept {
        generation,
        overview,
        overview_seconds,
        projects: Text::of(projects),
        data,
    })
}

/// What the families on data take from the state of reading: it moves without the data.
fn fingerprint(reader: &Reader<'_>, overview: &Overview, complete: bool) -> u64 {
    let mut hasher = DefaultHasher::new();
    complete.hash(&mut hasher);
    for project in &overview.projects {
        if project.state == SyncState::Missing {
            project.project_id.hash(&mut hasher);
        }
    }
    // A store in which this cannot be read tells everything else all the same.
    for activity in reader.sync_activity().unwrap_or_default() {
        let begun = activity.watermark.is_some();
        let read = activity.complete_at.is_some();
        (activity.project_id, begun, read, activity.commits_from).hash(&mut hasher);
    }
    hasher.finish()
}

/// What stands still, and after it what each scrape tells anew.
fn body(app: &App, kept: &Kept, format: Format, gzip: bool, now: Timestamp) -> Bytes {
    let metrics = &app.options().metrics;
    let created = kept
        .overview
        .history_complete_at
        .filter(|_| metrics.created)
        .map(|at| at.as_second() as f64);
    let options = WriteOptions {
        format,
        max_series: metrics.max_series,
        disabled: metrics.disabled.clone(),
        created,
    };
    let data = &kept.data;
    let (plain, dropped) = data.text.plain(&options);
    let (projects, dropped_projects) = kept.projects.plain(&options);
    // These counters begin with the process, and most of their families are gauges anyway.
    let mut fresh_options = WriteOptions {
        created: None,
        ..options.clone()
    };
    let mut fresh = Vec::new();
    let mut dropped = [dropped.as_slice(), dropped_projects].concat();
    let aging = own::aging(&data.snapshot, now);
    dropped.extend(write(&mut fresh, &aging, &fresh_options));
    if metrics.switches.contains(&Switch::Labtower) {
        let mut tables = own::labtower(kept, &dropped, now);
        let mut instance = InstanceSamples::default();
        if let Some(tell) = &app.options().instance_metrics {
            tell(&mut instance);
        }
        tables.extend(instance.into_tables());
        // Few by nature, and what was dropped must be told.
        fresh_options.max_series = usize::MAX;
        write(&mut fresh, &tables, &fresh_options);
    }
    if format == Format::OpenMetrics {
        fresh.extend_from_slice(b"# EOF\n");
    }
    if gzip {
        let (still, polled) = (data.text.gzip(&options), kept.projects.gzip(&options));
        return Part::file(&[still, polled, &Part::last(&fresh)]);
    }
    [&**plain, &**projects, &fresh].concat().into()
}
