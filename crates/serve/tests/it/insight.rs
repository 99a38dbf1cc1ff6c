//! Pages on jobs, groups, projects, pipelines, trends and health.

use labtower_model::{
    Job, JobId, Pipeline, PipelineId, PipelineSchedule, PipelineWithJobs, RunnerId, ScheduleId,
    Status, TestCase, TestCounts, TestReport, samples,
};
use labtower_serve::ServeOptions;
use labtower_store::{
    Action, Batch, DecidedBy, Delivery, Failures, GroupId, IssueKey, LinkOrigin, Reason,
    ReasonBody, SignatureKey, Subject, TraceState,
};
use serde_json::Value;

use crate::app::TestApp;
use crate::samples::{SHOP, WEB, data, live, now};

/// A name that must not become part of a page.
const HOSTILE: &str = "</code><script>alert(1)</script>\"'";

/// Days ago, at noon.
fn ago(days: i64) -> jiff::Timestamp {
    samples::at(-days * 86_400)
}

/// Twenty nightly runs of two jobs of the shop: `test` fails and passes on retry on four of them,
/// the hostile one fails on the last three.
fn nights() -> Vec<PipelineWithJobs> {
    (1..=20)
        .map(|day| {
            let pipeline = Pipeline {
                id: PipelineId(2000 + day),
                project_id: SHOP,
                sha: Some(format!("{:040x}", 0xabc0_0000 + day)),
                source: Some("schedule".to_owned()),
                status: if day <= 3 {
                    Status::Failed
                } else {
                    Status::Success
                },
                created_at: ago(day),
                updated_at: ago(day),
                started_at: Some(ago(day)),
                finished_at: Some(ago(day)),
                ..samples::pipeline()
            };
            let job = |id: i64, name: &str, status: Status| Job {
                id: JobId(id),
                pipeline_id: pipeline.id,
                project_id: SHOP,
                name: name.to_owned(),
                failure_reason: (status == Status::Failed).then(|| "script_failure".to_owned()),
                status,
                created_at: ago(day),
                started_at: Some(ago(day) + jiff::SignedDuration::from_secs(10)),
                finished_at: Some(ago(day) + jiff::SignedDuration::from_secs(110)),
                duration: Some(100),
                runner_id: Some(RunnerId(9)),
                ..samples::job()
            };
            let id = 70_000 + day * 10;
            let mut jobs = vec![job(id + 1, "test", Status::Success)];
            if day % 5 == 0 {
                let flake = Job {
                    retried: true,
                    ..job(id, "test", Status::Failed)
                };
                jobs.push(flake);
            }
            let red = if day <= 3 {
                Status::Failed
            } else {
                Status::Success
            };
            jobs.push(job(id + 2, HOSTILE, red));
            PipelineWithJobs { pipeline, jobs }
        })
        .collect()
}

fn reason(job: i64, headline: &str, hash: u128) -> Reason {
    Reason {
        job_id: JobId(job),
        explained_at: now(),
        phase: "step_script".to_owned(),
        category: "test".to_owned(),
        whose: "code".to_owned(),
        headline: headline.to_owned(),
        line: Some(12),
        decided_by: DecidedBy {
            kind: "rule".to_owned(),
            name: "sample".to_owned(),
            version: "1".to_owned(),
        },
        why: "because <i>".to_owned(),
        signature: SignatureKey { version: 1, hash },
        pattern: headline.to_owned(),
        near: None,
        trace: TraceState::Read,
        body: ReasonBody::default(),
    }
}

async fn app() -> TestApp {
    let app = TestApp::with_options(ServeOptions::default());
    app.write(data()).await;
    app.write(Batch {
        pipelines: nights(),
        ..Batch::default()
    })
    .await;
    app.write(live()).await;
    app.write(Batch {
        failures: Failures {
            reasons: vec![
                reason(70_012, "expected <u>1</u>, got 2", 1),
                reason(70_022, "expected <u>1</u>, got 2", 1),
                reason(70_050, "database gone away", 2),
            ],
            ..Failures::default()
        },
        ..Batch::default()
    })
    .await;
    app
}

