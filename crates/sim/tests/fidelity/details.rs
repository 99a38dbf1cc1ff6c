//! Particulars of single resources that a client may stumble over.

use labtower_sim::SimConfig;
use serde_json::{Value, json};

use crate::reader::{Reader, morning, next};

fn config() -> SimConfig {
    SimConfig {
        projects: 6,
        days: 12,
        pipelines_per_day: 6.0,
        version: "19.1.0-ee".to_owned(),
        clock: morning(),
        ..SimConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_refuse_filters_that_do_not_go_together() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("deployments").await;
    let time = "2020-01-01T00:00:00Z";
    for (query, message) in [
        (
            format!("updated_after={time}&finished_after={time}"),
            "Both `updated_at` filter and `finished_at` filter can not be specified",
        ),
        (
            format!("finished_after={time}"),
            "`finished_at` filter and `finished_at` sorting must be paired",
        ),
        (
            format!("finished_after={time}&order_by=finished_at"),
            "`finished_at` filter must be combined with `success` status filter.",
        ),
    ] {
        let answer = reader
            .get(&format!("/projects/{project}/deployments?{query}"))
            .await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.json(), json!({ "message": message }), "{query}");
    }
    let paired = format!(
        "/projects/{project}/deployments?finished_after={time}&order_by=finished_at&status=success"
    );
    assert!(!reader.all(&paired).await.is_empty());
    let ids: Vec<i64> = reader
        .all(&format!("/projects/{project}/deployments"))
        .await
        .iter()
        .filter_map(|row| row["id"].as_i64())
        .collect();
    assert!(ids.is_sorted(), "deployments ascend by default");
}

