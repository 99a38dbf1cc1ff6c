//! The exact bytes of each answer: names, types, order of fields.

use crate::app::TestApp;

#[tokio::test]
async fn pipelines_have_the_exporters_fields_first_and_ours_after_them() {
    let app = TestApp::with_samples().await;
    let answer = app
        .get("/api/pipelines?project_name=platform/tools/builder&ref_name=main&status=success")
        .await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(
        answer.text(),
        "[{\"id\":1001,\"project_id\":7,\"project_name\":\"builder\",\
         \"project_full_path\":\"platform/tools/builder\",\"ref_name\":\"main\",\
         \"sha\":\"8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b\",\"user_name\":\"Ada L.\",\"status\":\"success\",\
         \"created_at\":\"2026-11-20T12:00:00+00:00\",\"finished_at\":\"2026-11-20T12:02:39+00:00\",\"duration\":154,\
         \"web_url\":\"https://gitlab.example.com/platform/tools/builder/-/pipelines/1001\",\
         \"iid\":42,\"name\":null,\"source\":\"push\",\"ref_kind\":\"branch\",\
         \"updated_at\":\"2026-11-20T12:02:40+00:00\",\"started_at\":\"2026-11-20T12:00:05+00:00\",\
         \"committed_at\":\"2026-11-20T11:59:30+00:00\",\"queued_duration\":5.0,\"coverage\":81.5,\
         \"failure_reason\":null}]"
    );
}

#[tokio::test]
async fn what_gitlab_does_not_say_is_empty_or_null_as_the_exporter_has_it() {
    let app = TestApp::with_samples().await;
    let answer = app.get("/api/pipelines?ref_name=v1.0").await;
    assert_eq!(
        answer.text(),
        "[{\"id\":1004,\"project_id\":8,\"project_name\":\"web\",\"project_full_path\":\"platform/web\",\
         \"ref_name\":\"v1.0\",\"sha\":\"\",\"user_name\":\"\",\"status\":\"skipped\",\
         \"created_at\":\"2026-11-18T12:00:00+00:00\",\"finished_at\":null,\"duration\":null,\
         \"web_url\":\"https://gitlab.example.com/platform/web/-/pipelines/1004\",\
         \"iid\":14,\"name\":null,\"source\":null,\"ref_kind\":\"tag\",\
         \"updated_at\":\"2026-11-18T12:01:00+00:00\",\"started_at\":null,\"committed_at\":null,\
         \"queued_duration\":null,\"coverage\":null,\"failure_reason\":null}]"
    );
}

#[tokio::test]
async fn running_pipelines_have_no_finish_and_no_duration() {
    let app = TestApp::with_samples().await;
    let running = app.json("/api/pipelines?status=running").await;
    assert_eq!(running[0]["id"], 1002);
    assert!(running[0]["finished_at"].is_null() && running[0]["duration"].is_null());
}

#[tokio::test]
async fn jobs_carry_all_their_facts() {
    let app = TestApp::with_samples().await;
    let answer = app.get("/api/jobs?name=lint%20%3Cscript%3E").await;
    assert_eq!(
        answer.text(),
        "[{\"id\":60004,\"pipeline_id\":1003,\"project_id\":8,\"project_full_path\":\"platform/web\",\
         \"kind\":\"build\",\"name\":\"lint <script>\",\"stage\":\"check\",\"status\":\"failed\",\"ref_name\":\"main\",\
         \"created_at\":\"2026-11-21T02:00:00+00:00\",\"started_at\":\"2026-11-20T12:00:05+00:00\",\
         \"finished_at\":\"2026-11-20T12:02:39+00:00\",\"duration\":154,\"queued_duration\":4.2,\"coverage\":81.5,\
         \"allow_failure\":false,\"retried\":false,\"failure_reason\":\"script_failure\",\"exit_code\":137,\
         \"tags\":[\"docker\"],\"runner_id\":9,\"downstream_pipeline_id\":null,\
         \"web_url\":\"https://gitlab.example.com/platform/web/-/jobs/60004\"}]"
    );
}

#[tokio::test]
async fn one_pipeline_comes_with_all_its_jobs() {
    let app = TestApp::with_samples().await;
    let answer = app.json("/api/pipelines/1003").await;
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["jobs", "pipeline"]);
    assert_eq!(answer["pipeline"]["id"], 1003);
    assert_eq!(answer["pipeline"]["source"], "schedule");
    let mut jobs: Vec<i64> = answer["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["id"].as_i64().unwrap())
        .collect();
    jobs.sort_unstable();
    assert_eq!(jobs, [60_001, 60_002, 60_003, 60_004]);
}

