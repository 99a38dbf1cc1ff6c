//! Merge requests, commits and statistics: what is written, and what is left alone.

use labtower_model::{Commit, MergeRequest, MergeRequestId, ProjectId, samples};
use labtower_store::{ActivityUpdate, Batch, ChangeKind, SyncUpdate, Written};

use crate::world::{World, at};

const PROJECT: ProjectId = ProjectId(7);

fn write(world: &World, read_at: i64, request: MergeRequest) -> Written {
    let batch = Batch {
        read_at: Some(at(read_at)),
        merge_requests: vec![request],
        ..Batch::default()
    };
    world.store.write_blocking(batch).unwrap()
}

fn stored(world: &World) -> Vec<MergeRequest> {
    let read = world.store.read(|reader| reader.merge_requests_of(PROJECT));
    read.unwrap()
}

fn sync(world: &World, update: ActivityUpdate) {
    world.sync(vec![SyncUpdate::Activity(update)]);
}

#[test]
fn merge_request_is_read_back_as_it_was_written() {
    let world = World::new();
    let open = MergeRequest {
        id: MergeRequestId(2),
        state: "opened".to_owned(),
        draft: true,
        title: None,
        source_branch: None,
        target_branch: None,
        sha: None,
        merge_commit_sha: None,
        labels: Vec::new(),
        author: None,
        merge_user: None,
        merged_at: None,
        closed_at: None,
        first_commit_at: None,
        commit_count: None,
        user_notes_count: None,
        ..samples::merge_request()
    };
    write(&world, 0, samples::merge_request());
    write(&world, 0, open.clone());
    assert_eq!(stored(&world), [open, samples::merge_request()]);
}

#[test]
fn same_merge_request_again_changes_nothing() {
    let world = World::new();
    write(&world, 0, samples::merge_request());
    let generation = world.store.generation();
    let written = write(&world, 60, samples::merge_request());
    assert_eq!((written.changed_merge_requests, written.unchanged), (0, 1));
    assert_eq!(world.store.generation(), generation);
}

#[test]
fn older_merge_request_is_refused_and_of_equals_the_later_read_wins() {
    let world = World::new();
    let titled = |title: &str, updated: i64| MergeRequest {
        title: Some(title.to_owned()),
        updated_at: at(updated),
        ..samples::merge_request()
    };
    let title = || stored(&world)[0].title.clone().unwrap();
    write(&world, 10, titled("newer", 5));
    assert_eq!(write(&world, 20, titled("older", 4)).stale, 1);
    assert_eq!(title(), "newer");
    assert_eq!(write(&world, 9, titled("read before", 5)).stale, 1);
    assert_eq!(title(), "newer");
    assert_eq!(write(&world, 11, titled("read after", 5)).stale, 0);
    assert_eq!(title(), "read after");
}

#[test]
fn merge_requests_count_only_once_all_were_read() {
    let world = World::new();
    write(&world, 0, samples::merge_request());
    let counts = || {
        let read = world.store.read(|reader| reader.merge_request_counts());
        read.unwrap()
            .into_iter()
            .map(|count| (count.state, count.draft, count.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(), []);
    sync(
        &world,
        ActivityUpdate::Started {
            project_id: PROJECT,
            watermark: at(0),
            cursor: Some("next".to_owned()),
            at: at(1),
        },
    );
    assert_eq!(counts(), []);
    sync(
        &world,
        ActivityUpdate::Page {
            project_id: PROJECT,
            cursor: None,
            at: at(2),
        },
    );
    assert_eq!(counts(), [("merged".to_owned(), false, 1)]);
}

#[test]
fn activity_watermark_never_moves_back() {
    let world = World::new();
    let watermark = || world.one::<i64>("SELECT watermark - 1795176000 FROM sync_activity");
    let started = |watermark| ActivityUpdate::Started {
        project_id: PROJECT,
        watermark: at(watermark),
        cursor: None,
        at: at(0),
    };
    let polled = |watermark| ActivityUpdate::Polled {
        project_id: PROJECT,
        watermark: at(watermark),
    };
    for (update, expected) in [
        (started(100), 100),
        (polled(90), 100),
        (polled(200), 200),
        (started(150), 200),
    ] {
        sync(&world, update);
        assert_eq!(watermark(), expected);
    }
}

#[test]
fn commit_is_stored_once_and_is_in_the_feed() {
    let world = World::new();
    let batch = || Batch {
        commits: vec![samples::commit()],
        ..Batch::default()
    };
    assert_eq!(world.store.write_blocking(batch()).unwrap().new_commits, 1);
    assert_eq!(world.store.write_blocking(batch()).unwrap().new_commits, 0);
    let (commits, changes) = world
        .store
        .read(|reader| Ok((reader.commits_of(PROJECT)?, reader.changes(0, 10)?)))
        .unwrap();
    assert_eq!(commits, [samples::commit()]);
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].kind, ChangeKind::Commit);
    let body: Commit = serde_json::from_str(changes[0].body.get()).unwrap();
    assert_eq!(body, samples::commit());
}

#[test]
fn statistics_move_the_data_generation_only_when_they_differ() {
    let world = World::new();
    let write = |count| {
        let mut statistics = samples::statistics();
        statistics.commit_count = Some(count);
        let batch = Batch {
            statistics: vec![statistics],
            ..Batch::default()
        };
        world.store.write_blocking(batch).unwrap();
        world.store.data_generation()
    };
    let first = write(1);
    assert_eq!(write(1), first);
    assert!(write(2) > first);
    let read = world.store.read(|reader| reader.project_statistics());
    assert_eq!(read.unwrap()[0].commit_count, Some(2));
}
