//! Projects that are renamed, moved and deleted in GitLab while labtower watches them.

use std::time::Duration;

use labtower_model::ProjectId;
use labtower_sim::{Faults, TruePipeline};
use labtower_store::SyncState;
use tokio::time::sleep;

use crate::app::{App, PATIENCE};
use crate::truth::assert_store_equals_truth;

async fn app() -> App {
    let app = App::start_with(App::small_world(), |options| {
        options.sync.discovery_interval = Duration::from_millis(200);
    })
    .await;
    app.ready().await;
    app
}

/// A project in which things happen, with its path.
fn busy(app: &App) -> (u64, String) {
    let truth = app.sim.truth();
    let pipelines = |id| move |one: &&TruePipeline| one.project_id == id;
    let project = truth
        .projects
        .iter()
        .filter(|project| project.path_with_namespace.starts_with("acme/"))
        .max_by_key(|project| truth.pipelines.iter().filter(pipelines(project.id)).count())
        .unwrap();
    (project.id, project.path_with_namespace.clone())
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waited = async {
        while !is_so().await {
            sleep(Duration::from_millis(50)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, waited).await;
    assert!(came.is_ok(), "it does not come to be that {what}");
}

fn state(app: &App, id: u64) -> SyncState {
    let rows = app.store().read(|reader| reader.sync_projects()).unwrap();
    let row = rows
        .iter()
        .find(|row| row.project_id == ProjectId(id as i64));
    row.unwrap().state
}

/// How many pipelines the API counts of a project, by its path.
async fn counted(app: &App, path: &str) -> u64 {
    let path = path.replace('/', "%2F");
    let answer = app
        .json(&format!("/api/stats/summary?from_ts=0&project_name={path}"))
        .await;
    answer["total_count"].as_u64().unwrap()
}

fn true_count(app: &App, id: u64) -> u64 {
    let truth = app.sim.truth();
    truth
        .pipelines
        .iter()
        .filter(|one| one.project_id == id)
        .count() as u64
}

/// The world stands still, and is polled until nothing is left to learn of it.
async fn assert_catches_up(app: &App) {
    app.sim.freeze();
    app.sim.advance(Duration::from_secs(180));
    let total = app.sim.truth().pipelines.len() as u64;
    until("all pipelines are there and finished", async || {
        let totals = app.store().read(|reader| reader.totals()).unwrap();
        totals.pipelines == total
    })
    .await;
    let mut status = app.service.syncer().progress();
    let cycles = status.borrow().cycles;
    status
        .wait_for(|status| status.cycles > cycles + 3)
        .await
        .unwrap();
    assert_store_equals_truth(app.store(), &app.sim.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn renamed_project_is_the_same_project_under_its_new_name() {
    let app = app().await;
    let (id, old) = busy(&app);
    let new = format!("{old}-renamed");
    assert!(app.sim.move_project(id, &new));
    until("it has its new name", async || {
        counted(&app, &new).await > 0
    })
    .await;
    app.sim.advance(Duration::from_secs(12 * 3600));
    assert_catches_up(&app).await;
    assert_eq!(counted(&app, &new).await, true_count(&app, id));
    assert_eq!(counted(&app, &old).await, 0);
    let projects = app.json("/api/projects").await.to_string();
    assert!(
        projects.contains(&new) && !projects.contains(&format!("{old}\"")),
        "{projects}"
    );
    assert_eq!(
        app.json("/api/sync").await["problems"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn project_moved_out_of_sight_keeps_its_history_and_is_caught_up_with_when_it_is_back() {
    let app = app().await;
    let (id, old) = busy(&app);
    let name = old.rsplit_once('/').unwrap().1;
    let before = counted(&app, &old).await;
    let elsewhere = format!("partners/{name}");
    assert!(app.sim.move_project(id, &elsewhere));
    until("it is missing", async || {
        state(&app, id) == SyncState::Missing
    })
    .await;
    app.sim.advance(Duration::from_secs(12 * 3600));
    assert!(true_count(&app, id) > before, "something happens meanwhile");
    sleep(Duration::from_millis(500)).await;
    assert_eq!(state(&app, id), SyncState::Missing);
    assert_eq!(counted(&app, &old).await, before, "what was read is kept");
    assert!(app.sim.move_project(id, &old));
    until("it is live again", async || {
        state(&app, id) == SyncState::Live
    })
    .await;
    assert_catches_up(&app).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_project_keeps_its_history_and_stops_no_other() {
    let app = app().await;
    let (id, path) = busy(&app);
    let before = counted(&app, &path).await;
    app.sim.set_faults(Faults {
        forbidden_projects: vec![id],
        ..Faults::default()
    });
    until("it is missing", async || {
        state(&app, id) == SyncState::Missing
    })
    .await;
    app.sim.advance(Duration::from_secs(12 * 3600));
    app.sim.freeze();
    app.sim.advance(Duration::from_secs(180));
    let of_others = |app: &App| {
        let truth = app.sim.truth();
        truth
            .pipelines
            .iter()
            .filter(|one| one.project_id != id)
            .count() as u64
    };
    until("the others are caught up with", async || {
        let totals = app.store().read(|reader| reader.totals()).unwrap();
        totals.pipelines == of_others(&app) + before
    })
    .await;
    assert_eq!(counted(&app, &path).await, before, "what was read is kept");
    let sync = app.json("/api/sync").await;
    assert_eq!(sync["project_counts"]["missing"], 1, "{sync}");
    // Whoever deletes by mistake restores, and nothing of it is lost.
    app.sim.set_faults(Faults::default());
    until("it is live again", async || {
        state(&app, id) == SyncState::Live
    })
    .await;
    assert_catches_up(&app).await;
    app.stop().await;
}