#[tokio::test(flavor = "multi_thread")]
async fn traces_can_be_read_in_pieces_and_absent_ones_are_empty() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("jobs").await;
    let jobs = reader.all(&format!("/projects/{project}/jobs")).await;
    let finished = jobs
        .iter()
        .find(|job| job["status"] == "success")
        .expect("a finished job");
    let path = format!("/projects/{project}/jobs/{}/trace", finished["id"]);
    let whole = reader.get(&path).await;
    assert_eq!(whole.headers["content-type"], "text/plain");
    assert_eq!(
        whole.headers["content-disposition"],
        format!("infile; filename=\"{}.log\"", finished["id"])
    );
    let piece = reader
        .get(&format!("{path}?byte_offset=10&byte_limit=40"))
        .await;
    assert_eq!(piece.text.as_bytes(), &whole.text.as_bytes()[10..50]);
    let beyond = reader.get(&format!("{path}?byte_offset=100000000")).await;
    assert_eq!((beyond.status, beyond.text.as_str()), (200, ""));
    let waiting = jobs
        .iter()
        .find(|job| job["started_at"].is_null())
        .expect("a job that never started");
    let none = reader
        .get(&format!("/projects/{project}/jobs/{}/trace", waiting["id"]))
        .await;
    assert_eq!((none.status, none.text.as_str()), (200, ""));
    let absent = reader
        .get(&format!("/projects/{project}/jobs/1/trace"))
        .await;
    assert_eq!(absent.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_tests_have_the_same_name_in_report_and_trace() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("pipelines").await;
    let mut compared = 0;
    for pipeline in reader
        .all(&format!("/projects/{project}/pipelines?status=failed"))
        .await
    {
        let path = format!("/projects/{project}/pipelines/{}", pipeline["id"]);
        let report = reader.get(&format!("{path}/test_report")).await.json();
        let summary = reader
            .get(&format!("{path}/test_report_summary"))
            .await
            .json();
        assert_eq!(report["failed_count"], summary["total"]["failed"]);
        let suites = report["test_suites"].as_array().expect("suites");
        for (suite, short) in suites
            .iter()
            .zip(summary["test_suites"].as_array().expect("suites"))
        {
            let job = &short["build_ids"][0];
            let trace = reader
                .get(&format!("/projects/{project}/jobs/{job}/trace"))
                .await
                .text;
            for case in suite["test_cases"].as_array().expect("cases") {
                let failed = case["status"] == "failed";
                assert_eq!(failed, case["system_output"].is_string());
                if failed {
                    let name = case["name"].as_str().expect("a name");
                    assert!(trace.contains(name), "job {job} does not print {name}");
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 0, "no test failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_without_keyset_refuse_it_and_commits_show_no_totals() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("pipelines").await;
    for list in [
        "merge_requests",
        "deployments",
        "repository/commits",
        "environments",
        "releases",
    ] {
        let answer = reader
            .get(&format!(
                "/projects/{project}/{list}?pagination=keyset&per_page=5"
            ))
            .await;
        assert_eq!(answer.status, 405, "{list}");
    }
    let commits = reader
        .get(&format!(
            "/projects/{project}/repository/commits?per_page=5"
        ))
        .await;
    assert!(!commits.headers.contains_key("x-total"));
    assert_eq!(commits.headers["x-next-page"], "2");
    let requests = reader
        .get(&format!("/projects/{project}/merge_requests?per_page=5"))
        .await;
    assert!(requests.headers.contains_key("x-total"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_request_fits_its_commits_pipelines_and_branch() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("merge_requests").await;
    let branches = reader
        .all(&format!("/projects/{project}/repository/branches"))
        .await;
    let main: Vec<Value> = reader
        .all(&format!("/projects/{project}/repository/commits"))
        .await
        .iter()
        .map(|commit| commit["id"].clone())
        .collect();
    let mut merged = 0;
    for request in reader
        .all(&format!("/projects/{project}/merge_requests"))
        .await
    {
        let path = format!("/projects/{project}/merge_requests/{}", request["iid"]);
        let commits = reader.all(&format!("{path}/commits")).await;
        assert_eq!(commits[0]["id"], request["sha"], "{path}");
        let pipelines = reader.all(&format!("{path}/pipelines")).await;
        assert_eq!(pipelines[0]["sha"], request["sha"], "{path}");
        let open = request["state"] == "opened";
        let has_branch = branches
            .iter()
            .any(|branch| branch["name"] == request["source_branch"]);
        assert!(has_branch || !open, "{path} is open but has no branch");
        assert_eq!(
            request["state"] == "merged",
            request["merged_at"].is_string(),
            "{path}"
        );
        assert!(request["updated_at"].as_str() >= request["created_at"].as_str());
        if request["state"] == "merged" {
            assert!(main.contains(&request["merge_commit_sha"]), "{path}");
            merged += 1;
        }
    }
    assert!(merged > 0, "nothing was merged");
}

#[tokio::test(flavor = "multi_thread")]
async fn keyset_pages_hold_the_same_rows_as_offset_pages() {
    let reader = Reader::start(config()).await;
    let project = reader.busiest("issues").await;
    for list in [
        "/users".to_owned(),
        format!("/projects/{project}/issues"),
        "/runners/11/jobs".to_owned(),
    ] {
        let ids = |rows: Vec<Value>| {
            rows.iter()
                .filter_map(|row| row["id"].as_i64())
                .collect::<Vec<_>>()
        };
        let offset = ids(reader.all(&list).await);
        let mut keyset = Vec::new();
        let mut url = Some(format!("{list}?pagination=keyset&per_page=4"));
        while let Some(page) = url {
            let answer = reader.get(&page).await;
            assert_eq!(answer.status, 200, "{page}");
            assert!(!answer.headers.contains_key("x-page"), "{page}");
            keyset.extend(ids(answer.json().as_array().cloned().unwrap_or_default()));
            let root = format!("{}/api/v4", reader.sim.url());
            url = next(&answer.headers).map(|next| next.replace(&root, ""));
        }
        assert!(offset.len() > 4, "{list}");
        assert_eq!(keyset, offset, "{list}");
    }
}
