//! Traces of a whole simulated GitLab: every finished pipeline and job, each family in one trace, come what may.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::Stdio;
use std::time::Duration;

use labtower_export::otlp::{OtlpOptions, Pace, Since};
use labtower_model::samples::at;
use labtower_model::{Status, Timestamp};
use labtower_sim::{Faults, Sim, SimClock, SimConfig, TruePipeline, Truth};
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::app::{App, PATIENCE};
use crate::process::labtower_on;
use crate::receiver::{Inbox, Mood, Received, Receiver};

/// Ends of the binary by force.
const KILLS: usize = 8;

/// A run of a pipeline: its id, and when it ended in unix nanoseconds.
type Run = (u64, u64);

fn world() -> SimConfig {
    SimConfig {
        seed: 7,
        projects: 30,
        days: 2,
        pipelines_per_day: 6.0,
        clock: SimClock::Manual { start: at(0) },
        ..SimConfig::default()
    }
}

async fn start(receiver: &Receiver) -> App {
    let endpoint = receiver.url.parse().unwrap();
    App::start_with(world(), |options| {
        options.export.otlp = Some(OtlpOptions {
            since: Since::Backfill,
            pace: Pace {
                tick: Duration::from_millis(20),
                first_delay: Duration::from_millis(20),
                longest_delay: Duration::from_millis(100),
                ..Pace::default()
            },
            ..OtlpOptions::new(endpoint, options.client.url.clone())
        });
    })
    .await
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap()
}

fn is_finished(pipeline: &TruePipeline) -> bool {
    Status::parse(&pipeline.status).is_finished()
}

/// What must have been sent.
fn runs(truth: &Truth) -> BTreeSet<Run> {
    let finished = truth
        .pipelines
        .iter()
        .filter(|pipeline| is_finished(pipeline));
    finished
        .map(|pipeline| {
            let ended = pipeline.finished_at.unwrap_or(pipeline.updated_at);
            (pipeline.id, nanoseconds(ended.max(pipeline.created_at)))
        })
        .collect()
}

/// What was sent.
fn sent(inbox: &Inbox) -> BTreeSet<Run> {
    let pipelines = inbox.spans.iter().filter(|span| span.is_pipeline());
    pipelines
        .map(|span| (span.run(), span.span.end_time_unix_nano))
        .collect()
}

/// Waits until everything has been sent.
async fn all_sent(receiver: &Receiver, truth: &Truth) -> Inbox {
    let expected = runs(truth);
    let came = receiver
        .patiently(|inbox| sent(inbox).is_superset(&expected))
        .await;
    came.unwrap_or_else(|inbox| {
        let sent = sent(&inbox);
        let lacking: Vec<_> = expected.difference(&sent).collect();
        let runs: BTreeSet<u64> = lacking.iter().map(|(run, _)| *run).collect();
        let otherwise = sent.iter().find(|(run, _)| runs.contains(run));
        panic!(
            "{} of {} never came, such as {:?}; otherwise came {otherwise:?}",
            lacking.len(),
            expected.len(),
            lacking.first(),
        )
    })
}

/// Whether a pipeline that runs was rightly sent: it had ended before.
fn runs_again(pipeline: &TruePipeline, sent: &Received) -> bool {
    let ended = sent.span.end_time_unix_nano;
    let later = |at: Option<Timestamp>| at.is_none_or(|at| nanoseconds(at) >= ended);
    !is_finished(pipeline)
        && Status::parse(sent.attribute("gitlab.pipeline.status")).is_finished()
        && pipeline.jobs.iter().any(|job| later(job.started_at))
}

