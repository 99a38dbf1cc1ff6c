//! Pipelines that no list shows any more do not stay unfinished in the store.

use std::time::Duration;

use labtower_model::{PipelineId, PipelineWithJobs, Status, samples};
use labtower_sim::{Faults, Limits};
use labtower_store::Batch;

use crate::correctness::{STEP, World, world};
use crate::truth::assert_store_equals_truth;

/// A pipeline stored as running, that started before all the simulator's own.
fn running(world: &World, id: i64) -> PipelineWithJobs {
    let mut whole = samples::pipeline_with_jobs();
    let project = world.sim.truth().projects[0].id as i64;
    whole.pipeline.id = PipelineId(id);
    whole.pipeline.project_id = project.into();
    whole.pipeline.status = Status::Running;
    for (job, place) in whole.jobs.iter_mut().zip(0..) {
        job.id = (id * 100 + place).into();
        job.pipeline_id = whole.pipeline.id;
        job.project_id = whole.pipeline.project_id;
    }
    whole
}

impl World {
    async fn store(&self, pipeline: PipelineWithJobs) {
        let batch = Batch {
            read_at: Some(samples::at(-86_400)),
            pipelines: vec![pipeline],
            ..Batch::default()
        };
        self.store.write(batch).await.unwrap();
    }
}

#[tokio::test]
async fn running_pipeline_that_gitlab_deleted_goes_with_tombstones() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    let gone = running(&world, 900_000_001);
    let mut gone_old = gone.clone();
    gone_old.pipeline.updated_at = samples::at(-86_400);
    world.store(gone_old).await;
    world.sim.freeze();
    world.sim.advance(STEP);
    world.poll().await;
    assert_store_equals_truth(&world.store, &world.sim.truth());
    let last = world.store.data_generation();
    let changes = world
        .store
        .read(|reader| reader.changes(last - 1 - gone.jobs.len() as u64, 100))
        .unwrap();
    let deleted: Vec<i64> = changes
        .iter()
        .filter(|change| change.deleted)
        .map(|change| change.entity_id)
        .collect();
    let mut expected: Vec<i64> = gone.jobs.iter().map(|job| job.id.get()).collect();
    expected.push(gone.pipeline.id.get());
    assert_eq!(deleted, expected);
}

#[tokio::test]
async fn pipeline_taken_over_as_running_becomes_what_gitlab_says() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.sim.freeze();
    world.sim.advance(Duration::from_secs(7200));
    world.settle().await;
    let truth = world.sim.truth();
    let done = truth.pipelines.iter().find(|one| one.status == "success");
    let done = done.unwrap();
    let id = done.id as i64;
    let mut stale = running(&world, id);
    stale.pipeline.project_id = (done.project_id as i64).into();
    stale.pipeline.updated_at = done.created_at;
    // Only a newer state replaces what is stored, so the row goes first.
    let batch = Batch {
        gone: vec![PipelineId(id)],
        ..Batch::default()
    };
    world.store.write(batch).await.unwrap();
    world.store(stale).await;
    world.poll().await;
    assert_store_equals_truth(&world.store, &world.sim.truth());
}
