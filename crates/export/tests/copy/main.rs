//! GitLab's lists into a sink: nothing lost, nothing twice, whatever happens on the way.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod memory;
mod plain;
mod world;

use std::time::Duration;

use labtower_export::copy::{CopyError, CopyOptions, Progress, Roots, copy};
use labtower_gitlab::GitlabError;
use labtower_sim::Faults;
use memory::Memory;
use rand::Rng;
use tokio_util::sync::CancellationToken;
use world::{Rows, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_equals_gitlab_and_a_second_one_writes_nothing() {
    let world = World::start(6, 4).await;
    let sink = Memory::default();
    let first = world.copy(&sink, &world.options()).await;
    assert!(first.is_complete(), "{first:#?}");
    let compared = world.assert_same(&sink, Rows::Whole).await;
    for stream in [
        "issues",
        "merge_requests",
        "pipelines",
        "jobs",
        "commits",
        "branches",
    ] {
        assert!(
            compared.get(stream).is_some_and(|rows| *rows > 0),
            "{stream}: {compared:?}"
        );
    }
    world.sim.reset_requests();
    let second = world.copy(&sink, &world.options()).await;
    let lists: u64 = second
        .streams
        .values()
        .map(|it| it.lists + it.skipped)
        .sum();
    let requests: u64 = world.sim.requests().values().sum();
    assert_eq!(second.rows(), 0, "{second:#?}");
    // What a tier lacks is asked for three times before it counts as lacking.
    let refused: u64 = second.streams.values().map(|it| it.skipped * 2).sum();
    assert!(
        requests <= lists + refused + 20,
        "{requests} requests for {lists} lists"
    );
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_gitlab_kills_and_failures_lose_and_double_nothing() {
    let world = World::start(4, 3).await;
    let sink = Memory::failing(0.05);
    let mut finished = 0;
    for round in 0..60 {
        world.sim.advance(Duration::from_secs(60 * (round % 30)));
        let options = world.options();
        let (progress, stop) = (Progress::default(), CancellationToken::new());
        let client = world.client();
        let run = copy(&client, &sink, &options, &progress, &stop);
        // A run that is dropped is a run that was killed.
        let patience = Duration::from_millis(rand::rng().random_range(1..2_000));
        let moving = async {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                world.sim.advance(Duration::from_secs(20));
            }
        };
        tokio::select! {
            report = run => { report.unwrap(); finished += 1; }
            () = tokio::time::sleep(patience) => {}
            () = moving => {}
        }
    }
    assert!(finished < 60, "none was killed");
    world.sim.freeze();
    world.copy(&sink, &world.options()).await;
    // Links and the like have changed without their issues: only a reading that asks again can have seen that.
    let mut again = world.options();
    again.read.again = true;
    world.copy(&sink, &again).await;
    world.assert_same(&sink, Rows::AsOfTheirTime).await;
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_write_every_row_once() {
    let world = World::start(4, 3).await;
    let sink = Memory::default();
    let options = world.options();
    let (one, other) = tokio::join!(world.copy(&sink, &options), world.copy(&sink, &options));
    assert!(!one.is_complete() || !other.is_complete());
    world.copy(&sink, &options).await;
    world.assert_same(&sink, Rows::Whole).await;
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_different_projects_share_a_sink() {
    let world = World::start(6, 4).await;
    let sink = Memory::default();
    let truth = world.sim.truth();
    let runs = truth.projects.iter().map(|project| {
        let roots = vec![Roots::Project {
            path: project.path_with_namespace.clone(),
        }];
        let options = CopyOptions {
            roots,
            ..world.options()
        };
        let (world, sink) = (&world, &sink);
        async move { world.copy(sink, &options).await }
    });
    for report in futures::future::join_all(runs).await {
        assert!(report.is_complete(), "{report:#?}");
    }
    // What is left are the lists of groups.
    let rest = world.copy(&sink, &world.options()).await;
    assert!(rest.is_complete());
    assert_eq!(rest.streams["issues"].rows, 0);
    world.assert_same(&sink, Rows::Whole).await;
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_goes_on_where_another_tool_left_off() {
    let world = World::start(4, 4).await;
    let until = world.sim.now() - Duration::from_secs(2 * 86_400);
    let sink = Memory::taken_over("issues", until);
    let report = world.copy(&sink, &world.options()).await;
    assert_eq!(sink.completed(), [world.sim.now()]);
    let issues: Vec<_> = sink.rows("issues").into_values().flatten().collect();
    assert_eq!(report.streams["issues"].rows, issues.len() as u64);
    assert!(!issues.is_empty(), "no issue has changed since");
    let overlap = world.options().read.overlap;
    assert!(
        issues
            .iter()
            .all(|issue| issue.updated_at >= Some(until - overlap))
    );
    // Lists that were read since know themselves where they go on.
    let asked = sink.asked();
    assert!(asked > 0);
    world.copy(&sink, &world.options()).await;
    assert_eq!(sink.asked(), asked);
    // What that tool did not copy is there from its beginning.
    let whole = Memory::default();
    world.copy(&whole, &world.options()).await;
    assert!(whole.rows("issues").values().flatten().count() > issues.len());
    for stream in ["pipelines", "issue_notes"] {
        assert_eq!(sink.rows(stream), whole.rows(stream), "{stream}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_fails_stops_no_other_and_goes_on_later() {
    let world = World::start(3, 2).await;
    let failing = world.sim.truth().pipelines[0].project_id;
    world.sim.set_faults(Faults {
        failing_project: Some(failing),
        ..Faults::default()
    });
    let sink = Memory::default();
    let options = CopyOptions {
        only: ["issues", "pipelines", "jobs"].map(str::to_owned).into(),
        ..world.options()
    };
    let report = world.copy(&sink, &options).await;
    assert!(!report.is_complete());
    assert!(sink.completed().is_empty());
    assert!(report.failed() >= 1, "{report:#?}");
    assert!(report.rows() > 0);
    let told = report.streams.values().flat_map(|it| &it.errors).next();
    let parent = format!("projects/{failing}");
    assert!(told.is_some_and(|it| it.starts_with(&parent)), "{told:?}");
    world.sim.set_faults(Faults::default());
    let report = world.copy(&sink, &world.options()).await;
    assert!(report.is_complete());
    assert!(report.skipped() > 0, "what the tier lacks is skipped");
    world.assert_same(&sink, Rows::Whole).await;
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timed_commit_that_fails_ends_its_family_at_once_and_no_other() {
    let world = World::start(12, 2).await;
    world.sim.set_faults(Faults {
        latency: Duration::from_millis(20),
        ..Faults::default()
    });
    let sink = Memory::refusing("issues");
    let options = CopyOptions {
        only: ["branches", "issues", "issue_notes", "tags"]
            .map(str::to_owned)
            .into(),
        concurrency: 1,
        // Nothing but time makes a batch.
        batch_bytes: 64 << 20,
        batch_time: Duration::from_millis(100),
        ..world.options()
    };
    let (progress, stop) = (Progress::default(), CancellationToken::new());
    let client = world.client();
    let error = copy(&client, &sink, &options, &progress, &stop)
        .await
        .unwrap_err();
    assert!(matches!(error, CopyError::Sink(_)), "{error}");
    assert_eq!(
        error.to_string(),
        "failed to write to memory: told to refuse"
    );
    let report = progress.report();
    let lists = |stream: &str| report.streams.get(stream).map_or(0, |it| it.lists);
    assert!((1..6).contains(&lists("issues")), "{report:#?}");
    assert_eq!((lists("branches"), lists("tags")), (12, 12), "{report:#?}");
    assert!(!sink.rows("branches").is_empty() && sink.rows("issues").is_empty());
    assert!(sink.completed().is_empty());
    assert_eq!(
        sink.mend(),
        1,
        "it is not tried again, and nothing is committed past it"
    );

    world.sim.set_faults(Faults::default());
    world.copy(&sink, &world.options()).await;
    world.assert_same(&sink, Rows::Whole).await;
    sink.assert_nothing_twice();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_stream_and_a_refused_token_are_told() {
    let world = World::start(1, 1).await;
    let sink = Memory::default();
    let (progress, stop) = (Progress::default(), CancellationToken::new());
    let client = world.client();
    let options = CopyOptions {
        only: vec!["isues".to_owned()],
        ..world.options()
    };
    let error = copy(&client, &sink, &options, &progress, &stop)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("isues"), "{error}");
    let mut config =
        labtower_gitlab::ClientConfig::new(world.sim.url().parse().unwrap(), "glpat-wrong".into());
    config.retries = 1;
    let client =
        labtower_gitlab::Client::new(config, std::sync::Arc::new(labtower_model::SystemClock))
            .unwrap();
    let error = copy(&client, &sink, &world.options(), &progress, &stop)
        .await
        .unwrap_err();
    assert!(
        matches!(error, CopyError::Gitlab(GitlabError::Unauthorized { .. })),
        "{error}"
    );
}
