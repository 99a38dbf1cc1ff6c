//! The OTLP sink against a receiver that validates, with a store and a clock of its own.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod receiver;
mod world;

use std::time::Duration;

use labtower_export::otlp::Since;
use labtower_model::samples::at;
use labtower_model::{JobKind, PipelineId, Status};
use secrecy::SecretString;

use crate::receiver::Mood;
use crate::world::{World, unit};

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_pipeline_is_sent_once_and_again_when_it_ends_anew() {
    let world = World::start(|_| {}).await;
    let mut running = unit(1, 2);
    running.pipeline.status = Status::Running;
    running.pipeline.finished_at = None;
    running.pipeline.updated_at = at(50);
    world.write(vec![running]).await;
    world.write(vec![unit(1, 2)]).await;
    let first = world.receiver.until(|inbox| !inbox.spans.is_empty()).await;
    first.assert_valid(|_| false);
    assert_eq!(
        first.spans.len(),
        6,
        "a pipeline and two jobs, each with its wait"
    );
    let tasks = first.spans.iter().filter(|span| span.is_job());
    assert_eq!(
        tasks.map(|span| span.task()).collect::<Vec<_>>(),
        [100, 101]
    );

    // Its coverage came late: the same run, so nothing is sent.
    let mut late = unit(1, 2);
    late.pipeline.coverage = Some(50.0);
    late.pipeline.updated_at = at(161);
    world.write(vec![late]).await;
    world.caught_up().await;
    assert_eq!(world.receiver.inbox().spans.len(), 6);

    let mut again = unit(1, 3);
    again.pipeline.finished_at = Some(at(400));
    again.pipeline.updated_at = at(401);
    world.write(vec![again]).await;
    let second = world.receiver.until(|inbox| inbox.spans.len() > 6).await;
    second.assert_valid(|_| false);
    assert_eq!(second.spans.len(), 14);
    assert_eq!(
        second.newest().len(),
        8,
        "the retry is the same spans, and a job more"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn families_are_one_trace_whatever_ends_first() {
    let world = World::start(|_| {}).await;
    let mut parent = unit(1, 2);
    parent.jobs[1].kind = JobKind::Bridge;
    parent.jobs[1].downstream_pipeline_id = Some(PipelineId(2));
    let mut child = unit(2, 2);
    child.pipeline.source = Some("parent_pipeline".to_owned());
    child.jobs[1].kind = JobKind::Bridge;
    child.jobs[1].downstream_pipeline_id = Some(PipelineId(3));
    let mut grandchild = unit(3, 1);
    grandchild.pipeline.source = Some("pipeline".to_owned());

    // Nothing says yet where it belongs.
    world.write(vec![grandchild]).await;
    world.caught_up().await;
    assert!(world.receiver.inbox().spans.is_empty());
    let mut runs = parent.clone();
    runs.pipeline.status = Status::Running;
    runs.pipeline.finished_at = None;
    runs.pipeline.updated_at = at(60);
    // The parent still runs, but the way up is known.
    world.write(vec![runs, child]).await;
    world.receiver.until(|inbox| pipelines(inbox) == 2).await;
    world.write(vec![parent]).await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 3).await;
    inbox.assert_valid(|_| false);
    let newest = inbox.newest();
    let mut roots = newest
        .values()
        .filter(|span| span.span.parent_span_id.is_empty());
    assert_eq!(roots.next().unwrap().run(), 1);
    assert!(roots.next().is_none(), "one root");
    world.stop().await;
}

fn pipelines(inbox: &receiver::Inbox) -> usize {
    inbox.spans.iter().filter(|span| span.is_pipeline()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_nobody_claims_is_sent_alone_in_the_end_and_linked_if_somebody_does() {
    let world = World::start(|_| {}).await;
    let mut child = unit(2, 1);
    child.pipeline.source = Some("parent_pipeline".to_owned());
    world.write(vec![child]).await;
    world.caught_up().await;
    assert!(world.receiver.inbox().spans.is_empty());
    world.clock.advance(jiff::SignedDuration::from_secs(301));
    let alone = world.receiver.until(|inbox| pipelines(inbox) == 1).await;
    alone.assert_valid(|_| false);

    let mut parent = unit(1, 1);
    parent.jobs[0].kind = JobKind::Bridge;
    parent.jobs[0].downstream_pipeline_id = Some(PipelineId(2));
    world.write(vec![parent]).await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 2).await;
    inbox.assert_valid(|_| false);
    let newest = inbox.newest();
    let bridge = newest
        .values()
        .find(|span| span.is_job() && span.run() == 1)
        .unwrap();
    let child = newest
        .values()
        .find(|span| span.is_pipeline() && span.run() == 2)
        .unwrap();
    let link = &bridge.span.links[0];
    assert_eq!(link.trace_id, child.span.trace_id);
    assert_eq!(link.span_id, child.span.span_id);
    assert_ne!(bridge.span.trace_id, child.span.trace_id);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_is_shown_waited_for_and_then_told_everything() {
    let world =
        World::start(|options| options.headers = SecretString::from("x-key=hush-hush")).await;
    world.receiver.set_mood(Mood::Down(503, Some("0")));
    world.write(vec![unit(1, 2)]).await;
    world
        .receiver
        .until(|inbox| inbox.answers.get(&503) >= Some(&3))
        .await;
    // The feed grows on all the while.
    world.write(vec![unit(2, 2)]).await;
    let (sink, problems) = world.state();
    assert!(sink.failures >= 2, "{sink:?}");
    assert_eq!(sink.rows, 0);
    assert!(sink.behind_since.is_some());
    assert_eq!(problems.len(), 1);
    assert!(problems[0].message.contains("503"), "{problems:?}");
    assert!(!format!("{problems:?}{sink:?}").contains("hush"));

    world.receiver.set_mood(Mood::Take);
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 2).await;
    inbox.assert_valid(|_| false);
    assert_eq!(inbox.headers["x-key"], "hush-hush");
    world.caught_up().await;
    let (sink, problems) = world.state();
    assert_eq!((sink.rows, sink.refused, sink.failures), (12, 0, 0));
    assert_eq!((sink.error, sink.behind_since), (None, None));
    assert!(problems.is_empty(), "{problems:?}");
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_not_there_is_waited_for_too() {
    let world = World::start(|options| {
        options.endpoint = "http://127.0.0.1:1/?key=hush".parse().unwrap();
    })
    .await;
    world.write(vec![unit(1, 1)]).await;
    let failed = async {
        while world.state().0.failures < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), failed)
        .await
        .unwrap();
    let (sink, problems) = world.state();
    assert!(
        !format!("{problems:?}{sink:?}").contains("hush"),
        "{problems:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_pipeline_that_is_refused_for_good_takes_no_other_with_it() {
    let world = World::paused(|_| {}).await;
    world.receiver.set_mood(Mood::RefuseRun("3".to_owned()));
    world.write((1..=5).map(|id| unit(id, 1)).collect()).await;
    let world = world.resume().await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 4).await;
    world.caught_up().await;
    inbox.assert_valid(|_| false);
    assert!(inbox.spans.iter().all(|span| span.run() != 3));
    let (sink, _) = world.state();
    assert_eq!((sink.rows, sink.refused), (16, 4));
    // It is not tried again.
    world.receiver.set_mood(Mood::Take);
    world.write(vec![unit(6, 1)]).await;
    world.receiver.until(|inbox| pipelines(inbox) == 5).await;
    world.caught_up().await;
    assert_eq!(pipelines(&world.receiver.inbox()), 5);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_spans_are_counted_and_shown_and_not_sent_again() {
    let world = World::start(|_| {}).await;
    world.receiver.set_mood(Mood::Partial(3));
    world.write(vec![unit(1, 2)]).await;
    world.receiver.until(|inbox| pipelines(inbox) == 1).await;
    world.caught_up().await;
    let (sink, problems) = world.state();
    assert_eq!((sink.rows, sink.refused), (3, 3));
    assert!(problems[0].message.contains("3 of 6 spans"), "{problems:?}");
    assert_eq!(world.receiver.inbox().spans.len(), 6);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_before_is_sent_only_on_request() {
    let world = World::paused(|options| options.since = Since::Now).await;
    world.write(vec![unit(1, 1)]).await;
    let world = world.resume().await;
    let mut new = unit(2, 1);
    new.pipeline.finished_at = Some(world.now());
    world.write(vec![new]).await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 1).await;
    assert_eq!(inbox.spans[0].run(), 2);
    world.caught_up().await;

    // Changed minds get the rest, and nothing twice.
    let world = world
        .restart(|options| options.since = Since::Backfill)
        .await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 2).await;
    world.caught_up().await;
    inbox.assert_valid(|_| false);
    assert_eq!(world.receiver.inbox().spans.len(), 8);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_go_by_the_pipeline_at_the_top_and_projects_by_their_path() {
    let world = World::start(|options| {
        options.exclude_sources = vec!["schedule".to_owned()];
        options.gzip = false;
        options.service_name = Some("ci".to_owned());
        options.resource_attributes =
            vec![("deployment.environment.name".to_owned(), "test".to_owned())];
    })
    .await;
    let mut nightly = unit(1, 1);
    nightly.pipeline.source = Some("schedule".to_owned());
    nightly.jobs[0].downstream_pipeline_id = Some(PipelineId(2));
    let mut child = unit(2, 1);
    child.pipeline.source = Some("parent_pipeline".to_owned());
    world.write(vec![nightly, child, unit(3, 1)]).await;
    let inbox = world.receiver.until(|inbox| pipelines(inbox) == 1).await;
    world.caught_up().await;
    let inbox_later = world.receiver.inbox();
    assert_eq!(inbox_later.spans.len(), inbox.spans.len());
    inbox.assert_valid(|_| false);
    assert!(!inbox.headers.contains_key("content-encoding"));
    let span = &inbox.spans[0];
    assert_eq!(span.run(), 3);
    assert_eq!(span.resource["service.name"], "ci");
    assert_eq!(span.resource["deployment.environment.name"], "test");
    assert_eq!(span.resource["vcs.repository.name"], "builder");
    world.stop().await;
}
