//! Webhooks: kept once, in order, and settled with what they said.

use std::collections::BTreeSet;

use labtower_model::{PipelineId, samples};
use labtower_store::{Batch, HookOutcome, InboxUpdate, Received, SyncUpdate};

use crate::world::{World, at, pipeline};

fn hook(key: &str, second: i64) -> Received {
    let body = format!(r#"{{"object_kind": "pipeline", "key": "{key}"}}"#);
    Received::new(
        key.to_owned(),
        "pipeline".to_owned(),
        at(second),
        body.as_bytes(),
    )
    .unwrap()
}

fn receive(world: &World, hook: Received) {
    world.sync(vec![SyncUpdate::Inbox(InboxUpdate::Received(hook))]);
}

fn settled(id: i64, outcome: HookOutcome, error: Option<&str>) -> SyncUpdate {
    SyncUpdate::Inbox(InboxUpdate::Settled {
        id,
        outcome,
        error: error.map(str::to_owned),
    })
}

/// Number and body of what waits.
fn waiting(world: &World, after: i64) -> Vec<(i64, String)> {
    let waiting = world
        .store
        .read(|reader| reader.waiting_hooks(after, 10))
        .unwrap();
    waiting
        .into_iter()
        .map(|hook| (hook.id, String::from_utf8(hook.body).unwrap()))
        .collect()
}

/// `outcome count` of each.
fn counts(world: &World) -> Vec<String> {
    let counts = world.store.read(|reader| reader.inbox_counts()).unwrap();
    counts
        .iter()
        .map(|count| format!("{} {}", count.outcome, count.count))
        .collect()
}

#[test]
fn a_webhook_is_kept_once_as_it_came_and_over_a_restart() {
    let world = World::new();
    let generation = world.store.generation();
    for key in ["one", "two", "one"] {
        receive(&world, hook(key, 7));
    }
    assert_eq!(world.store.generation(), generation, "nobody sees it yet");
    let world = world.reopen();
    let kept = waiting(&world, 0);
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].1, r#"{"object_kind": "pipeline", "key": "one"}"#);
    assert_eq!(waiting(&world, kept[0].0), kept[1..]);
    assert_eq!(counts(&world), ["received 2", "repeated 1"]);
    let backlog = world.store.read(|reader| reader.inbox_backlog()).unwrap();
    assert_eq!((backlog.waiting, backlog.oldest_at), (2, Some(at(7))));
}

#[test]
fn what_is_settled_waits_no_more_and_counts_once() {
    let world = World::new();
    for key in ["one", "two", "three"] {
        receive(&world, hook(key, 7));
    }
    let ids: Vec<i64> = waiting(&world, 0).into_iter().map(|(id, _)| id).collect();
    world
        .store
        .write_blocking(Batch {
            pipelines: vec![pipeline(1, 2)],
            sync: vec![
                settled(ids[0], HookOutcome::Applied, None),
                settled(ids[1], HookOutcome::Unreadable, Some("no `build_id`")),
            ],
            ..Batch::default()
        })
        .unwrap();
    world.sync(vec![settled(ids[0], HookOutcome::Stale, None)]);
    assert_eq!(waiting(&world, 0).len(), 1);
    assert_eq!(counts(&world), ["applied 1", "received 3", "unreadable 1"]);
    let bodies: i64 = world.one("SELECT count(*) FROM inbox WHERE body IS NOT NULL");
    assert_eq!(bodies, 2, "what waits and what cannot be read keep theirs");
    let error: String = world.one("SELECT error FROM inbox WHERE error IS NOT NULL");
    assert_eq!(error, "no `build_id`");
}

#[test]
fn settled_ones_are_forgotten_and_their_numbers_never_used_again() {
    let world = World::new();
    receive(&world, hook("old", 7));
    receive(&world, hook("new", 9));
    let ids: Vec<i64> = waiting(&world, 0).into_iter().map(|(id, _)| id).collect();
    let settle = |id| settled(id, HookOutcome::Ignored, None);
    world.sync(ids.iter().copied().map(settle).collect());
    let forget = |second| SyncUpdate::Inbox(InboxUpdate::Forget { before: at(second) });
    world.sync(vec![forget(9)]);
    receive(&world, hook("new", 10));
    assert!(waiting(&world, 0).is_empty(), "it is still known");
    world.sync(vec![forget(100)]);
    receive(&world, hook("new", 11));
    let again = waiting(&world, 0);
    assert!(
        again.len() == 1 && again[0].0 > ids[1],
        "{again:?} after {ids:?}"
    );
}

#[test]
fn a_whole_pipeline_is_read_as_it_was_written() {
    let world = World::new();
    let mut whole = samples::pipeline_with_jobs();
    whole.jobs.sort_by_key(|job| job.id);
    for job in &mut whole.jobs {
        job.tags.sort();
    }
    let id = whole.pipeline.id;
    world.write(10, vec![whole.clone(), pipeline(1, 2)]);
    let ids = BTreeSet::from([id, PipelineId(9_999_999)]);
    let read = world
        .store
        .read(|reader| reader.whole_pipelines(&ids))
        .unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(read[&id], whole);
    let written = world.write(11, read.into_values().collect());
    assert_eq!(written.unchanged, 1);
}

#[test]
fn large_bodies_are_read_a_few_at_a_time() {
    let world = World::new();
    let text = "x".repeat(5 << 20);
    for key in ["one", "two", "three"] {
        let body = format!(r#"{{"object_kind": "push", "text": "{text}"}}"#);
        let received =
            Received::new(key.to_owned(), "push".to_owned(), at(7), body.as_bytes()).unwrap();
        receive(&world, received);
    }
    let first = waiting(&world, 0);
    assert_eq!(first.len(), 2);
    let rest = waiting(&world, first[1].0);
    assert_eq!(rest.len(), 1);
    assert!(rest[0].1.len() > 5 << 20);
}

#[test]
fn the_last_job_of_a_name_tells_its_tags() {
    let world = World::new();
    let mut old = pipeline(1, 1);
    old.jobs[0].tags = vec!["docker".to_owned(), "linux".to_owned()];
    let mut new = pipeline(2, 1);
    new.jobs[0].name.clone_from(&old.jobs[0].name);
    new.jobs[0].created_at = at(5_000);
    new.jobs[0].tags = Vec::new();
    let (project, name) = (old.pipeline.project_id, old.jobs[0].name.clone());
    let tags = |world: &World, name: &str| {
        world
            .store
            .read(|reader| reader.last_tags(project, name))
            .unwrap()
    };
    assert_eq!(tags(&world, &name), None);
    world.write(10, vec![old]);
    let expected = vec!["docker".to_owned(), "linux".to_owned()];
    assert_eq!(tags(&world, &name), Some(expected));
    world.write(11, vec![new]);
    assert_eq!(tags(&world, &name), Some(Vec::new()));
    assert_eq!(tags(&world, "another"), None);
}
