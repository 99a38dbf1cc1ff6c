//! What retention removes and what it leaves.

use labtower_model::{PipelineId, Project, ProjectId, Status, samples};
use labtower_store::{Batch, SinkUpdate, SyncUpdate, Trace};

use crate::recount;
use crate::world::{World, at, batch, pipeline};

const DAY: i64 = 86_400;

#[tokio::test]
async fn old_finished_pipelines_go_with_jobs_and_figures_and_their_history_stays() {
    let world = World::new();
    let aged = |id, days: i64, status| {
        let mut unit = pipeline(id, 2);
        unit.pipeline.created_at = at(-DAY * days);
        unit.pipeline.status = status;
        unit
    };
    world
        .store
        .write(Batch {
            read_at: Some(at(0)),
            projects: vec![Project {
                id: ProjectId(7),
                ..samples::project()
            }],
            pipelines: vec![
                aged(1, 100, Status::Success),
                aged(2, 100, Status::Manual),
                aged(3, 91, Status::Failed),
                aged(4, 89, Status::Success),
            ],
            ..Batch::default()
        })
        .await
        .unwrap();
    let before = world.store.data_generation();
    let deleted = world.store.retain(at(-DAY * 90)).await.unwrap();

    assert_eq!(deleted, 2);
    let left: String = world.one("SELECT group_concat(id, ',' ORDER BY id) FROM pipelines");
    assert_eq!(left, "2,4");
    assert_eq!(world.one::<i64>("SELECT count(*) FROM jobs"), 4);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM changes"), 13);
    assert!(world.store.data_generation() > before);
    recount::assert_exact(&world.path());
    assert_eq!(world.store.retain(at(-DAY * 90)).await.unwrap(), 0);
}

#[tokio::test]
async fn more_than_one_slice_is_removed() {
    let world = World::new();
    world
        .store
        .write(batch(0, (0..1_200).map(|id| pipeline(id, 1)).collect()))
        .await
        .unwrap();
    assert_eq!(world.store.retain(at(1)).await.unwrap(), 1_200);
    for table in ["pipelines", "jobs", "rollups", "spans"] {
        let rows: i64 = world.one(&format!("SELECT count(*) FROM {table}"));
        assert_eq!(rows, 0, "{table}");
    }
}

#[test]
fn pipeline_that_is_gone_leaves_nothing_behind() {
    let world = World::new();
    let mut unit = pipeline(1, 2);
    unit.jobs[0].status = Status::Failed;
    world.write(0, vec![unit]);
    world.sync(vec![SyncUpdate::Sink(SinkUpdate::Traced(Trace {
        pipeline_id: PipelineId(1),
        ended_at: at(159),
        root_id: None,
        waiting_since: None,
    }))]);
    let tables = [
        "pipelines",
        "jobs",
        "failed_jobs",
        "traces",
        "rollups",
        "spans",
    ];
    let rows = |table: &str| world.one::<i64>(&format!("SELECT count(*) FROM {table}"));
    for table in tables {
        assert!(rows(table) > 0, "{table}");
    }
    world
        .store
        .write_blocking(Batch {
            read_at: Some(at(10)),
            gone: vec![PipelineId(1)],
            ..Batch::default()
        })
        .unwrap();
    for table in tables {
        assert_eq!(rows(table), 0, "{table}");
    }
    recount::assert_exact(&world.path());
}

#[tokio::test]
async fn numbers_of_removed_changes_are_not_given_out_again() {
    let world = World::new();
    world
        .store
        .write(batch(0, vec![pipeline(1, 3)]))
        .await
        .unwrap();
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    world
        .store
        .write(batch(0, vec![pipeline(2, 0)]))
        .await
        .unwrap();
    let recorded = at(1_000_000 + 60);
    assert_eq!(world.store.retain_changes(recorded).await.unwrap(), 4);
    world.clock.advance(jiff::SignedDuration::from_hours(1));
    let all = at(1_000_000 + 86_400);
    assert_eq!(world.store.retain_changes(all).await.unwrap(), 1);
    let world = world.reopen();
    let written = world
        .store
        .write(batch(0, vec![pipeline(3, 0)]))
        .await
        .unwrap();
    assert_eq!(written.last_seq, 6);
}