#[tokio::test]
async fn issues_of_a_project_and_what_it_shares_with_others_are_told() {
    let app = app().await;
    let id = group_of(&app, "database gone away").await;
    let key = IssueKey {
        project_path: "apps/shop".to_owned(),
        iid: 12,
    };
    let elsewhere = |app: &TestApp, project| {
        let since = ago(28);
        app.store
            .read(|reader| reader.groups_elsewhere(&[GroupId(id)], project, since))
            .unwrap()
    };
    assert!(elsewhere(&app, SHOP).is_empty(), "only the shop knows it");
    assert_eq!(elsewhere(&app, WEB).len(), 1, "another project does");
    app.store
        .act(
            "ada",
            Action::Assign {
                subjects: vec![Subject::Group(GroupId(id))],
                issue: key,
                known: None,
                how: LinkOrigin::Person,
            },
        )
        .await
        .unwrap();
    assert!(elsewhere(&app, WEB).is_empty(), "it has an issue");
    let project = app.json("/p/apps/shop?format=json").await;
    assert_eq!(project["open_issues"][0]["issue"], "apps/shop#12");
    assert_eq!(
        app.json("/groups?issue=linked&format=json").await["total"],
        1
    );
}

async fn group_of(app: &TestApp, headline: &str) -> i64 {
    let groups = app.json("/groups?format=json").await;
    let groups = groups["groups"].as_array().unwrap().clone();
    let found = groups.iter().find(|group| group["title"] == headline);
    found.unwrap_or_else(|| panic!("no group `{headline}` in {groups:?}"))["id"]
        .as_i64()
        .unwrap()
}

/// The addresses of all pages.
async fn pages(app: &TestApp) -> Vec<String> {
    let group = group_of(app, "expected <u>1</u>, got 2").await;
    let name = "%3C%2Fcode%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27";
    vec![
        "/p/apps/shop/-/jobs/test".to_owned(),
        format!("/p/apps/shop/-/jobs/{name}"),
        "/jobs/test".to_owned(),
        format!("/jobs/{name}"),
        "/groups".to_owned(),
        format!("/g/{group}"),
        "/p/apps/shop".to_owned(),
        "/p/platform/web".to_owned(),
        "/pipelines".to_owned(),
        "/pipelines/2001".to_owned(),
        "/pipelines/1003".to_owned(),
        "/trends".to_owned(),
        "/health".to_owned(),
        "/pattern".to_owned(),
    ]
}

#[tokio::test]
async fn every_page_is_html_json_and_csv_and_nothing_breaks_out_of_it() {
    let app = app().await;
    for target in pages(&app).await {
        let page = app.get(&target).await;
        assert_eq!(page.status, 200, "{target}: {}", page.text());
        let text = page.text();
        assert!(
            text.starts_with("<!doctype html>") && text.ends_with("</html>"),
            "{target}"
        );
        for hostile in [
            "<script>alert",
            "<u>1</u>",
            "because <i>",
            " style=",
            "onclick=",
        ] {
            assert!(!text.contains(hostile), "{target}: {hostile}");
        }
        assert_eq!(
            text.matches("<script").count(),
            1,
            "{target}: our own script alone"
        );
        assert!(
            text.contains("format=json") && text.contains("format=csv"),
            "{target}"
        );
        let json = app.get(&format!("{target}?format=json")).await;
        assert_eq!(json.header("content-type"), "application/json", "{target}");
        assert!(json.json().is_object());
        let csv = app.get(&format!("{target}?format=csv")).await;
        assert!(
            csv.header("content-type").starts_with("text/csv"),
            "{target}"
        );
        let lines: Vec<&str> = csv.text().split("\r\n").collect();
        assert!(
            lines[0].contains(',') && lines.last() == Some(&""),
            "{target}"
        );
        assert_eq!(
            app.get(&format!("{target}?format=xml")).await.status,
            400,
            "{target}"
        );
    }
}

