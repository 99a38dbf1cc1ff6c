//! Which rows come back.

use crate::app::TestApp;

#[tokio::test]
async fn no_choice_is_all_of_them_newest_first() {
    let app = TestApp::with_samples().await;
    let all = [1002, 1003, 1001, 1007, 1004, 1006, 1005, 1000];
    for query in [
        "",
        "?project_name=All&ref_name=All&exclude_projects=%20",
        "?project_name=&ref_name=&from_ts=&to_ts=&status=&exclude_projects=",
        "?status=All&source=All&limit=&cursor=",
        "?unheard_of=1&x",
    ] {
        assert_eq!(
            app.ids(&format!("/api/pipelines{query}")).await,
            all,
            "{query}"
        );
    }
}

#[tokio::test]
async fn lists_are_trimmed_and_match_the_full_path() {
    let app = TestApp::with_samples().await;
    let both =
        "/api/pipelines?project_name=platform/tools/builder%20,%20platform/web&ref_name=main";
    assert_eq!(app.ids(both).await, [1002, 1003, 1001, 1000]);
    assert_eq!(app.ids("/api/pipelines?project_name=builder").await, [0; 0]);
    assert_eq!(
        app.ids("/api/pipelines?ref_name=v1.0,feature/x").await,
        [1004, 1006]
    );
}

#[tokio::test]
async fn exclusion_is_honoured_under_both_names() {
    let app = TestApp::with_samples().await;
    for key in [
        "exclude_projects",
        "exclude_projects:csv",
        "exclude_projects%3Acsv",
    ] {
        let target = format!("/api/pipelines?{key}=apps/shop,%20platform/web");
        assert_eq!(app.ids(&target).await, [1002, 1001], "{key}");
        let target = format!("/api/stats/summary?{key}=apps/shop,platform/web");
        assert_eq!(app.json(&target).await["total_count"], 2, "{key}");
    }
}

#[tokio::test]
async fn both_ends_of_a_time_range_are_inside_to_the_second() {
    let app = TestApp::with_samples().await;
    let created = 1_795_176_000; // 1001; 1007 was created 100 s earlier.
    let ids = |from: i64, to: i64| format!("/api/pipelines?from_ts={from}&to_ts={to}");
    assert_eq!(app.ids(&ids(created - 100, created)).await, [1001, 1007]);
    assert_eq!(app.ids(&ids(created - 99, created)).await, [1001]);
    assert_eq!(app.ids(&ids(created - 100, created - 1)).await, [1007]);
    // The same question in figures has the same answer.
    for (from, to, count) in [(-100, 0, 2), (-99, 0, 1), (-100, -1, 1)] {
        let range = format!("from_ts={}&to_ts={}", created + from, created + to);
        let summary = app.json(&format!("/api/stats/summary?{range}")).await;
        assert_eq!(summary["total_count"], count, "{range}");
        let by_ref = app
            .json(&format!("/api/stats/summary?ref_name=main&{range}"))
            .await;
        assert_eq!(by_ref["total_count"], count, "{range}");
        let projects = app.json(&format!("/api/stats/projects?{range}")).await;
        assert_eq!(projects.as_array().unwrap().len(), count, "{range}");
    }
}

#[tokio::test]
async fn running_ignores_the_time_range_and_only_running_does() {
    let app = TestApp::with_samples().await;
    let range = "from_ts=1&to_ts=2";
    assert_eq!(
        app.ids(&format!("/api/pipelines?status=running&{range}"))
            .await,
        [1002]
    );
    assert_eq!(
        app.ids(&format!("/api/pipelines?status=failed&{range}"))
            .await,
        [0; 0]
    );
}

#[tokio::test]
async fn statuses_are_a_list_in_any_case() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.ids("/api/pipelines?status=FAILED,skipped").await,
        [1003, 1007, 1004]
    );
    assert_eq!(app.ids("/api/pipelines?status=hibernating").await, [0; 0]);
}

#[tokio::test]
async fn statistics_do_not_read_a_status_as_the_exporter_does_not() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.json("/api/stats/summary?status=failed").await["total_count"],
        8
    );
}

#[tokio::test]
async fn source_picks_the_nightlies() {
    let app = TestApp::with_samples().await;
    assert_eq!(app.ids("/api/pipelines?source=schedule").await, [1003]);
    assert_eq!(
        app.json("/api/stats/summary?source=schedule").await["failed_count"],
        1
    );
}

#[tokio::test]
async fn jobs_are_found_by_their_own_facts_and_their_pipelines() {
    let app = TestApp::with_samples().await;
    for (query, ids) in [
        ("pipeline_id=1001", vec![50_001]),
        ("status=failed", vec![60_004, 60_002, 60_001]),
        ("stage=check", vec![60_004]),
        ("failure_reason=script_failure", vec![60_004]),
        ("name=deploy,test", vec![60_003, 50_001]),
        ("source=push", vec![50_001]),
        ("project_name=platform/web&to_ts=1795176001", vec![]),
    ] {
        assert_eq!(app.ids(&format!("/api/jobs?{query}")).await, ids, "{query}");
    }
}

#[tokio::test]
async fn names_can_be_searched_and_cut() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.get("/api/projects?search=PLATFORM").await.text(),
        "[\"platform/tools/builder\",\"platform/web\"]"
    );
    assert_eq!(
        app.get("/api/projects?limit=1").await.text(),
        "[\"apps/shop\"]"
    );
    assert_eq!(
        app.get("/api/refs?project_name=apps/shop").await.text(),
        "[\"feature/x\",\"main\"]"
    );
    assert_eq!(app.get("/api/refs?search=V1").await.text(), "[\"v1.0\"]");
}

#[tokio::test]
async fn trend_widens_what_is_less_than_a_day() {
    let app = TestApp::with_samples().await;
    let days = |trend: serde_json::Value| -> Vec<String> {
        let mut days: Vec<String> = trend
            .as_array()
            .unwrap()
            .iter()
            .map(|cell| cell["date"].as_str().unwrap().to_owned())
            .collect();
        days.dedup();
        days
    };
    // One hour before 2026-11-20T12:00:00Z becomes the seven days before it.
    let narrow = app
        .json("/api/stats/trend?from_ts=1795172400&to_ts=1795176000")
        .await;
    assert_eq!(days(narrow), ["2026-11-20", "2026-11-18", "2026-11-15"]);
    let wide = app
        .json("/api/stats/trend?from_ts=1795089600&to_ts=1795176000")
        .await;
    assert_eq!(days(wide), ["2026-11-20"]);
}
