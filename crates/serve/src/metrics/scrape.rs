//! `GET /metrics`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

use super::cache::{Kept, Key};
use super::collect::collect;
use super::family::Switch;
use super::format::{Format, accepts_gzip};
use super::gzip::Part;
use super::instance::InstanceSamples;
use super::own;
use super::write::{WriteOptions, write};
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

/// The snapshot of the store as it is now: the one at hand, if nothing has changed.
async fn kept(app: &App, now: Timestamp) -> Result<Arc<Kept>, ApiError> {
    let cache = app.metrics_cache();
    let mut current = cache.current.lock().await;
    let key = Key {
        // Read before the rows: a snapshot may be newer than its key, never older.
        generation: app.store().generation(),
        rebuilds: app.rebuild().finished(),
        ten_minutes: now.as_second().div_euclid(600),
    };
    if let Some(kept) = current.as_ref().filter(|kept| kept.key == key) {
        return Ok(Arc::clone(kept));
    }
    let reading = app.clone();
    let (overview, snapshot) = app
        .read(move |reader| {
            let overview = Overview::read(reader)?;
            let complete =
                overview.history_complete_at.is_some() || reading.options().serve_during_backfill;
            let options = &reading.options().metrics;
            let snapshot = reading
                .metrics_cache()
                .with_texts(|texts| collect(reader, options, texts, now, complete))?;
            Ok((overview, snapshot))
        })
        .await?;
    let kept = Arc::new(Kept {
        key,
        snapshot,
        overview,
        bodies: Default::default(),
    });
    *current = Some(Arc::clone(&kept));
    Ok(kept)
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
    let (plain, dropped) = kept.plain(&options);
    // These counters begin with the process, and most of their families are gauges anyway.
    let mut fresh_options = WriteOptions {
        created: None,
        ..options.clone()
    };
    let mut fresh = Vec::new();
    let mut dropped = dropped.clone();
    let aging = own::aging(&kept.snapshot, now);
    dropped.extend(write(&mut fresh, &aging, &fresh_options));
    if metrics.switches.contains(&Switch::Labtower) {
        let generation = kept.key.generation;
        let mut tables = own::labtower(&kept.overview, &kept.snapshot, &dropped, generation, now);
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
        return kept.gzip(&options).followed_by(&Part::last(&fresh));
    }
    let mut body = BytesMut::with_capacity(plain.len() + fresh.len());
    body.extend_from_slice(plain);
    body.extend_from_slice(&fresh);
    body.freeze()
}
