//! What GitLab's test reports add to the card of a failed job.

use labtower_model::{PipelineId, TestCase};
use labtower_serve::ServeOptions;
use labtower_store::{Batch, Delivery};

use super::world::{Size, fill};
use crate::app::TestApp;

#[tokio::test]
async fn a_card_shows_what_failed_tests_of_its_job_said() {
    let app = TestApp::with_options(ServeOptions::default());
    let size = Size {
        projects: 20,
        nights: 14,
        failing: 200,
    };
    fill(&app.store, size).await;
    let grid = app.json("/failures?format=json&days=14").await;
    let cells = grid["rows"][0]["cells"].as_array().unwrap();
    let mut jobs = cells
        .iter()
        .flat_map(|cell| cell["jobs"].as_array().unwrap());
    let job = jobs.find(|job| job["category"].is_string()).unwrap();
    let name = job["name"].as_str().unwrap();
    let path = format!("/failures/job/{}", job["job_id"]);
    let before = app.json(&format!("{path}?format=json")).await;
    let pipeline = before["failure"]["pipeline_id"].as_i64().unwrap();

    let case = |suite: &str, name: &str, status: &str| TestCase {
        suite: suite.to_owned(),
        name: name.to_owned(),
        classname: None,
        status: status.to_owned(),
        execution_time: None,
        message: Some(format!("{name} said <no>\nat line 3")),
    };
    let cases = vec![
        case(name, "adds", "failed"),
        case(name, "breaks", "error"),
        case(name, "passes", "success"),
        case("another job", "divides", "failed"),
    ];
    let pipeline_id = PipelineId(pipeline);
    let batch = Batch {
        delivery: vec![Delivery::TestCases { pipeline_id, cases }],
        ..Batch::default()
    };
    app.store.write(batch).await.unwrap();

    let card = app.json(&format!("{path}?format=json")).await;
    let tests = card["explained"]["body"]["tests"].as_array().unwrap();
    let told: Vec<_> = tests
        .iter()
        .map(|test| test["name"].as_str().unwrap())
        .collect();
    assert_eq!(told, ["adds", "breaks"]);
    assert_eq!(tests[0]["message"], "adds said <no>\nat line 3");
    let page = app.get(&path).await;
    assert!(page.text().contains("Failed tests"));
    assert!(!page.text().contains("said <no>"), "not escaped");
    assert!(page.text().contains("at line 3</pre>"));
    assert!(!page.text().contains("divides"));
}
