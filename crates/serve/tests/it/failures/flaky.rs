//! What the grid says of projects beside their nights: failures over time, and flaky jobs.

use jiff::SignedDuration;
use labtower_model::{
    Job, JobId, Pipeline, PipelineId, PipelineWithJobs, ProjectId, Status, samples,
};
use labtower_serve::ServeOptions;
use labtower_store::Batch;
use serde_json::Value;

use super::world::{Size, fill, now};
use crate::app::TestApp;

/// The project with a job that fails now and then, and passes when it is tried again.
const UNSTEADY: i64 = 1;

async fn app() -> TestApp {
    let app = TestApp::with_options(ServeOptions::default());
    let size = Size {
        projects: 30,
        nights: 14,
        failing: 200,
    };
    fill(&app.store, size).await;
    let pipelines = (0..10).map(unsteady).collect();
    let batch = Batch {
        read_at: Some(now()),
        pipelines,
        ..Batch::default()
    };
    app.store.write(batch).await.unwrap();
    app
}

/// A pipeline of the last ten nights: in the second and the fifth the job passed at the second try.
fn unsteady(night: i64) -> PipelineWithJobs {
    let id = 900_000 + night;
    let ago = SignedDuration::from_hours(24 * (9 - night) + 4);
    let created_at = now().checked_sub(ago).unwrap();
    let pipeline = Pipeline {
        id: PipelineId(id),
        project_id: ProjectId(UNSTEADY),
        ref_name: Some("main".to_owned()),
        sha: Some(format!("{id:040x}")),
        source: Some("schedule".to_owned()),
        status: Status::Success,
        created_at,
        updated_at: created_at,
        ..samples::pipeline()
    };
    let job = |place: i64, status: Status, retried: bool| Job {
        id: JobId(id * 10 + place),
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        name: "test:unsteady".to_owned(),
        status,
        retried,
        created_at,
        ..samples::job()
    };
    let mut jobs = vec![job(1, Status::Success, false)];
    if [2, 5].contains(&night) {
        jobs.push(job(0, Status::Failed, true));
    }
    PipelineWithJobs { pipeline, jobs }
}

#[tokio::test]
async fn flaky_jobs_are_those_of_the_projects_page() {
    let app = app().await;
    let grid = app.json("/failures?format=json&days=14&all=1").await;
    let rows = grid["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 30);
    for row in rows {
        let path = row["path"].as_str().unwrap();
        let page = app.json(&format!("/p/{path}?format=json")).await;
        let jobs = page["jobs"].as_array().unwrap().iter();
        let flaky = jobs.filter(|job| job["verdict"] == "flaky").count();
        assert_eq!(row["flaky_jobs"], flaky, "{path}");
        if row["project_id"] == UNSTEADY {
            assert!(flaky > 0, "{page}");
        }
    }
}

#[tokio::test]
async fn the_line_of_a_row_has_the_failures_of_its_cells() {
    let app = app().await;
    let grid = app.json("/failures?format=json&days=14").await;
    let page = app.get("/failures?days=14").await;
    let csv = app.get("/failures?format=csv&days=14").await;
    let mut drawn = 0;
    for row in grid["rows"].as_array().unwrap() {
        let mut by_night = vec![0; 14];
        for cell in row["cells"].as_array().unwrap() {
            let night = cell["day"].as_u64().unwrap() as usize;
            by_night[night] = cell["jobs"].as_array().unwrap().len();
        }
        assert_eq!(row["failed_by_night"], Value::from(by_night.clone()));
        let words: Vec<String> = by_night.iter().map(ToString::to_string).collect();
        let end = format!(",{},{}", words.join(" "), row["flaky_jobs"]);
        let path = format!(",{},", row["path"].as_str().unwrap());
        let mut lines = csv.text().lines().filter(|line| line.contains(&path));
        assert!(lines.all(|line| line.ends_with(&end)), "{path}: {end}");
        drawn += 1;
    }
    assert!(drawn > 10, "{drawn} rows");
    assert_eq!(page.text().matches("class=\"spark\"").count(), drawn);
    assert!(page.text().contains(" failures, most on "));
}
