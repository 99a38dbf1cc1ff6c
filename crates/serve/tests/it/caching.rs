//! Copies that are known to be current, and bodies that are small.

use std::io::Read;

use flate2::read::GzDecoder;
use labtower_model::{PipelineId, samples};
use labtower_store::Batch;

use crate::app::TestApp;

const DATA: [&str; 8] = [
    "/api/pipelines",
    "/api/pipelines/1001",
    "/api/jobs?limit=1",
    "/api/projects",
    "/api/refs",
    "/api/stats/summary",
    "/api/stats/projects",
    "/api/stats/trend",
];

#[tokio::test]
async fn a_current_copy_is_304_until_data_changes() {
    let app = TestApp::with_samples().await;
    for target in DATA {
        let first = app.get(target).await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        assert_eq!(first.header("cache-control"), "no-cache");
        let again = app.send("GET", target, &[("if-none-match", &tag)]).await;
        assert_eq!(again.status, 304, "{target}");
        assert!(again.bytes.is_empty());
        assert_eq!(again.header("etag"), tag);
        let other = app
            .send("GET", target, &[("if-none-match", "W/\"other\"")])
            .await;
        assert_eq!((other.status.as_u16(), &other.bytes), (200, &first.bytes));
    }
    let before = app.get("/api/pipelines").await;
    let mut added = samples::pipeline_with_jobs();
    added.pipeline.id = PipelineId(2000);
    added.jobs.clear();
    app.write(Batch {
        pipelines: vec![added],
        ..Batch::default()
    })
    .await;
    let tag = before.header("etag").to_owned();
    let after = app
        .send("GET", "/api/pipelines", &[("if-none-match", &tag)])
        .await;
    assert_eq!(after.status, 200);
    assert_ne!(after.header("etag"), tag);
    assert_eq!(after.json().as_array().unwrap().len(), 9);
}

#[tokio::test]
async fn a_current_copy_needs_no_store() {
    let app = TestApp::with_samples().await;
    let tag = app.get("/api/pipelines").await.header("etag").to_owned();
    app.damage();
    let known = app
        .send("GET", "/api/pipelines", &[("if-none-match", &tag)])
        .await;
    assert_eq!(known.status, 304);
    // The answer itself is kept too; a question not asked before is not.
    assert_eq!(app.get("/api/pipelines").await.status, 200);
    assert_eq!(app.get("/api/stats/summary").await.status, 500);
}

#[tokio::test]
async fn a_kept_page_keeps_its_next_page() {
    let app = TestApp::with_samples().await;
    let first = app.get("/api/pipelines?limit=2").await;
    let again = app.get("/api/pipelines?limit=2").await;
    assert_eq!(first.header("link"), again.header("link"));
    assert_eq!(first.header("x-next-cursor"), again.header("x-next-cursor"));
}

#[tokio::test]
async fn a_default_trend_is_another_one_tomorrow() {
    let app = TestApp::with_samples().await;
    let tag = app.get("/api/stats/trend").await.header("etag").to_owned();
    app.clock.advance(jiff::SignedDuration::from_hours(1));
    let later = app
        .send("GET", "/api/stats/trend", &[("if-none-match", &tag)])
        .await;
    assert_eq!(later.status, 304);
    app.clock.advance(jiff::SignedDuration::from_hours(24 * 20));
    let tomorrow = app
        .send("GET", "/api/stats/trend", &[("if-none-match", &tag)])
        .await;
    assert_eq!(tomorrow.status, 200);
    assert_eq!(tomorrow.json().as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn bodies_are_compressed_for_those_who_ask() {
    let app = TestApp::with_samples().await;
    let plain = app.get("/api/pipelines").await;
    assert!(plain.headers.get("content-encoding").is_none());
    let packed = app
        .send("GET", "/api/pipelines", &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("vary"), "accept-encoding");
    assert_eq!(packed.headers.get_all("vary").iter().count(), 1);
    assert_eq!(packed.header("etag"), plain.header("etag"));
    assert!(packed.bytes.len() < plain.bytes.len() / 2);
    let mut text = String::new();
    GzDecoder::new(&packed.bytes[..])
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, plain.text());
}

#[tokio::test]
async fn state_of_the_service_is_never_kept() {
    let app = TestApp::with_samples().await;
    for target in ["/api/sync", "/healthz", "/readyz", "/metrics", "/"] {
        let answer = app.get(target).await;
        assert_eq!(answer.status, 200, "{target}");
        assert!(answer.headers.get("etag").is_none(), "{target}");
        assert_eq!(answer.header("cache-control"), "no-store", "{target}");
    }
}
