//! The whole service in one process: what a client of HTTP sees from the first moment to a restart.

use std::time::Duration;

use labtower_sim::{Faults, SimClock, SimConfig};
use serde_json::Value;

use crate::app::{App, PATIENCE, get, options, start_service};

fn still_world() -> SimConfig {
    SimConfig {
        clock: SimClock::Manual {
            start: labtower_model::samples::at(0),
        },
        ..App::small_world()
    }
}

/// Pipelines the simulator has, all of them.
fn truth(app: &App) -> u64 {
    let truth = serde_json::to_value(app.sim.truth()).unwrap();
    truth["pipelines"].as_array().unwrap().len() as u64
}

/// The count of all pipelines, over HTTP.
async fn total(app: &App) -> u64 {
    let summary = app.json("/api/stats/summary?from_ts=0").await;
    summary["total_count"].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn data_answers_503_with_progress_until_the_history_is_complete() {
    let slow = SimConfig {
        faults: Faults {
            latency: Duration::from_millis(300),
            ..Faults::default()
        },
        ..still_world()
    };
    let app = App::start(slow).await;
    let refused = app.get("/api/pipelines").await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"));
    assert!(refused.json().is_object());
    assert_eq!(app.json("/readyz").await["history_complete"], false);
    for open in ["/", "/healthz", "/metrics", "/api/sync"] {
        assert_eq!(app.get(open).await.status, 200, "{open}");
    }
    app.ready().await;
    assert_eq!(app.json("/readyz").await["history_complete"], true);
    assert_eq!(total(&app).await, truth(&app));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_gitlab_shows_after_a_poll_and_moves_the_etag() {
    let app = App::start(still_world()).await;
    app.ready().await;
    let before = app.get("/api/stats/summary?from_ts=0").await;
    let etag = before.headers["etag"].clone();
    app.sim.advance(Duration::from_secs(6 * 3600));
    app.sim.freeze();
    let expected = truth(&app);
    assert!(before.json()["total_count"].as_u64().unwrap() < expected);
    let mut status = app.service.syncer().progress();
    let settled = async {
        while total(&app).await < expected {
            status.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, settled)
        .await
        .expect("every new pipeline shows");
    assert_eq!(total(&app).await, expected);
    let after = app.get("/api/stats/summary?from_ts=0").await;
    assert_ne!(after.headers["etag"], etag);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_serves_at_once_and_does_not_read_the_past_again() {
    let app = App::start(still_world()).await;
    app.ready().await;
    let expected = total(&app).await;
    let App {
        sim,
        service,
        directory,
        ..
    } = app;
    assert!(service.stop().await.is_ok());

    sim.reset_requests();
    let again = options(&sim, 3, directory.path().join("pipelines.db"));
    let service = start_service(again, &sim).await;
    let http = reqwest::Client::builder().build().unwrap();
    let url = format!("{}/api/stats/summary?from_ts=0", service.url());
    let summary: Value = get(&http, &url).await.json();
    assert_eq!(summary["total_count"].as_u64(), Some(expected));

    let mut status = service.syncer().progress();
    let polled = status.wait_for(|status| status.cycles > 0);
    let polled = tokio::time::timeout(PATIENCE, polled).await;
    assert!(polled.expect("it polls").is_ok());
    assert!(service.stop().await.is_ok());
    // A poll, activity, test reports and the like; a backfill would be a count and a page per project more.
    let spent = sim.requests()["POST /api/graphql"];
    assert!(spent <= 7, "{:?}", sim.requests());
    sim.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_stopped_in_its_backfill_completes_it_at_the_next_start() {
    let slow = SimConfig {
        faults: Faults {
            latency: Duration::from_millis(50),
            ..Faults::default()
        },
        projects: 12,
        pipelines_per_day: 20.0,
        ..still_world()
    };
    let app = App::start_with(slow, |options| options.sync.backfill_concurrency = 1).await;
    let mut status = app.service.syncer().progress();
    let begun = status.wait_for(|status| status.backfill_pipelines > 0);
    let begun = tokio::time::timeout(PATIENCE, begun).await;
    assert!(begun.expect("the backfill begins").is_ok());
    assert_eq!(app.get("/api/pipelines").await.status, 503);
    let expected = truth(&app);
    let App {
        sim,
        service,
        directory,
        ..
    } = app;
    assert!(service.stop().await.is_ok());

    sim.set_faults(Faults::default());
    let again = options(&sim, 3, directory.path().join("pipelines.db"));
    let app = App::around(start_service(again, &sim).await, sim, directory);
    app.ready().await;
    assert_eq!(total(&app).await, expected);
    app.stop().await;
}