#[tokio::test]
async fn projects_and_refs_are_bare_sorted_strings() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.get("/api/projects").await.text(),
        "[\"apps/shop\",\"platform/tools/builder\",\"platform/web\"]"
    );
    assert_eq!(
        app.get("/api/refs").await.text(),
        "[\"feature/x\",\"main\",\"v1.0\"]"
    );
}

#[tokio::test]
async fn summary_has_floats_where_the_exporter_has_them() {
    let app = TestApp::with_samples().await;
    // Eight pipelines, three of them successful; six have a duration: 154 once, 55 five times.
    let summary = app.json("/api/stats/summary").await;
    let average = (154.0 + 5.0 * 55.0) / 6.0;
    assert_eq!(summary["total_count"], 8);
    assert!((summary["avg_duration"].as_f64().unwrap() - average).abs() < 1e-9);
    assert!((summary["success_rate"].as_f64().unwrap() - 37.5).abs() < 1e-9);
    let keys: Vec<&String> = summary.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "avg_duration",
            "duration_count",
            "failed_count",
            "p50_duration",
            "p95_duration",
            "success_count",
            "success_rate",
            "total_count"
        ]
    );
}

#[tokio::test]
async fn summary_of_nothing_is_zero_and_floating() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.get("/api/stats/summary?project_name=no/such")
            .await
            .text(),
        "{\"total_count\":0,\"avg_duration\":0.0,\"success_rate\":0.0,\"success_count\":0,\"failed_count\":0,\
         \"duration_count\":0,\"p50_duration\":null,\"p95_duration\":null}"
    );
}

#[tokio::test]
async fn project_stats_name_the_full_path_with_any_filter_and_none_is_lost() {
    let app = TestApp::with_samples().await;
    let of = "&from_ts=1795003200"; // 2026-11-18T12:00:00Z
    assert_eq!(
        app.get(&format!("/api/stats/projects?x=y{of}"))
            .await
            .text(),
        "[{\"project_name\":\"apps/shop\",\"count\":1,\"avg_duration\":55.0,\"last_status\":\"failed\",\
         \"project_id\":9,\"project_short_name\":\"shop <b>&amp;\"},\
         {\"project_name\":\"platform/web\",\"count\":2,\"avg_duration\":55.0,\"last_status\":\"failed\",\
         \"project_id\":8,\"project_short_name\":\"web\"},\
         {\"project_name\":\"platform/tools/builder\",\"count\":2,\"avg_duration\":154.0,\"last_status\":\"running\",\
         \"project_id\":7,\"project_short_name\":\"builder\"}]"
    );
    // A project none of whose pipelines has a duration is there all the same.
    assert_eq!(
        app.get("/api/stats/projects?ref_name=v1.0").await.text(),
        "[{\"project_name\":\"platform/web\",\"count\":1,\"avg_duration\":0.0,\"last_status\":\"failed\",\
         \"project_id\":8,\"project_short_name\":\"web\"}]"
    );
}

#[tokio::test]
async fn trend_is_newest_day_first() {
    let app = TestApp::with_samples().await;
    assert_eq!(
        app.get("/api/stats/trend").await.text(),
        "[{\"date\":\"2026-11-21\",\"status\":\"failed\",\"count\":1},\
         {\"date\":\"2026-11-21\",\"status\":\"running\",\"count\":1},\
         {\"date\":\"2026-11-20\",\"status\":\"failed\",\"count\":1},\
         {\"date\":\"2026-11-20\",\"status\":\"success\",\"count\":1},\
         {\"date\":\"2026-11-18\",\"status\":\"skipped\",\"count\":1},\
         {\"date\":\"2026-11-15\",\"status\":\"canceled\",\"count\":1},\
         {\"date\":\"2026-11-10\",\"status\":\"success\",\"count\":1}]"
    );
}

#[tokio::test]
async fn refresh_answers_the_exporters_words() {
    let app = TestApp::with_samples().await;
    let before = app.get("/api/stats/summary").await;
    let answer = app.send("POST", "/api/refresh_daily_stats", &[]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.text(),
        "\"daily_stats backfill triggered/completed\""
    );
    let after = app.get("/api/stats/summary").await;
    assert_eq!(before.text(), after.text());
    assert_ne!(before.header("etag"), after.header("etag"));
}
