//! What is written, what is refused, what is left alone.

use labtower_model::{Project, Status, User, UserId, samples};
use labtower_store::{Batch, Written};

use crate::world::{World, at, pipeline};

#[test]
fn pipeline_arrives_with_all_its_fields() {
    let world = World::new();
    let written = world
        .store
        .write_blocking(Batch {
            read_at: Some(at(200)),
            projects: vec![samples::project()],
            pipelines: vec![samples::pipeline_with_jobs()],
            ..Batch::default()
        })
        .unwrap();
    assert_eq!(
        written,
        Written {
            changed_projects: 1,
            changed_pipelines: 1,
            changed_jobs: 1,
            last_seq: 3,
            ..Written::default()
        }
    );
    let row: String = world.one(
        "SELECT concat_ws('|', id, iid, project, ref, ref_kind, sha, source, status, created_at, updated_at, started_at,
                          finished_at, committed_at, duration, queued_duration, coverage, username) FROM v_pipelines",
    );
    assert_eq!(
        row,
        "1001|42|platform/tools/builder|main|branch|8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b|push|success|\
         2026-11-20 12:00:00|2026-11-20 12:02:40|2026-11-20 12:00:05|2026-11-20 12:02:39|2026-11-20 11:59:30|\
         154|5.0|81.5|ada"
    );
    let row: String = world.one(
        "SELECT concat_ws('|', id, pipeline_id, project_id, kind, name, stage, status, created_at, started_at,
                          finished_at, duration, queued_duration, coverage, allow_failure, retried, tags, runner_id)
         FROM v_jobs",
    );
    assert_eq!(
        row,
        "50001|1001|7|build|test|test|success|2026-11-20 12:00:00|2026-11-20 12:00:05|2026-11-20 12:02:39|\
         154|4.2|81.5|0|0|docker|9"
    );
}

#[test]
fn unchanged_read_writes_nothing() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let generation = world.store.generation();
    let written = world.write(300, vec![pipeline(1, 3)]);
    assert_eq!((written.unchanged, written.last_seq), (1, 4));
    assert_eq!(world.store.generation(), generation);
    assert_eq!(world.one::<i64>("SELECT count(*) FROM changes"), 4);
}

#[test]
fn older_state_is_refused_with_its_jobs() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 2)]);
    let mut older = pipeline(1, 3);
    older.pipeline.updated_at = at(100);
    older.pipeline.status = Status::Running;
    let written = world.write(300, vec![older]);
    assert_eq!((written.stale, written.changed_jobs), (1, 0));
    assert_eq!(world.one::<i64>("SELECT count(*) FROM jobs"), 2);
}

#[test]
fn of_equal_times_the_later_read_wins() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 1)]);
    let mut other = pipeline(1, 1);
    other.jobs[0].status = Status::Failed;
    assert_eq!(world.write(199, vec![other.clone()]).stale, 1);
    let written = world.write(200, vec![other]);
    assert_eq!((written.changed_pipelines, written.changed_jobs), (0, 1));
    let status: String = world.one("SELECT status FROM v_jobs");
    assert_eq!(status, "failed");
}

#[test]
fn rerun_takes_the_pipeline_back_to_running() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 1)]);
    let mut rerun = pipeline(1, 2);
    rerun.pipeline.status = Status::Running;
    rerun.pipeline.updated_at = at(400);
    rerun.pipeline.finished_at = None;
    rerun.pipeline.duration = None;
    rerun.jobs[0].retried = true;
    let written = world.write(401, vec![rerun]);
    assert_eq!((written.changed_pipelines, written.changed_jobs), (1, 2));
    let row: String =
        world.one("SELECT concat_ws('|', status, finished_at, duration) FROM v_pipelines");
    assert_eq!(row, "running");
}

#[test]
fn job_no_longer_listed_is_deleted() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 3)]);
    let written = world.write(300, vec![pipeline(1, 2)]);
    assert_eq!(written.changed_jobs, 1);
    assert_eq!(world.one::<i64>("SELECT max(id) FROM jobs"), 101);
}

#[test]
fn renamed_project_keeps_its_pipelines_under_the_new_path() {
    let world = World::new();
    let project = |path: &str| Batch {
        projects: vec![Project {
            path_with_namespace: path.to_owned(),
            ..samples::project()
        }],
        ..Batch::default()
    };
    world.store.write_blocking(project("old/name")).unwrap();
    world.write(200, vec![pipeline(1, 1)]);
    world.store.write_blocking(project("new/name")).unwrap();
    let path: String = world.one("SELECT project FROM v_pipelines");
    assert_eq!(path, "new/name");
    let latest: i64 = world.one("SELECT latest_pipeline_id FROM projects");
    assert_eq!(latest, 1);
}

#[test]
fn pipelines_may_come_before_their_project() {
    let world = World::new();
    world.write(200, vec![pipeline(2, 0), pipeline(1, 0)]);
    world
        .store
        .write_blocking(Batch {
            projects: vec![samples::project()],
            ..Batch::default()
        })
        .unwrap();
    let latest: String =
        world.one("SELECT latest_pipeline_id || ' ' || latest_status FROM projects");
    assert_eq!(latest, "2 7");
}

#[test]
fn person_is_stored_once_and_a_known_name_is_kept() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 0)]);
    let mut nameless = pipeline(2, 0);
    nameless.pipeline.user = Some(User {
        id: UserId(3),
        username: "ada-l".to_owned(),
        name: None,
    });
    let mut nobody = pipeline(3, 0);
    nobody.pipeline.user = None;
    world.write(300, vec![nameless, nobody]);
    let row: String = world.one("SELECT group_concat(id || username || name) FROM users");
    assert_eq!(row, "3ada-lAda L.");
    assert_eq!(
        world.one::<i64>("SELECT count(*) FROM pipelines WHERE user_id IS NULL"),
        1
    );
}

#[test]
fn commit_id_that_is_not_hexadecimal_is_kept_as_text() {
    let world = World::new();
    for (id, sha) in [(1, "abc"), (2, "ABCD"), (3, "ünï")] {
        let mut odd = pipeline(id, 0);
        odd.pipeline.sha = Some(sha.to_owned());
        world.write(200, vec![odd]);
    }
    let shas: String = world.one("SELECT group_concat(sha, ',' ORDER BY id) FROM v_pipelines");
    assert_eq!(shas, "abc,ABCD,ünï");
}