#[tokio::test]
async fn the_reference_names_every_field_that_programs_get_of_a_page() {
    let app = app().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api.md");
    let reference = std::fs::read_to_string(path).unwrap();
    let mut missing = Vec::new();
    for page in pages(&app).await {
        let joint = if page.contains('?') { '&' } else { '?' };
        let value = app.json(&format!("{page}{joint}format=json")).await;
        let fields = value.as_object().unwrap().keys();
        missing.extend(
            fields
                .filter(|field| !reference.contains(&format!("`{field}`")))
                .map(|field| format!("{field} of {page}")),
        );
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[tokio::test]
async fn every_link_of_a_page_leads_somewhere() {
    let app = app().await;
    for target in pages(&app).await {
        let depth = target.matches('/').count() - 1;
        let root = if depth == 0 {
            "./".to_owned()
        } else {
            "../".repeat(depth)
        };
        let text = app.get(&target).await.text().to_owned();
        let mut seen = 0;
        for piece in text.split(" href=\"").skip(1) {
            let link = piece.split('"').next().unwrap().replace("&#38;", "&");
            let path = if let Some(path) = link.strip_prefix(&root) {
                format!("/{path}")
            } else if link.starts_with('?') {
                format!("{}{link}", target.split('?').next().unwrap())
            } else {
                assert!(
                    link.starts_with("http") || link.starts_with('#'),
                    "{target}: {link}"
                );
                continue;
            };
            let path = path.split('#').next().unwrap();
            let found = app.get(path).await;
            assert!(
                found.status.is_success(),
                "{target} leads to {path}: {}",
                found.status
            );
            seen += 1;
        }
        assert!(seen > 8, "{target}");
    }
}

#[tokio::test]
async fn a_job_that_passes_on_retry_is_flaky_and_its_figures_are_on_the_page() {
    let app = app().await;
    let job = app.json("/p/apps/shop/-/jobs/test?format=json").await;
    assert_eq!(job["verdict"], "flaky");
    assert_eq!(
        (&job["runs"], &job["flakes"], &job["same_commit"]),
        (&24.into(), &4.into(), &4.into())
    );
    let rate = job["flaky_rate"].as_f64().unwrap();
    assert!((rate - 4.0 / 24.0).abs() < 1e-9);
    assert_eq!(job["wasted_seconds"], 400.0);
    assert_eq!(job["retries"], 4);
    let page = app.get("/p/apps/shop/-/jobs/test").await;
    for part in [
        "Flaky, 16.7 %",
        "4 flakes, 20 passes",
        "6 min 40 s",
        "same_commit",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    // The API's own list is the same runs.
    let listed = app
        .json("/api/jobs?name=test&project_name=apps/shop&limit=1000")
        .await;
    assert_eq!(
        listed.as_array().unwrap().len() as i64,
        job["total_runs"].as_i64().unwrap()
    );
}

#[tokio::test]
async fn a_job_that_fails_since_three_nights_is_broken_and_few_runs_are_no_verdict() {
    let app = app().await;
    let name = "%3C%2Fcode%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E%22%27";
    let job = app
        .json(&format!("/p/apps/shop/-/jobs/{name}?format=json"))
        .await;
    assert_eq!(
        (job["verdict"].as_str(), &job["red_pipelines"]),
        (Some("broken"), &3.into())
    );
    assert_eq!(job["red_sha"], format!("{:040x}", 0xabc0_0003_u64));
    assert_eq!(job["last_green_sha"], format!("{:040x}", 0xabc0_0004_u64));
    let few = app
        .json("/p/apps/shop/-/jobs/test?days=4&format=json")
        .await;
    assert_eq!(few["verdict"], "not_enough_data");
    let page = app.get("/p/apps/shop/-/jobs/test?days=4").await;
    assert!(page.text().contains("needs 8"));
    let none = app.json("/p/apps/shop/-/jobs/nosuchjob?format=json").await;
    assert_eq!(none["total_runs"], 0);
    assert_eq!(app.get("/p/no/such/-/jobs/test").await.status, 404);
}

#[tokio::test]
async fn jobs_of_a_name_are_those_where_one_failed() {
    let app = app().await;
    let jobs = app.json("/jobs/test?format=json").await;
    assert_eq!(jobs["projects"], 1);
    let row = &jobs["rows"][0];
    assert_eq!(
        (row["project"].as_str(), row["verdict"].as_str()),
        (Some("apps/shop"), Some("flaky"))
    );
    let csv = app.get("/jobs/test?format=csv").await;
    assert!(csv.text().starts_with("project,verdict,runs"));
    assert!(csv.text().contains("\r\napps/shop,flaky,24,20,4,"));
}

#[tokio::test]
async fn a_group_shows_its_failures_and_what_people_may_do() {
    let app = app().await;
    let id = group_of(&app, "expected <u>1</u>, got 2").await;
    let group = app.json(&format!("/g/{id}?format=json")).await;
    assert_eq!(
        (&group["failures"], &group["projects"]),
        (&2.into(), &1.into())
    );
    let members: Vec<i64> = group["failures_page"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["job_id"].as_i64().unwrap())
        .collect();
    assert_eq!(members, [70_012, 70_022]);
    let spread: u64 = group["spread"]
        .as_array()
        .unwrap()
        .iter()
        .map(|day| day["failures"].as_u64().unwrap())
        .sum();
    assert_eq!(spread, 2);
    let first = app.json(&format!("/g/{id}?format=json&limit=1")).await;
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = app
        .json(&format!("/g/{id}?format=json&limit=1&cursor={cursor}"))
        .await;
    assert_eq!(second["failures_page"][0]["job_id"], 70_022);
    assert!(second["next_cursor"].is_null());
    let page = app.get(&format!("/g/{id}")).await;
    assert!(page.text().contains("expected &#60;u&#62;1"));
    assert!(!page.text().contains("actions/assign"), "nobody signed in");
    assert_eq!(app.get("/g/999999").await.status, 404);
    assert_eq!(app.get("/g/x").await.status, 400);
}

#[tokio::test]
async fn what_people_did_to_a_group_is_its_history() {
    let app = app().await;
    let id = group_of(&app, "database gone away").await;
    app.store
        .act(
            "ada <b>",
            Action::Rename {
                group: GroupId(id),
                title: Some("Database <u>down</u>".to_owned()),
            },
        )
        .await
        .unwrap();
    let group = app.json(&format!("/g/{id}?format=json")).await;
    assert_eq!(group["title"], "Database <u>down</u>");
    assert_eq!(group["history"][0]["actor"], "ada <b>");
    let page = app.get(&format!("/g/{id}")).await;
    assert!(!page.text().contains("<u>down") && !page.text().contains("ada <b>"));
    let found = app.json("/groups?q=DOWN&format=json").await;
    assert_eq!(found["total"], 1);
    assert_eq!(
        app.json("/groups?issue=linked&format=json").await["total"],
        0
    );
    assert_eq!(app.get("/groups?sort=size").await.status, 400);
}

#[tokio::test]
async fn a_project_page_agrees_with_the_statistics_of_the_api() {
    let app = app().await;
    let project = app.json("/p/apps/shop?format=json").await;
    let from = now().as_second() - 28 * 86_400;
    let summary = app
        .json(&format!(
            "/api/stats/summary?project_name=apps/shop&ref_name=main&from_ts={from}"
        ))
        .await;
    let same = |own: &str, api: &str| assert_eq!(project[own], summary[api], "{own}");
    same("pipelines", "total_count");
    same("passed", "success_count");
    same("failed", "failed_count");
    assert_eq!(project["state"], "failed");
    let jobs = project["jobs"].as_array().unwrap();
    assert_eq!(jobs[0]["verdict"], "broken", "what is broken comes first");
    assert_eq!(jobs[1]["verdict"], "flaky");
    assert_eq!(
        jobs[0]["nights"].as_array().unwrap().len(),
        project["dates"].as_array().unwrap().len()
    );
    assert_eq!(app.get("/p/no/such").await.status, 404);
}

#[tokio::test]
async fn the_newest_test_reports_are_on_the_page_of_their_project() {
    let app = app().await;
    let before = app.json("/p/apps/shop?format=json").await;
    assert_eq!(before["tests"]["reports"].as_array().unwrap().len(), 0);
    // Pipeline 2001 is of yesterday, 2003 of three days ago; 2002 has no tests.
    let mut delivery = Vec::new();
    for (id, failed) in [(2003, 2), (2001, 1), (2002, 0)] {
        let counts = TestCounts {
            time: 12.5,
            count: if failed == 0 { 0 } else { 40 },
            success: 40 - failed,
            failed,
            skipped: 0,
            error: 0,
        };
        delivery.push(Delivery::TestReports(vec![TestReport {
            pipeline_id: PipelineId(id),
            project_id: SHOP,
            pipeline_updated_at: now(),
            total: counts,
            suites: Vec::new(),
        }]));
        let case = |name: &str| TestCase {
            suite: "unit".to_owned(),
            name: name.to_owned(),
            classname: Some(HOSTILE.to_owned()),
            status: "failed".to_owned(),
            execution_time: None,
            message: (id == 2003).then(|| format!("expected 4, got 5\n{HOSTILE}")),
        };
        delivery.push(Delivery::TestCases {
            pipeline_id: PipelineId(id),
            cases: ["adds", "divides"]
                .map(case)
                .into_iter()
                .take(failed as usize)
                .collect(),
        });
    }
    app.write(Batch {
        delivery,
        ..Batch::default()
    })
    .await;
    let project = app.json("/p/apps/shop?format=json").await;
    let reports = project["tests"]["reports"].as_array().unwrap();
    let told: Vec<_> = reports
        .iter()
        .map(|report| (report["pipeline_id"].as_i64(), report["failed"].as_i64()))
        .collect();
    assert_eq!(told, [(Some(2001), Some(1)), (Some(2003), Some(2))]);
    let cases = project["tests"]["failed_cases"].as_array().unwrap();
    let told: Vec<_> = cases
        .iter()
        .map(|case| {
            (
                case["name"].as_str(),
                case["now"].as_bool(),
                case["failures"].as_i64(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (Some("adds"), Some(true), Some(2)),
            (Some("divides"), Some(false), Some(1)),
        ]
    );
    assert_eq!(cases[0]["message"], Value::Null, "of the newest report");
    let message = cases[1]["message"].as_str().unwrap();
    assert!(message.starts_with("expected 4, got 5\n"));
    let page = app.get("/p/apps/shop").await;
    assert!(page.text().contains("expected 4, got 5\n"));
    assert!(page.text().contains("id=\"tests\"") && !page.text().contains("<script>alert"));
}

#[tokio::test]
async fn a_schedule_whose_run_did_not_come_is_missing() {
    let app = app().await;
    let schedule = |id: i64, cron: &str, next: i64| PipelineSchedule {
        id: ScheduleId(id),
        project_id: SHOP,
        description: Some(HOSTILE.to_owned()),
        ref_name: Some("main".to_owned()),
        cron: Some(cron.to_owned()),
        cron_timezone: Some("UTC".to_owned()),
        active: true,
        next_run_at: Some(samples::at(next)),
        last_pipeline_id: None,
        owner: None,
        created_at: Some(ago(90)),
        updated_at: Some(ago(90)),
    };
    app.write(Batch {
        // The clock stands at 07:00; the last scheduled run was the day before yesterday at noon.
        delivery: vec![Delivery::Schedules {
            project_id: SHOP,
            schedules: vec![
                schedule(1, "0 12 * * *", 86_400),
                schedule(2, "0 3 * * 1", 86_400),
            ],
        }],
        ..Batch::default()
    })
    .await;
    let project = app.json("/p/apps/shop?format=json").await;
    let states: Vec<&str> = project["schedules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|schedule| schedule["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["missing", "ok"],
        "at noon each day; on Mondays only"
    );
}

#[tokio::test]
async fn pipelines_of_all_projects_are_those_of_the_api() {
    let app = app().await;
    for query in [
        "",
        "status=failed",
        "source=schedule",
        "ref=main",
        "status=failed&source=schedule",
    ] {
        let page = app
            .json(&format!("/pipelines?format=json&limit=1000&{query}"))
            .await;
        let api = query.replace("ref=", "ref_name=");
        let listed = app.ids(&format!("/api/pipelines?limit=1000&{api}")).await;
        let shown: Vec<i64> = page["pipelines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_i64().unwrap())
            .collect();
        assert!(!shown.is_empty());
        assert_eq!(shown, listed, "{query}");
    }
    let web = app.json("/pipelines?format=json&group=platform").await;
    assert!(
        web["pipelines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["project"].as_str().unwrap().starts_with("platform/"))
    );
    assert_eq!(
        app.json("/pipelines?format=json&group=nobody").await["pipelines"],
        Value::Array(Vec::new())
    );
    let failed = app
        .json("/pipelines?format=json&project=platform/web&status=failed")
        .await;
    let row = &failed["pipelines"][0];
    let names: Vec<&str> = row["failed_jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["may fail", "lint <script>"],
        "retried ones are left out"
    );
    assert_eq!(row["children"][0]["id"], 1002);
}

#[tokio::test]
async fn pages_of_pipelines_follow_each_other() {
    let app = app().await;
    let all = app.json("/pipelines?format=json&limit=1000").await;
    let all: Vec<Value> = all["pipelines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    let mut paged = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = app
            .json(&format!("/pipelines?format=json&limit=7&cursor={cursor}"))
            .await;
        paged.extend(
            page["pipelines"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paged, all);
    let page = app.get("/pipelines?limit=7&status=success").await;
    assert!(
        page.text()
            .contains("?limit=7&#38;status=success&#38;cursor="),
        "links keep the state"
    );
}

#[tokio::test]
async fn a_pipeline_has_its_jobs_and_the_chain_that_held_it_up() {
    let app = app().await;
    let pipeline = app.json("/pipelines/2005?format=json").await;
    assert_eq!(pipeline["jobs"].as_array().unwrap().len(), 3);
    let path = pipeline["critical_path"].as_array().unwrap();
    assert_eq!(path.len(), 1, "all ran at once");
    assert_eq!(path[0]["ran_seconds"], 100.0);
    assert_eq!(pipeline["total_seconds"], 110.0);
    let page = app.get("/pipelines/2005").await;
    assert!(page.text().contains("lane critical") && page.text().contains("1 min 40 s"));
    let child = app.json("/pipelines/1002?format=json").await;
    assert_eq!(child["upstream_id"], 1003);
    assert_eq!(app.get("/pipelines/424242").await.status, 404);
    assert_eq!(app.get("/pipelines/x").await.status, 400);
    assert_eq!(
        app.json("/pipelines/1007?format=json").await["jobs"],
        Value::Array(Vec::new())
    );
}

#[tokio::test]
async fn trends_add_up_to_what_the_api_counts() {
    let app = app().await;
    let trends = app.json("/trends?format=json&days=30").await;
    let days = trends["trend"].as_array().unwrap();
    assert_eq!((days.len(), &trends["counted_days"]), (30, &30.into()));
    let from = samples::at(0).as_second().div_euclid(86_400) * 86_400 - 28 * 86_400;
    let sum = |field: &str| -> u64 { days.iter().filter_map(|day| day[field].as_u64()).sum() };
    let pipelines = app
        .json(&format!("/api/pipelines?limit=1000&from_ts={from}"))
        .await;
    assert_eq!(sum("pipelines"), pipelines.as_array().unwrap().len() as u64);
    let failed = app
        .json(&format!(
            "/api/jobs?status=failed&limit=1000&from_ts={from}"
        ))
        .await;
    let failed = failed.as_array().unwrap();
    let for_good = failed
        .iter()
        .filter(|job| job["retried"] == false && job["allow_failure"] == false);
    assert_eq!(sum("failed_jobs"), for_good.count() as u64);
    assert_eq!(
        sum("undone"),
        5,
        "four flakes of `test`, and one job that was tried before"
    );
    assert_eq!(
        sum("code") + sum("infra") + sum("unclear"),
        sum("failed_jobs")
    );
    assert_eq!(trends["categories"][0]["category"], "test");
    assert_eq!(app.get("/trends?days=31").await.status, 400);
}

#[tokio::test]
async fn health_counts_what_is_explained_and_lists_what_is_not() {
    let app = app().await;
    let health = app.json("/health?format=json").await;
    let waiting = health["waiting"].as_u64().unwrap();
    assert_eq!(health["explained"], 3);
    assert_eq!(health["failed_jobs"].as_u64().unwrap(), waiting + 3);
    assert_eq!(
        health["unexplained"].as_array().unwrap().len() as u64,
        waiting
    );
    assert_eq!(
        (&health["live"], &health["failing"]),
        (&3.into(), &1.into())
    );
    assert_eq!(health["requests_remaining"], 1900);
    let page = app.get("/health").await;
    assert!(page.text().contains("one page &#60;i&#62;could not"));
    assert!(
        page.text().contains("timeout"),
        "why the shop could not be read"
    );
}

#[tokio::test]
async fn while_history_is_read_pages_show_the_progress_and_programs_get_503() {
    let app = TestApp::with_options(ServeOptions::default());
    for target in [
        "/p/apps/shop",
        "/pipelines",
        "/groups",
        "/trends",
        "/health",
        "/jobs/test",
    ] {
        let page = app.get(target).await;
        assert_eq!(page.status, 200, "{target}");
        assert!(
            page.text().contains("Reading the history of GitLab"),
            "{target}"
        );
        assert_eq!(
            app.get(&format!("{target}?format=json")).await.status,
            503,
            "{target}"
        );
    }
}
