//! While the first backfill runs, data is held back and everything else is up.

use labtower_serve::ServeOptions;
use labtower_store::{Batch, Phase, SyncUpdate};

use crate::app::TestApp;
use crate::samples::{self, BUILDER, WEB};

const DATA: [&str; 8] = [
    "/api/pipelines",
    "/api/pipelines/1001",
    "/api/jobs",
    "/api/projects",
    "/api/refs",
    "/api/stats/summary",
    "/api/stats/projects",
    "/api/stats/trend",
];

fn under_way() -> Batch {
    let at = samples::now();
    Batch {
        sync: vec![
            SyncUpdate::Discovered {
                project_id: BUILDER,
                at,
            },
            SyncUpdate::Discovered {
                project_id: WEB,
                at,
            },
            SyncUpdate::BackfillStarted {
                project_id: BUILDER,
                from: at,
                total: 1200,
                watermark: at,
            },
            SyncUpdate::Run(samples::run(Phase::Backfilling)),
        ],
        ..samples::data()
    }
}

async fn app(options: ServeOptions) -> TestApp {
    let app = TestApp::with_options(options);
    app.write(under_way()).await;
    app
}

#[tokio::test]
async fn data_is_held_back_with_the_progress() {
    let app = app(ServeOptions::default()).await;
    for target in DATA {
        let answer = app.get(target).await;
        assert_eq!(answer.status, 503, "{target}");
        assert_eq!(answer.header("retry-after"), "45");
        let error = answer.json()["error"].clone();
        assert_eq!(error["code"], "history_incomplete");
        let progress = &error["progress"];
        assert_eq!(progress["phase"], "backfilling");
        assert_eq!(progress["pipelines"], 300);
        assert_eq!(progress["pipelines_total"], 1200);
        assert_eq!(progress["percent"], 25.0);
        assert_eq!(progress["eta_seconds"], 45);
        assert_eq!(progress["projects"]["backfilling"], 1);
        assert_eq!(progress["projects"]["pending"], 1);
    }
    let rebuild = app.send("POST", "/api/refresh_daily_stats", &[]).await;
    assert_eq!(rebuild.status, 503);
}

#[tokio::test]
async fn a_store_nobody_filled_yet_says_so() {
    let app = TestApp::with_options(ServeOptions::default());
    let answer = app.get("/api/pipelines").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(answer.json()["error"]["progress"]["phase"], "unknown");
    assert_eq!(app.get("/").await.status, 200);
}

#[tokio::test]
async fn the_service_itself_is_up_at_once() {
    let app = app(ServeOptions::default()).await;
    for target in [
        "/healthz",
        "/metrics",
        "/api/sync",
        "/api/openapi.json",
        "/",
    ] {
        assert_eq!(app.get(target).await.status, 200, "{target}");
    }
    let ready = app.json("/readyz").await;
    assert_eq!(
        (&ready["status"], &ready["history_complete"]),
        (&"ready".into(), &false.into())
    );
    let sync = app.json("/api/sync").await;
    assert_eq!(sync["serving_data"], false);
    assert_eq!(sync["backfill"]["percent"], 25.0);
    assert!(
        app.get("/metrics")
            .await
            .text()
            .contains("\nlabtower_history_complete 0\n")
    );
}

#[tokio::test]
async fn the_page_shows_the_progress_and_refreshes_itself() {
    let app = app(ServeOptions::default()).await;
    let page = app.get("/").await;
    let text = page.text();
    assert!(text.contains("Reading the history of GitLab"));
    assert!(text.contains("<progress max=\"100\" value=\"25\">"));
    assert!(text.contains("about 45 s to go") && text.contains("300 of 1,200 pipelines"));
    assert!(text.contains("<noscript><meta http-equiv=\"refresh\" content=\"2\"></noscript>"));
    assert!(text.contains("platform/tools/builder"));
    assert!(!text.contains("Latest pipelines"));
}

#[tokio::test]
async fn partial_data_is_served_when_that_is_wanted() {
    let app = app(ServeOptions {
        serve_during_backfill: true,
        ..ServeOptions::default()
    })
    .await;
    for target in DATA {
        assert_eq!(app.get(target).await.status, 200, "{target}");
    }
    assert_eq!(app.json("/api/sync").await["serving_data"], true);
    let page = app.get("/").await;
    assert!(page.text().contains("what follows is incomplete"));
    assert!(page.text().contains("Latest pipelines"));
}

#[tokio::test]
async fn data_opens_the_moment_the_history_is_complete_and_stays_open() {
    let app = app(ServeOptions::default()).await;
    assert_eq!(app.get("/api/projects").await.status, 503);
    app.write(samples::live()).await;
    assert_eq!(app.get("/api/projects").await.status, 200);
    let at = samples::now();
    let project_id = labtower_model::ProjectId(77);
    app.write(Batch {
        sync: vec![
            SyncUpdate::Discovered { project_id, at },
            SyncUpdate::Run(samples::run(Phase::Backfilling)),
        ],
        ..Batch::default()
    })
    .await;
    assert_eq!(app.get("/api/projects").await.status, 200);
    assert!(app.get("/").await.text().contains("Latest pipelines"));
}
