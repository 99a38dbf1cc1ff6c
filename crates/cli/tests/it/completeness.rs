//! What was lost in the store is found by comparing it with GitLab, and read again.

use std::collections::BTreeMap;
use std::time::Duration;

use labtower_model::{PipelineId, PipelineWithJobs, ProjectId, Status, samples};
use labtower_sim::{Faults, Limits, TruePipeline};
use labtower_store::{Batch, CheckedDay, GapKind};
use labtower_sync::Checked;

use crate::app::App;
use crate::correctness::{World, world};
use crate::truth::assert_store_equals_truth;

/// So long after the end of the world everything it holds can be compared.
const LATER: Duration = Duration::from_secs(3600);

async fn settled_world() -> World {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.sim.freeze();
    world.sim.advance(LATER);
    world.settle().await;
    assert_store_equals_truth(&world.store, &world.sim.truth());
    world
}

impl World {
    async fn lose(&self, ids: Vec<PipelineId>) {
        let batch = Batch {
            gone: ids,
            ..Batch::default()
        };
        self.store.write(batch).await.unwrap();
    }

    fn finished(&self) -> Vec<TruePipeline> {
        let truth = self.sim.truth();
        let done = |one: &TruePipeline| one.status == "success" && !one.jobs.is_empty();
        truth.pipelines.into_iter().filter(done).collect()
    }

    async fn check_all(&self) -> Checked {
        self.syncer.completeness_of_all().await.unwrap()
    }
}

fn id(pipeline: &TruePipeline) -> PipelineId {
    PipelineId(pipeline.id as i64)
}

#[tokio::test]
async fn a_whole_store_has_no_gaps_and_is_shown_to_have_none() {
    let world = settled_world().await;
    let generation = world.store.data_generation();
    world.sim.reset_requests();
    let checked = world.syncer.completeness_pass().await.unwrap();
    let truth = world.sim.truth();
    assert_eq!((checked.found, checked.open, checked.behind), (0, 0, 0));
    assert!(checked.days >= 4, "{checked:?}");
    // What the last minutes changed is left to the next pass.
    let all = truth.pipelines.len() as u64;
    assert!(
        checked.pipelines <= all && checked.pipelines * 10 >= all * 9,
        "{checked:?} of {all}"
    );
    assert_eq!(
        world.store.data_generation(),
        generation,
        "nothing was written again"
    );
    let asked = world.sim.requests()["POST /api/graphql"];
    assert!(asked <= 10 * checked.days as u64, "{asked} for {checked:?}");

    let sum = world.store.read(|reader| reader.completeness()).unwrap();
    let lag = world.sim.now().duration_since(sum.until.unwrap());
    assert!(lag < jiff::SignedDuration::from_mins(15), "{sum:?}");
    assert_eq!(sum.days, checked.days as u64);
    // Compared days are left alone, but for the one that goes on.
    let again = world.syncer.completeness_pass().await.unwrap();
    assert!(again.days <= 1, "{again:?}");
}

#[tokio::test]
async fn lost_and_outdated_pipelines_are_read_again() {
    let world = settled_world().await;
    let done = world.finished();
    let lost: Vec<PipelineId> = done.iter().step_by(9).map(id).collect();
    world.lose(lost.clone()).await;
    // One that is stored as it once was: running, with other jobs.
    let old = done.iter().find(|one| !lost.contains(&id(one))).unwrap();
    let mut stale = samples::pipeline_with_jobs();
    stale.pipeline.id = id(old);
    stale.pipeline.project_id = ProjectId(old.project_id as i64);
    stale.pipeline.status = Status::Running;
    stale.pipeline.created_at = old.created_at;
    stale.pipeline.updated_at = old.created_at;
    for (job, place) in stale.jobs.iter_mut().zip(0..) {
        job.id = (900_000_000 + place).into();
        job.pipeline_id = stale.pipeline.id;
        job.project_id = stale.pipeline.project_id;
    }
    world.lose(vec![id(old)]).await;
    store_as_of(&world, stale, old).await;

    let checked = world.check_all().await;
    let gaps = world.store.read(|reader| reader.gaps(1_000)).unwrap();
    let mut kinds = BTreeMap::new();
    for gap in &gaps {
        assert!(gap.repaired_at.is_some(), "{gap:?}");
        *kinds.entry(gap.kind.as_str()).or_insert(0) += 1;
    }
    assert_eq!(kinds[GapKind::Absent.as_str()], lost.len());
    assert_eq!(kinds[GapKind::Outdated.as_str()], 1);
    assert_eq!(checked.found, lost.len() as u64 + 1);
    assert_eq!((checked.repaired, checked.open), (checked.found, 0));
    assert_store_equals_truth(&world.store, &world.sim.truth());
    assert_eq!(world.check_all().await.found, 0);
}