/// Fails unless the spans are the truth, and each family is one trace.
fn assert_spans_equal_truth(inbox: &Inbox, truth: &Truth) {
    let pipelines: HashMap<u64, &TruePipeline> = truth
        .pipelines
        .iter()
        .map(|pipeline| (pipeline.id, pipeline))
        .collect();
    // A bridge of a pipeline that still runs is sent when that ends.
    inbox.assert_valid(|span| {
        let parent = pipelines[&span.run()].parent_id;
        span.is_pipeline() && parent.is_some_and(|parent| !is_finished(pipelines[&parent]))
    });
    let newest = inbox.newest();
    let by = |wanted: fn(&Received) -> bool, id: fn(&Received) -> u64| {
        let mut found: BTreeMap<u64, &Received> = BTreeMap::new();
        for received in newest.values().filter(|received| wanted(received)) {
            assert!(
                found.insert(id(received), received).is_none(),
                "{received:?} under two ids"
            );
        }
        found
    };
    let mut runs = by(Received::is_pipeline, Received::run);
    let mut tasks = by(Received::is_job, Received::task);
    // What had ended and was sent, and then had a job retried or a manual one started, runs again.
    let again: BTreeSet<u64> = runs
        .iter()
        .filter(|(id, run)| runs_again(pipelines[id], run))
        .map(|(id, _)| *id)
        .collect();
    runs.retain(|id, _| !again.contains(id));
    tasks.retain(|_, task| !again.contains(&task.run()));
    let finished: Vec<_> = truth.pipelines.iter().filter(|p| is_finished(p)).collect();
    assert_eq!(
        runs.len(),
        finished.len(),
        "each finished pipeline, and no other"
    );
    let jobs: usize = finished.iter().map(|pipeline| pipeline.jobs.len()).sum();
    assert_eq!(
        tasks.len(),
        jobs,
        "each job of a finished pipeline, and no other"
    );

    let mut traces: BTreeMap<u64, &[u8]> = BTreeMap::new();
    let mut family = 0;
    for pipeline in finished {
        let run = runs[&pipeline.id];
        assert_eq!(run.attribute("gitlab.pipeline.status"), pipeline.status);
        assert_eq!(
            run.attribute("vcs.ref.head.revision"),
            pipeline.sha.as_deref().unwrap()
        );
        assert_eq!(
            run.span.start_time_unix_nano,
            nanoseconds(pipeline.created_at)
        );
        let mut root = pipeline;
        while let Some(parent) = root.parent_id {
            root = pipelines[&parent];
        }
        let trace = traces.entry(root.id).or_insert(&run.span.trace_id);
        assert_eq!(
            *trace, run.span.trace_id,
            "pipeline {} is apart",
            pipeline.id
        );
        let bridge = pipeline.parent_id.and_then(|parent| {
            let bridges = pipelines[&parent].jobs.iter();
            let mut mine = bridges.filter(|job| job.downstream_pipeline_id == Some(pipeline.id));
            mine.next()
        });
        match bridge {
            None => assert!(
                run.span.parent_span_id.is_empty(),
                "pipeline {}",
                pipeline.id
            ),
            Some(bridge) => {
                family += 1;
                if let Some(task) = tasks.get(&bridge.id) {
                    assert_eq!(run.span.parent_span_id, task.span.span_id);
                }
            }
        }
        for job in &pipeline.jobs {
            let task = tasks[&job.id];
            assert_eq!(task.span.name, job.name);
            assert_eq!(task.span.parent_span_id, run.span.span_id);
            assert_eq!(task.attribute("gitlab.job.status"), job.status);
            assert_eq!(
                task.attribute("gitlab.job.retried"),
                job.retried.to_string()
            );
            if let (Some(started), Some(finished)) = (job.started_at, job.finished_at) {
                assert_eq!(task.span.start_time_unix_nano, nanoseconds(started));
                assert_eq!(task.span.end_time_unix_nano, nanoseconds(finished));
            }
        }
    }
    assert!(
        family > 5,
        "{family} downstream pipelines are too few to tell"
    );
    let distinct: BTreeSet<&[u8]> = traces.values().copied().collect();
    assert_eq!(distinct.len(), traces.len(), "two families in one trace");
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_are_the_truth_and_each_is_sent_once() {
    let receiver = Receiver::start().await;
    let app = start(&receiver).await;
    app.ready().await;
    let truth = app.sim.truth();
    let inbox = all_sent(&receiver, &truth).await;
    assert_eq!(inbox.spans.len(), inbox.newest().len(), "nothing twice");
    assert_spans_equal_truth(&inbox, &truth);

    app.sim.advance(Duration::from_secs(3 * 3600));
    app.sim.freeze();
    let truth = app.sim.truth();
    let inbox = all_sent(&receiver, &truth).await;
    assert_spans_equal_truth(&inbox, &truth);
    let again: Vec<_> = inbox
        .spans
        .iter()
        .filter(|span| span.is_pipeline())
        .collect();
    assert_eq!(again.len(), sent(&inbox).len(), "a run is sent once");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_holds_up_nothing_and_is_told_everything_later() {
    let receiver = Receiver::start().await;
    receiver.set_mood(Mood::Down(503, None));
    let app = start(&receiver).await;
    app.ready().await;
    receiver
        .until(|inbox| inbox.answers.get(&503) >= Some(&3))
        .await;
    app.sim.advance(Duration::from_secs(2 * 3600));
    app.sim.freeze();
    let truth = app.sim.truth();
    let stored = async {
        while app
            .store()
            .read(|reader| reader.totals())
            .unwrap()
            .pipelines
            < truth.pipelines.len() as u64
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, stored)
        .await
        .expect("the store follows GitLab");
    let problems = app.json("/api/sync").await["problems"].to_string();
    assert!(
        problems.contains("export otlp") && problems.contains("503"),
        "{problems}"
    );
    let told = |text: &str, name: &str| -> u64 {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line
            .unwrap_or_else(|| panic!("{name}: {text}"))
            .rsplit(' ')
            .next();
        value.unwrap().parse::<f64>().unwrap() as u64
    };
    let scrape = app.get("/metrics").await.text;
    assert!(told(&scrape, "labtower_sink_lag_seconds{sink=\"otlp\"}") >= 7200);
    assert!(told(&scrape, "labtower_sink_failures{") >= 3);

    receiver.set_mood(Mood::Take);
    let inbox = all_sent(&receiver, &truth).await;
    assert_spans_equal_truth(&inbox, &truth);
    let caught_up = async {
        loop {
            let scrape = app.get("/metrics").await.text;
            if told(&scrape, "labtower_sink_lag_seconds{") == 0 {
                break scrape;
            }
        }
    };
    let scrape = tokio::time::timeout(PATIENCE, caught_up)
        .await
        .expect("it catches up");
    assert_eq!(told(&scrape, "labtower_sink_failures{"), 0);
    let rows = told(
        &scrape,
        "labtower_sink_rows_total{sink=\"otlp\",outcome=\"sent\"}",
    );
    assert_eq!(rows, inbox.spans.len() as u64);
    let problems = app.json("/api/sync").await["problems"].to_string();
    assert_eq!(problems, "[]");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_no_span_and_double_only_what_can_be_told() {
    let config = SimConfig {
        clock: SimClock::Real { speed: 200.0 },
        faults: Faults {
            latency: Duration::from_millis(10),
            ..Faults::default()
        },
        ..world()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let receiver = Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let mut run = labtower_on(&sim, folder.path());
        run.arg("run")
            .env("LABTOWER__POLLER__INTERVAL_SECONDS", "0.3")
            .env("LABTOWER__POLLER__BACKFILL_DAYS", "4")
            .env("LABTOWER__EXPORT__OTLP__ENABLED", "true")
            .env("LABTOWER__EXPORT__OTLP__ENDPOINT", &receiver.url)
            .env("LABTOWER__EXPORT__OTLP__HEADERS", "x-key=hush")
            .env("LABTOWER__EXPORT__OTLP__SINCE", "backfill")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        run.spawn().unwrap()
    };
    let mut random = StdRng::seed_from_u64(5);
    for _ in 0..KILLS {
        let mut child = run();
        tokio::time::sleep(Duration::from_millis(random.random_range(300..2000))).await;
        // SIGKILL: the process gets no chance to put anything in order.
        child.kill().unwrap();
        child.wait().unwrap();
    }
    sim.freeze();
    let mut child = run();
    let truth = sim.truth();
    let inbox = all_sent(&receiver, &truth).await;
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(inbox.headers["x-key"], "hush");
    assert_spans_equal_truth(&inbox, &truth);
    // What came twice is the same, to the last attribute.
    let mut first: BTreeMap<Run, &Received> = BTreeMap::new();
    for received in inbox.spans.iter().filter(|span| span.is_pipeline()) {
        let run = (received.run(), received.span.end_time_unix_nano);
        if let Some(first) = first.insert(run, received) {
            assert_eq!(first.span, received.span);
        }
    }
    sim.stop().await;
}
