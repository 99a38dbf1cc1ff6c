//! `/failures` and the card of a failed job.

use labtower_serve::ServeOptions;

use super::world::{Size, fill};
use crate::app::TestApp;

const SMALL: Size = Size {
    projects: 40,
    nights: 14,
    failing: 120,
};

async fn app() -> TestApp {
    let app = TestApp::with_options(ServeOptions::default());
    fill(&app.store, SMALL).await;
    app
}

/// The failed jobs of all nights, as the JSON form has them: id and address.
async fn failed_jobs(app: &TestApp, query: &str) -> Vec<(i64, String)> {
    let grid = app.json(&format!("/failures?format=json&{query}")).await;
    let mut jobs = Vec::new();
    for row in grid["rows"].as_array().unwrap() {
        for cell in row["cells"].as_array().unwrap() {
            for job in cell["jobs"].as_array().unwrap() {
                let url = job["web_url"].as_str().unwrap().to_owned();
                jobs.push((job["job_id"].as_i64().unwrap(), url));
            }
        }
    }
    jobs
}

#[tokio::test]
async fn every_failed_job_is_a_link_to_the_job_in_gitlab() {
    let app = app().await;
    let jobs = failed_jobs(&app, "days=14").await;
    assert!(jobs.len() > 20, "{}", jobs.len());
    let page = app.get("/failures?days=14").await;
    assert_eq!(page.status, 200);
    for (id, url) in &jobs {
        assert!(url.ends_with(&format!("/-/jobs/{id}")), "{url}");
        assert!(page.text().contains(&format!("href=\"{url}\"")), "{url}");
    }
    let known = app.json("/api/jobs?status=failed&limit=500").await;
    assert_eq!(
        known.as_array().unwrap().len(),
        jobs.len(),
        "as the API counts"
    );
}

#[tokio::test]
async fn the_grid_says_what_it_is_to_those_who_do_not_see_it() {
    let app = app().await;
    let page = app.get("/failures?days=14").await;
    let text = page.text();
    for part in [
        "role=\"grid\"",
        "aria-colcount=\"17\"",
        "role=\"columnheader\"",
        "role=\"rowheader\"",
        "nights passed, failed on",
        ": configuration\"",
        ">C</a>",
        "last night",
    ] {
        assert!(text.contains(part), "{part}");
    }
}

#[tokio::test]
async fn choices_narrow_the_rows_and_stay_in_the_form() {
    let app = app().await;
    let all = failed_jobs(&app, "days=14").await;
    let network = failed_jobs(&app, "days=14&cat=network").await;
    let waiting = failed_jobs(&app, "days=14&cat=unexplained").await;
    assert!(!network.is_empty() && network.len() < all.len());
    assert!(!waiting.is_empty() && waiting.len() < all.len());
    let page = app
        .get("/failures?days=14&cat=network&q=refused&by=namespace")
        .await;
    let text = page.text();
    assert!(
        text.contains("<option value=\"network\" selected>"),
        "the menu forgot"
    );
    assert!(text.contains("value=\"refused\""));
    assert!(text.contains("<b>acme/team-"), "no heading of a namespace");
    assert!(
        !text.contains("test_login_redirects"),
        "another kind is shown"
    );
    let none = app.get("/failures?q=nothing+like+this").await;
    assert!(none.text().contains("No failure matches"));
}

#[tokio::test]
async fn a_bad_choice_is_a_page_that_names_it() {
    let app = app().await;
    let page = app.get("/failures?days=31").await;
    assert_eq!(page.status, 400);
    assert!(page.text().contains("`days` must be 7, 14, 30 or 90"));
    let json = app.get("/failures?days=31&format=json").await;
    assert_eq!(json.json()["error"]["parameter"], "days");
}

#[tokio::test]
async fn rows_come_in_windows() {
    let app = app().await;
    let first = app.get("/failures?days=14&rows=5").await;
    assert!(
        first
            .text()
            .contains("rel=\"next\" href=\"./failures?days=14&amp;rows=5&amp;offset=5\"")
            || first
                .text()
                .contains("rel=\"next\" href=\"./failures?days=14&#38;rows=5&#38;offset=5\"")
    );
    let mut rows = Vec::new();
    let mut offset = Some(0);
    while let Some(at) = offset {
        let window = app
            .json(&format!("/failures?format=json&days=14&rows=5&offset={at}"))
            .await;
        for row in window["rows"].as_array().unwrap() {
            rows.push(row["path"].as_str().unwrap().to_owned());
        }
        offset = window["next"].as_i64();
    }
    let all = app.json("/failures?format=json&days=14").await;
    let expected: Vec<&str> = all["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn table_and_csv_have_the_same_failures() {
    let app = app().await;
    let jobs = failed_jobs(&app, "days=14").await;
    let table = app.get("/failures?days=14&view=table").await;
    assert_eq!(table.text().matches("<tr><td>2026-").count(), jobs.len());
    let csv = app.get("/failures?days=14&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text().lines().count(), jobs.len() + 1);
    assert!(csv.text().starts_with("night,project,job,"));
}

#[tokio::test]
async fn the_card_explains_a_job() {
    let app = app().await;
    let (id, url) = failed_jobs(&app, "days=14&cat=network").await.remove(0);
    let page = app.get(&format!("/failures/job/{id}")).await;
    let text = page.text();
    for part in [
        "Connection to db.internal:5432 refused",
        "href=\"../../static/app.css",
        &format!("href=\"{url}#L42\""),
        "line 41 of &#60;the&#62; log",
        "the rule found this line",
        "step script",
    ] {
        assert!(text.contains(part), "{part}");
    }
    assert!(text.contains("-/issues/new?issue%5Btitle%5D=Connection%20to"));
    assert!(text.contains("[server.auth]"), "nobody may write, and why");
    assert!(!text.contains("name=\"csrf\""), "a form nobody may send");
    let headers = [("x-fragment", "card")];
    let card = app
        .send("GET", &format!("/failures/job/{id}"), &headers)
        .await;
    assert!(card.text().starts_with("<article"), "{}", card.text());
    let json = app.json(&format!("/failures/job/{id}?format=json")).await;
    assert_eq!(json["failure"]["category"], "network");
}

#[tokio::test]
async fn a_job_that_did_not_fail_has_no_card() {
    let app = app().await;
    for (path, status) in [("/failures/job/1", 404), ("/failures/job/x", 400)] {
        let page = app.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert!(page.text().contains("This did not work"), "{path}");
    }
}

#[tokio::test]
async fn while_history_is_read_the_progress_is_shown() {
    let app = TestApp::with_options(ServeOptions::default());
    let page = app.get("/failures").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Reading the history"));
    assert_eq!(app.get("/failures?format=json").await.status, 503);
    assert_eq!(app.get("/failures?format=csv").await.status, 503);
}
