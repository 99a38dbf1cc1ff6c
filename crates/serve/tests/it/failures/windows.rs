//! Rows that are put together, over several windows.

use std::collections::BTreeMap;

use labtower_serve::ServeOptions;
use serde_json::Value;

use super::world::{Size, fill};
use crate::app::TestApp;

const SIZE: Size = Size {
    projects: 120,
    nights: 14,
    failing: 300,
};

async fn app() -> TestApp {
    let app = TestApp::with_options(ServeOptions::default());
    fill(&app.store, SIZE).await;
    app
}

/// The grid in windows of so many rows.
async fn windows(app: &TestApp, query: &str, rows: usize) -> Vec<Value> {
    let mut windows = Vec::new();
    let mut offset = Some(0);
    while let Some(at) = offset {
        let path = format!("/failures?format=json&days=14&{query}&rows={rows}&offset={at}");
        let window = app.json(&path).await;
        offset = window["next"].as_u64();
        windows.push(window);
    }
    windows
}

fn paths(windows: &[Value]) -> Vec<String> {
    let rows = windows
        .iter()
        .flat_map(|window| window["rows"].as_array().unwrap());
    rows.map(|row| row["path"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn sections_are_whole_and_counted_alike_in_every_window() {
    let app = app().await;
    for by in ["namespace", "topic", "reason"] {
        let query = format!("by={by}&all=1");
        let whole = windows(&app, &query, 1000).await;
        let cut = windows(&app, &query, 7).await;
        assert!(cut.len() > 10);
        assert_eq!(paths(&cut), paths(&whole), "{by}");
        let sections = whole[0]["sections"].as_array().unwrap();
        let mut place = 0;
        for section in sections {
            assert_eq!(section["first"], place, "{by}");
            place += section["rows"].as_u64().unwrap();
        }
        assert_eq!(place, 120);
        // A window has the sections it touches, with the counts of all of them.
        for window in &cut {
            for section in window["sections"].as_array().unwrap() {
                assert!(sections.contains(section), "{by}: {section}");
            }
        }
    }
    // The counts are those of the rows.
    let whole = windows(&app, "by=namespace", 1000).await;
    let mut counted: BTreeMap<String, u64> = BTreeMap::new();
    for row in whole[0]["rows"].as_array().unwrap() {
        let (namespace, _) = row["path"].as_str().unwrap().rsplit_once('/').unwrap();
        let cells = row["cells"].as_array().unwrap().iter();
        let jobs: usize = cells
            .map(|cell| cell["jobs"].as_array().unwrap().len())
            .sum();
        *counted.entry(namespace.to_owned()).or_default() += jobs as u64;
    }
    let sections = whole[0]["sections"].as_array().unwrap().iter();
    let told: BTreeMap<String, u64> = sections
        .map(|section| {
            let nights = section["failed_jobs"].as_array().unwrap().iter();
            let sum = nights.map(|count| count.as_u64().unwrap()).sum();
            (section["name"].as_str().unwrap().to_owned(), sum)
        })
        .collect();
    assert_eq!(told, counted);
}

#[tokio::test]
async fn a_heading_that_goes_on_says_so() {
    let app = app().await;
    let whole = windows(&app, "by=namespace&all=1", 1000).await;
    let sections = whole[0]["sections"].as_array().unwrap();
    let long = sections
        .iter()
        .find(|section| section["rows"].as_u64() > Some(2))
        .unwrap();
    let first = long["first"].as_u64().unwrap();
    let note = format!("{} projects, ", long["rows"]);
    for (offset, goes_on) in [(first, false), (first + 1, true)] {
        let page = app
            .get(&format!(
                "/failures?days=14&by=namespace&all=1&rows=2&offset={offset}"
            ))
            .await;
        let heading = page.text().split("class=\"r sec\"").nth(1).unwrap();
        let heading = heading.split("</small>").next().unwrap();
        assert!(heading.contains(&note), "{heading}");
        assert_eq!(heading.contains(", continued"), goes_on, "{heading}");
    }
}

#[tokio::test]
async fn an_order_that_is_kept_follows_what_people_do() {
    let app = app().await;
    let query = "sort=failures&issue=none";
    let before = windows(&app, query, 1000).await;
    let again = windows(&app, query, 1000).await;
    assert_eq!(before, again);
    let grid = &before[0]["rows"][0];
    let cells = grid["cells"].as_array().unwrap().iter();
    let mut jobs = cells.flat_map(|cell| cell["jobs"].as_array().unwrap());
    let job = jobs.find_map(|job| job["job_id"].as_i64()).unwrap();
    let action = labtower_store::Action::Assign {
        subjects: vec![labtower_store::Subject::Job(job.into())],
        issue: labtower_store::IssueKey {
            project_path: "g/p".to_owned(),
            iid: 1,
        },
        known: None,
        how: labtower_store::LinkOrigin::Person,
    };
    app.store.act("ann", action).await.unwrap();
    let after = windows(&app, query, 1000).await;
    let sum = |windows: &[Value]| windows[0]["totals"]["failed_jobs"].as_u64().unwrap();
    assert_eq!(sum(&after) + 1, sum(&before));
}