async fn store_as_of(world: &World, stale: PipelineWithJobs, old: &TruePipeline) {
    let batch = Batch {
        read_at: Some(old.created_at),
        pipelines: vec![stale],
        ..Batch::default()
    };
    world.store.write(batch).await.unwrap();
}

#[tokio::test]
async fn a_comparison_that_fails_shows_less_and_loses_nothing() {
    let world = settled_world().await;
    let lost: Vec<PipelineId> = world.finished().iter().step_by(5).map(id).collect();
    world.lose(lost.clone()).await;
    world.sim.set_faults(Faults {
        resets: 1.0,
        ..Faults::default()
    });
    let _ = world.syncer.completeness_pass().await;
    let days = world.store.read(|reader| reader.checked_days()).unwrap();
    let compared: u64 = days.iter().map(|day: &CheckedDay| day.projects).sum();
    assert_eq!(compared, 0, "{days:?}");
    world.sim.set_faults(Faults {
        server_errors: 0.05,
        resets: 0.05,
        truncated: 0.05,
        ..Faults::default()
    });
    let mut found = 0;
    for _ in 0..2 {
        if let Ok(checked) = world.syncer.completeness_of_all().await {
            found += checked.found;
            if checked.open == 0 && checked.behind == 0 {
                break;
            }
        }
    }
    assert!(found <= lost.len() as u64);
    world.sim.set_faults(Faults::default());
    world.check_all().await;
    let sum = world.store.read(|reader| reader.completeness()).unwrap();
    assert_eq!(
        (sum.found, sum.repaired, sum.open),
        (lost.len() as u64, lost.len() as u64, 0)
    );
    assert_store_equals_truth(&world.store, &world.sim.truth());
}

#[tokio::test]
async fn what_gitlab_deleted_is_kept_and_counted() {
    let world = settled_world().await;
    let example = &world.finished()[0];
    let mut kept = samples::pipeline_with_jobs();
    kept.pipeline.id = PipelineId(900_000_001);
    kept.pipeline.project_id = ProjectId(example.project_id as i64);
    kept.pipeline.created_at = example.created_at;
    kept.pipeline.updated_at = example.updated_at;
    kept.jobs.clear();
    store_as_of(&world, kept, example).await;
    let checked = world.check_all().await;
    assert_eq!(checked.found, 0);
    let sum = world.store.read(|reader| reader.completeness()).unwrap();
    assert_eq!(sum.unlisted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_shows_gaps_in_api_metrics_and_page() {
    let app = App::start_with(App::small_world(), |options| {
        options.sync.completeness_interval = Some(Duration::from_millis(200));
        options.sync.reconcile_interval = Duration::from_millis(500);
        options.sync.overlap = Duration::from_secs(1);
    })
    .await;
    app.ready().await;
    let compared = async {
        loop {
            let sync = app.json("/api/sync").await;
            if sync["completeness"]["until"].is_string() || sync["completeness"]["until"].is_i64() {
                return sync["completeness"].clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let shown = tokio::time::timeout(crate::app::PATIENCE, compared)
        .await
        .expect("it compares");
    assert_eq!(shown["gaps_open"], 0, "{shown}");
    assert!(shown["pipelines"].as_u64().unwrap() > 0, "{shown}");
    let metrics = app.get("/metrics").await.text;
    for name in [
        "labtower_completeness_gaps_total{outcome=\"found\"} ",
        "labtower_completeness_open_gaps 0",
        "labtower_completeness_lag_seconds ",
    ] {
        assert!(metrics.contains(name), "{name} is not in\n{metrics}");
    }
    let page = app.get("/health").await.text;
    assert!(page.contains("Compared with GitLab"), "{page}");
    assert!(!page.contains("Not yet."), "{page}");
    app.stop().await;
}
