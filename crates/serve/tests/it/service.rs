//! The service's own state: sync, health, metrics, and the listening server.

use std::sync::Arc;

use labtower_model::SystemClock;
use labtower_serve::{InstanceSamples, ServeOptions, router, serve};
use labtower_store::{Store, StoreOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::app::TestApp;
use crate::samples;

#[tokio::test]
async fn sync_tells_all_there_is_to_know() {
    let app = TestApp::with_samples().await;
    app.clock.advance(jiff::SignedDuration::from_secs(40));
    let sync = app.json("/api/sync").await;
    let keys: Vec<&String> = sync.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "backfill",
            "completeness",
            "gitlab_version",
            "history_complete_at",
            "lag_seconds",
            "next_cursor",
            "phase",
            "polling",
            "problems",
            "project_counts",
            "projects",
            "requests",
            "serving_data",
            "started_at",
            "stored",
            "updated_at",
            "webhooks",
        ]
    );
    assert_eq!(sync["phase"], "live");
    assert_eq!(sync["serving_data"], true);
    assert_eq!(sync["history_complete_at"], "2026-11-21T07:00:00+00:00");
    assert_eq!(sync["lag_seconds"], 40);
    assert_eq!(sync["requests"]["used"], 1234);
    assert_eq!(sync["requests"]["remaining"], 1900);
    assert_eq!(sync["polling"]["cycles"], 12);
    assert_eq!(sync["stored"]["pipelines"], 8);
    assert_eq!(sync["stored"]["jobs"], 5);
    assert_eq!(sync["webhooks"]["waiting"], 0);
    let completeness = &sync["completeness"];
    assert_eq!(completeness["lag_seconds"], 2 * 3600 + 40);
    assert_eq!(completeness["gaps_found"], 1);
    assert_eq!(completeness["gaps"][0]["kind"], "absent");
    assert_eq!(sync["problems"][0]["scope"], "group apps");
    assert_eq!(sync["project_counts"]["live"], 3);
    assert_eq!(sync["project_counts"]["failing"], 1);
    let shop = &app.json("/api/sync?state=failing").await["projects"];
    assert_eq!(shop.as_array().unwrap().len(), 1);
    assert_eq!(shop[0]["project_full_path"], "apps/shop");
    assert_eq!(shop[0]["last_error"], "timeout");
    assert_eq!(shop[0]["state"], "live");
    let found = &app.json("/api/sync?state=live&search=PLATFORM").await["projects"];
    assert_eq!(found.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn metrics_are_prometheus_text_with_the_processes_own_added() {
    let app = TestApp::with_options(ServeOptions {
        instance_metrics: Some(Arc::new(|samples: &mut InstanceSamples| {
            samples.put("labtower_api_retries_total", &[], 3.0);
        })),
        ..ServeOptions::default()
    });
    app.write(samples::data()).await;
    app.write(samples::live()).await;
    app.clock.advance(jiff::SignedDuration::from_secs(7));
    let answer = app.get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let text = answer.text();
    for line in [
        "labtower_history_complete 1",
        "labtower_sync_lag_seconds 7",
        "labtower_sync_projects{state=\"live\"} 3",
        "labtower_sync_projects{state=\"missing\"} 0",
        "labtower_sync_failing_projects 1",
        "labtower_sync_problems 1",
        "labtower_store_rows{table=\"jobs\"} 5",
        "labtower_sync_requests_total 1234",
        "labtower_api_retries_total 3",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line} not in\n{text}"
        );
    }
    assert!(!text.contains("# EOF"));
    // Every sample belongs to a family announced just before it, once.
    let mut family = String::new();
    let mut seen = std::collections::HashSet::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.split(' ').next().unwrap().to_owned();
            assert!(seen.insert(family.clone()), "{family} twice");
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            assert!(name.starts_with(&family), "{line}");
            assert!(
                line.rsplit(' ').next().unwrap().parse::<f64>().is_ok(),
                "{line}"
            );
        }
    }
}

#[tokio::test]
async fn an_unreadable_store_is_not_ready() {
    let app = TestApp::with_samples().await;
    app.damage();
    assert_eq!(app.get("/readyz").await.status, 500);
    assert_eq!(app.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn the_server_ends_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), Arc::new(SystemClock)).unwrap();
    let router = router(store, ServeOptions::default(), Arc::new(SystemClock));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(listener, router, None, async move {
        stopped.await.unwrap();
    }));
    let mut connection = TcpStream::connect(address).await.unwrap();
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    connection.write_all(request).await.unwrap();
    let mut response = String::new();
    connection.read_to_string(&mut response).await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200 OK"), "{response}");
    assert!(response.ends_with("{\"status\":\"ok\"}"), "{response}");
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
}
