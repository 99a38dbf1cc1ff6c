//! Life: deterministic, ordered, the same in small and large steps.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use labtower_sim::{SimConfig, Truth};

use crate::client::{sim, small};

const HOUR: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn the_same_seed_lives_the_same_life_and_another_seed_another() {
    let mut truths = Vec::new();
    for seed in [7, 7, 8] {
        let sim = sim(SimConfig { seed, ..small() }).await;
        sim.advance(6 * HOUR);
        truths.push(sim.truth().pipelines);
    }
    assert_eq!(truths[0], truths[1]);
    assert_ne!(truths[0], truths[2]);
}

#[tokio::test]
async fn small_and_large_steps_lead_to_the_same_truth() {
    let (one, many) = (sim(small()).await, sim(small()).await);
    one.advance(10 * HOUR);
    for step in 0..360 {
        many.advance(Duration::from_secs(100));
        if step % 60 == 0 {
            drop(many.truth());
        }
    }
    assert_eq!(one.truth().pipelines, many.truth().pipelines);
}

#[tokio::test]
async fn a_stopped_simulator_cuts_connections_that_are_still_open() {
    let sim = sim(small()).await;
    let url = format!("{}/__sim/now", sim.url());
    let client = crate::client::http();
    assert!(client.get(&url).send().await.is_ok());
    sim.stop().await;
    assert!(client.get(&url).send().await.is_err());
}

#[tokio::test]
async fn ids_ascend_with_creation() {
    let sim = sim(small()).await;
    sim.advance(30 * HOUR);
    let truth = sim.truth();
    assert!(
        truth
            .pipelines
            .is_sorted_by_key(|pipeline| (pipeline.created_at, pipeline.id))
    );
    let mut jobs: Vec<_> = truth
        .pipelines
        .iter()
        .flat_map(|pipeline| &pipeline.jobs)
        .collect();
    jobs.sort_by_key(|job| job.id);
    assert!(jobs.is_sorted_by_key(|job| job.created_at));
    let ids: BTreeSet<u64> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(ids.len(), jobs.len());
}

#[tokio::test]
async fn a_pipeline_moves_its_clock_exactly_when_its_status_changes() {
    let sim = sim(small()).await;
    let mut before = by_id(&sim.truth());
    let mut moved_jobs_alone = 0;
    for _ in 0..400 {
        sim.advance(Duration::from_secs(30));
        let now = by_id(&sim.truth());
        for (id, (status, updated, jobs)) in &now {
            let Some((old_status, old_updated, old_jobs)) = before.get(id) else {
                continue;
            };
            if status != old_status {
                assert!(
                    updated > old_updated || updated == old_updated && status != old_status,
                    "{id}"
                );
            }
            if updated == old_updated && status == old_status && jobs != old_jobs {
                moved_jobs_alone += 1;
            }
            assert!(updated >= old_updated, "{id} went back");
        }
        before = now;
    }
    assert!(
        moved_jobs_alone > 0,
        "jobs never changed without their pipeline"
    );
}

type States = BTreeMap<u64, (String, jiff::Timestamp, Vec<String>)>;

fn by_id(truth: &Truth) -> States {
    let jobs = |pipeline: &labtower_sim::TruePipeline| {
        pipeline.jobs.iter().map(|job| job.status.clone()).collect()
    };
    truth
        .pipelines
        .iter()
        .map(|pipeline| {
            (
                pipeline.id,
                (pipeline.status.clone(), pipeline.updated_at, jobs(pipeline)),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_frozen_world_stands_still_while_time_goes_on() {
    let sim = sim(small()).await;
    sim.advance(4 * HOUR);
    sim.freeze();
    let before = sim.truth();
    let at = sim.now();
    sim.advance(HOUR);
    let after = sim.truth();
    assert!(sim.now() > at);
    assert_eq!(before.pipelines, after.pipelines);
}

#[tokio::test]
async fn the_world_has_everything_a_reader_must_cope_with() {
    let sim = sim(SimConfig {
        projects: 30,
        days: 20,
        ..small()
    })
    .await;
    let truth = sim.truth();
    let all = |what: fn(&labtower_sim::TruePipeline) -> Option<String>| {
        truth
            .pipelines
            .iter()
            .filter_map(what)
            .collect::<BTreeSet<String>>()
    };
    let sources = all(|pipeline| pipeline.source.clone());
    for source in [
        "push",
        "web",
        "schedule",
        "merge_request_event",
        "parent_pipeline",
        "trigger",
        "api",
    ] {
        assert!(sources.contains(source), "no {source} in {sources:?}");
    }
    let statuses = all(|pipeline| Some(pipeline.status.clone()));
    for status in ["success", "failed", "canceled", "skipped", "manual"] {
        assert!(statuses.contains(status), "no {status} in {statuses:?}");
    }
    assert_eq!(all(|pipeline| Some(pipeline.ref_kind.clone())).len(), 3);
    let jobs: Vec<_> = truth
        .pipelines
        .iter()
        .flat_map(|pipeline| &pipeline.jobs)
        .collect();
    let count = |what: fn(&&&labtower_sim::TrueJob) -> bool| jobs.iter().filter(what).count();
    assert!(count(|job| job.retried) > 0);
    assert!(count(|job| job.status == "manual") > 0);
    assert!(count(|job| job.status == "canceled") > 0);
    assert!(count(|job| job.downstream_pipeline_id.is_some()) > 0);
    assert!(count(|job| job.kind == "external") > 0);
    assert!(count(|job| job.failure_reason.as_deref() == Some("runner_system_failure")) > 0);
    assert!(
        truth
            .pipelines
            .iter()
            .any(|pipeline| pipeline.user.is_none())
    );
    assert!(
        truth
            .pipelines
            .iter()
            .any(|pipeline| pipeline.failure_reason.as_deref() == Some("config_error"))
    );
    assert!(
        truth
            .pipelines
            .iter()
            .any(|pipeline| pipeline.started_at.is_none() && pipeline.status == "failed")
    );
}
