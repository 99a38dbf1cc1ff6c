//! What a pattern would match, before anybody saves it.

use labtower_explain::{GreenLines, Trace};
use labtower_model::{JobId, ProjectId};
use labtower_serve::ServeOptions;
use labtower_store::{Batch, FailureFilter, Failures, GreenRow, Page};
use serde_json::Value;

use super::actions::failure;
use super::world::{Size, fill};
use crate::app::TestApp;

async fn app() -> TestApp {
    let app = TestApp::with_options(ServeOptions::default());
    let size = Size {
        projects: 60,
        nights: 14,
        failing: 400,
    };
    fill(&app.store, size).await;
    app
}

async fn preview(app: &TestApp, query: &str) -> Value {
    app.json(&format!("/pattern?format=json&{query}")).await
}

/// Stores that the last green run of a job printed `log`.
async fn printed(app: &TestApp, project: i64, log: &[u8]) {
    let green = GreenRow {
        project_id: ProjectId(project),
        name: "test:unit".to_owned(),
        ref_name: "main".to_owned(),
        job_id: JobId(900_000 + project),
        read_at: crate::samples::now(),
        hashes: GreenLines::from_trace(&Trace::clean(log, b"", 0)).to_bytes(),
        versions: Vec::new(),
    };
    let failures = Failures {
        green: vec![green],
        ..Failures::default()
    };
    let batch = Batch {
        failures,
        ..Batch::default()
    };
    app.write(batch).await;
}

/// Failures with this reason, as the list of failures has them.
fn with_reason(app: &TestApp, headline: &str) -> usize {
    let page = Page {
        limit: 100_000,
        before: None,
    };
    let rows = app
        .store
        .read(|reader| reader.failures(&FailureFilter::default(), &page));
    let rows = rows.unwrap();
    let alike = rows
        .iter()
        .filter(|row| row.headline.as_deref() == Some(headline));
    alike.count()
}

#[tokio::test]
async fn a_pattern_is_counted_over_all_failures_by_group_and_job() {
    let app = app().await;
    let (job, _) = failure(&app).await;
    let card = app.json(&format!("/failures/job/{job}?format=json")).await;
    let headline = card["failure"]["headline"].as_str().unwrap();
    let expected = with_reason(&app, headline);
    assert!(expected > 3, "{expected} are too few");
    let quoted = headline
        .replace(' ', "+")
        .replace('#', "%23")
        .replace('&', "%26");
    let found = preview(&app, &format!("match={quoted}")).await;
    assert_eq!(found["failures"], expected, "{found}");
    assert_eq!(found["looked"]["complete"], true);
    assert_eq!(
        found["looked"]["failures"],
        found["looked"]["failures_stored"]
    );
    let sum = |list: &str| -> i64 {
        let rows = found[list].as_array().unwrap().iter();
        rows.map(|row| row["failures"].as_i64().unwrap()).sum()
    };
    assert_eq!(sum("groups"), expected as i64);
    assert!(sum("jobs") > 0);
    assert_eq!(found["examples"][0]["line"], 42);
    // No job is called so.
    let none = preview(&app, &format!("match={quoted}&job=nothing*")).await;
    assert_eq!(none["failures"], 0);
}

#[tokio::test]
async fn green_runs_that_print_the_line_make_it_too_broad() {
    let app = app().await;
    let query = "match=line+40+of+%3Cthe%3E";
    let before = preview(&app, query).await;
    assert!(before["failures"].as_i64().unwrap() > 10, "{before}");
    assert_eq!(before["green_runs"], 0);
    // Numbers differ from run to run, other lines do not matter.
    printed(&app, 1, b"all is well\nline 77 of <the> log\n").await;
    printed(&app, 2, b"all is well\n").await;
    let found = preview(&app, query).await;
    assert_eq!(found["looked"]["green_runs"], 2);
    assert_eq!(found["green_runs"], 1, "{found}");
    assert_eq!(found["green_examples"][0]["job_id"], 900_001);
    let page = app.get(&format!("/pattern?{query}")).await;
    assert!(page.text().contains("Also in 1 green runs: too broad."));
    assert!(page.text().contains("Looked at:"));
    let other = preview(&app, "match=all+is+well").await;
    assert_eq!(
        (&other["failures"], &other["green_runs"]),
        (&0.into(), &2.into())
    );
    // A pattern of other jobs is not too broad by this one.
    let other = preview(&app, &format!("{query}&job=deploy")).await;
    assert_eq!(other["green_runs"], 0);
}

#[tokio::test]
async fn a_pattern_that_cannot_be_used_says_why_and_none_is_slow() {
    let app = app().await;
    for (typed, why) in [
        ("%2F(%2F", "cannot be read"),
        ("%2F(%3F%3Dx)%2F", "cannot be read"),
        ("%2Fx*%2F", "matches the empty line"),
        ("%2F(.{1000}){1000}%2F", "cannot be read"),
    ] {
        let found = preview(&app, &format!("match={typed}")).await;
        let problem = found["problem"].as_str().unwrap_or_default();
        assert!(problem.contains(why), "{typed}: {problem}");
        let page = app.get(&format!("/pattern?match={typed}")).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains(why));
    }
    // What a backtracking engine never ends with.
    let found = preview(&app, "match=%2F(x%2Bx%2B)%2By%2F").await;
    assert_eq!(found["looked"]["complete"], true);
    assert_eq!(app.get("/pattern").await.status, 200);
}

#[tokio::test]
async fn the_way_back_takes_the_pattern_along_and_never_leads_elsewhere() {
    let app = app().await;
    let page = app.get("/pattern?match=a+b&from=%2Fg%2F7").await;
    assert!(
        page.text().contains("href=\"./g/7?match=a%20b#new-issue\""),
        "{}",
        page.text()
    );
    let page = app
        .get("/pattern?match=a&from=https%3A%2F%2Fevil.example")
        .await;
    assert!(!page.text().contains("evil.example/"), "{}", page.text());
}
