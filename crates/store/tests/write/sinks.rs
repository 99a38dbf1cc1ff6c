//! Sinks: how far each has come, and which pipelines are in which trace.

use labtower_model::{JobId, JobKind, PipelineId};
use labtower_store::{ChangeKind, Sink, SinkUpdate, SyncUpdate, Trace};

use crate::world::{World, at, pipeline};

fn begun(seq: u64) -> SyncUpdate {
    SyncUpdate::Sink(SinkUpdate::Begun {
        name: "otlp".to_owned(),
        seq,
        since: None,
    })
}

fn taken(seq: u64) -> SyncUpdate {
    SyncUpdate::Sink(SinkUpdate::Taken {
        name: "otlp".to_owned(),
        seq,
    })
}

fn failed(error: &str) -> SyncUpdate {
    SyncUpdate::Sink(SinkUpdate::Failed {
        name: "otlp".to_owned(),
        error: error.to_owned(),
    })
}

fn sent(rows: u64, refused: u64) -> SyncUpdate {
    SyncUpdate::Sink(SinkUpdate::Sent {
        name: "otlp".to_owned(),
        rows,
        refused,
        error: None,
        at: at(500),
    })
}

fn sink(world: &World) -> Sink {
    world
        .store
        .read(|reader| reader.sink("otlp"))
        .unwrap()
        .unwrap()
}

#[test]
fn a_cursor_survives_a_restart_and_never_moves_back() {
    let world = World::new();
    world.write(200, vec![pipeline(1, 2)]);
    world.sync(vec![begun(0)]);
    assert!(sink(&world).behind_since.is_some());
    world.sync(vec![taken(3)]);
    world.sync(vec![taken(1)]);
    let world = world.reopen();
    assert_eq!(sink(&world).seq, 3);
    assert_eq!(sink(&world).behind_since, None);
    world.write(201, vec![pipeline(2, 1)]);
    assert!(sink(&world).behind_since.is_some());
    let keys = world
        .store
        .read(|reader| reader.change_keys(3, 10))
        .unwrap();
    let seen: Vec<_> = keys.iter().map(|key| (key.kind, key.entity_id)).collect();
    assert_eq!(
        seen,
        [(ChangeKind::Pipeline, 2), (ChangeKind::Job, 200)],
        "the feed goes on after what was taken"
    );
}

#[test]
fn failures_add_up_until_a_success_and_rows_for_ever() {
    let world = World::new();
    world.sync(vec![begun(0), failed("refused"), failed("gone")]);
    assert_eq!(sink(&world).failures, 2);
    assert_eq!(sink(&world).error.as_deref(), Some("gone"));
    world.sync(vec![sent(10, 1)]);
    world.sync(vec![sent(5, 0), begun(7)]);
    let sink = sink(&world);
    assert_eq!((sink.failures, sink.error.clone()), (0, None));
    assert_eq!((sink.rows, sink.refused, sink.seq), (15, 1, 7));
    assert_eq!(sink.sent_at, Some(at(500)));
}

#[test]
fn a_pipeline_knows_the_bridge_that_started_it_and_its_trace_goes_with_it() {
    let world = World::new();
    let mut parent = pipeline(1, 2);
    parent.jobs[1].kind = JobKind::Bridge;
    parent.jobs[1].downstream_pipeline_id = Some(PipelineId(2));
    world.write(200, vec![parent, pipeline(2, 1)]);
    let upstream = world
        .store
        .read(|reader| reader.upstream(PipelineId(2)))
        .unwrap();
    assert_eq!(upstream, Some((JobId(101), PipelineId(1))));

    let waits = Trace {
        pipeline_id: PipelineId(2),
        ended_at: at(159),
        root_id: None,
        waiting_since: Some(at(300)),
    };
    let traced = |trace| vec![SyncUpdate::Sink(SinkUpdate::Traced(trace))];
    world.sync(traced(waits));
    let waiting = || {
        world
            .store
            .read(|reader| reader.waiting_traces(10))
            .unwrap()
    };
    assert_eq!(waiting(), [waits]);
    let done = Trace {
        root_id: Some(PipelineId(1)),
        waiting_since: None,
        ..waits
    };
    world.sync(traced(done));
    assert!(waiting().is_empty());
    let trace = || {
        world
            .store
            .read(|reader| reader.trace(PipelineId(2)))
            .unwrap()
    };
    assert_eq!(trace(), Some(done));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(world.store.retain(at(1_000_000))).unwrap();
    assert_eq!(trace(), None);
}

#[test]
fn a_sink_that_was_never_reached_is_seen() {
    let world = World::new();
    world.sync(vec![failed("refused"), failed("refused")]);
    assert_eq!((sink(&world).seq, sink(&world).failures), (0, 2));
    world.sync(vec![begun(0), sent(1, 0)]);
    assert_eq!((sink(&world).failures, sink(&world).rows), (0, 1));
}
