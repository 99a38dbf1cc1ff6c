//! The client against the simulated GitLab: everything it says is true, whatever goes wrong on the way.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::future::join_all;
use labtower_gitlab::{
    Client, ClientConfig, GitlabError, GroupOptions, PipelineFilter, PipelineList, Priority,
};
use labtower_model::{
    Job, JobId, JobKind, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, ProjectId, RefKind,
    RunnerId, Status, SystemClock, Timestamp, User, UserId,
};
use labtower_sim::{Faults, Limits, Sim, SimClock, SimConfig, Throttle, TrueJob, TruePipeline};

/// End of the simulated history.
const START: &str = "2026-11-20T12:00:00Z";

async fn sim(config: SimConfig) -> Sim {
    let config = SimConfig {
        clock: SimClock::Manual {
            start: START.parse().unwrap(),
        },
        growing_durations: false,
        ..config
    };
    Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

fn small() -> SimConfig {
    SimConfig {
        projects: 8,
        days: 3,
        pipelines_per_day: 8.0,
        base_path: "/gitlab".to_owned(),
        ..SimConfig::default()
    }
}

fn client(sim: &Sim) -> Client {
    let mut config = ClientConfig::new(sim.url().parse().unwrap(), sim.token().into());
    config.throttled_wait = Duration::from_millis(50);
    config.retries = 8;
    Client::new(config, Arc::new(SystemClock)).unwrap()
}

/// Every pipeline of every project, read as a backfill does.
async fn everything(client: &Client) -> BTreeMap<PipelineId, PipelineWithJobs> {
    let options = GroupOptions {
        archived: true,
        ..GroupOptions::default()
    };
    let projects = client.group_projects("acme", &options).await.unwrap().value;
    let lists = projects.iter().flat_map(|project| {
        [PipelineList::Own, PipelineList::Children].map(|list| one_list(client, project.id, list))
    });
    join_all(lists).await.into_iter().flatten().collect()
}

async fn one_list(
    client: &Client,
    project: ProjectId,
    list: PipelineList,
) -> Vec<(PipelineId, PipelineWithJobs)> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let page = client
            .pipelines_page(
                project,
                list,
                PipelineFilter::UpdatedAfter(Timestamp::UNIX_EPOCH),
                cursor.as_deref(),
                Priority::Backfill,
            )
            .await
            .unwrap()
            .value
            .unwrap();
        found.extend(
            page.pipelines
                .into_iter()
                .map(|whole| (whole.pipeline.id, whole)),
        );
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

/// The simulator's truth in the model's words.
fn truth(sim: &Sim) -> BTreeMap<PipelineId, PipelineWithJobs> {
    let wholes = sim.truth().pipelines.into_iter().map(true_pipeline);
    wholes.map(|whole| (whole.pipeline.id, whole)).collect()
}

fn true_pipeline(of: TruePipeline) -> PipelineWithJobs {
    let mut jobs: Vec<Job> = of.jobs.into_iter().map(true_job).collect();
    jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
    let pipeline = Pipeline {
        id: PipelineId(of.id as i64),
        iid: PipelineIid(of.iid as i64),
        project_id: ProjectId(of.project_id as i64),
        name: of.name,
        ref_name: of.ref_name,
        ref_kind: [RefKind::Branch, RefKind::Tag, RefKind::MergeRequest]
            .into_iter()
            .find(|kind| kind.as_str() == of.ref_kind)
            .unwrap(),
        sha: of.sha,
        source: of.source,
        status: Status::parse(&of.status),
        created_at: of.created_at,
        updated_at: of.updated_at,
        started_at: of.started_at,
        finished_at: of.finished_at,
        committed_at: of.committed_at,
        duration: of.duration,
        queued_duration: of.queued_duration,
        coverage: of.coverage,
        failure_reason: of.failure_reason,
        user: of.user.map(|user| User {
            id: UserId(user.id as i64),
            username: user.username,
            name: user.name,
        }),
    };
    PipelineWithJobs { pipeline, jobs }
}

fn true_job(of: TrueJob) -> Job {
    Job {
        id: JobId(of.id as i64),
        pipeline_id: PipelineId(of.pipeline_id as i64),
        project_id: ProjectId(of.project_id as i64),
        kind: [JobKind::Build, JobKind::Bridge, JobKind::External]
            .into_iter()
            .find(|kind| kind.as_str() == of.kind)
            .unwrap(),
        name: of.name,
        stage: of.stage,
        status: Status::parse(&of.status),
        created_at: of.created_at,
        started_at: of.started_at,
        finished_at: of.finished_at,
        duration: of.duration,
        queued_duration: of.queued_duration,
        coverage: of.coverage,
        allow_failure: of.allow_failure,
        retried: of.retried,
        failure_reason: of.failure_reason,
        exit_code: of.exit_code,
        tags: of.tags,
        runner_id: of.runner_id.map(|id| RunnerId(id as i64)),
        downstream_pipeline_id: of.downstream_pipeline_id.map(|id| PipelineId(id as i64)),
    }
}

/// Says what differs, briefly.
fn assert_same(
    what: &str,
    found: &BTreeMap<PipelineId, PipelineWithJobs>,
    truth: &BTreeMap<PipelineId, PipelineWithJobs>,
) {
    let mut found = found.clone();
    for (id, whole) in truth {
        let Some(mut read) = found.remove(id) else {
            panic!("{what}: pipeline {id} was not found");
        };
        read.jobs.sort_by_key(|job| std::cmp::Reverse(job.id));
        assert_eq!(read.pipeline, whole.pipeline, "{what}");
        assert_eq!(
            read.jobs.len(),
            whole.jobs.len(),
            "{what}: jobs of pipeline {id}"
        );
        for (read, job) in read.jobs.iter().zip(&whole.jobs) {
            assert_eq!(read, job, "{what}");
        }
    }
    assert!(
        found.is_empty(),
        "{what}: not in GitLab: {:?}",
        found.keys()
    );
}

#[tokio::test]
async fn whole_history_is_read_as_it_is() {
    let sim = sim(SimConfig {
        archived_projects: 2,
        ..small()
    })
    .await;
    let client = client(&sim);
    let found = everything(&client).await;
    assert!(found.len() > 100);
    assert_same("plain", &found, &truth(&sim));
}

#[tokio::test]
async fn whole_history_is_read_under_every_fault() {
    let read = Faults::scenarios().iter().map(async |(name, faults)| {
        // Rows that come late, and other clocks, are for a reader that comes back.
        let faults = Faults {
            late_rows: Duration::ZERO,
            clock_skew: jiff::SignedDuration::ZERO,
            ..faults.clone()
        };
        let sim = sim(SimConfig { faults, ..small() }).await;
        assert_same(name, &everything(&client(&sim)).await, &truth(&sim));
    });
    join_all(read).await;
}

#[tokio::test]
async fn pipelines_larger_than_a_page_of_jobs_are_whole() {
    let sim = sim(SimConfig {
        projects: 3,
        days: 1,
        pipelines_per_day: 5.0,
        jobs_per_pipeline: 150,
        ..small()
    })
    .await;
    let truth = truth(&sim);
    assert!(truth.values().any(|whole| whole.jobs.len() > 100));
    let client = client(&sim);
    assert_same("by page", &everything(&client).await, &truth);

    let ids: Vec<ProjectId> = project_ids(&sim);
    let changed = client
        .changed(&ids, Timestamp::UNIX_EPOCH, Priority::Fresh)
        .await
        .unwrap();
    let found: BTreeMap<_, _> = wholes(changed.value);
    let truth = truth
        .into_iter()
        .filter(|(id, _)| found.contains_key(id))
        .collect();
    assert_same("by poll", &found, &truth);
}

fn project_ids(sim: &Sim) -> Vec<ProjectId> {
    let projects = sim.truth().projects;
    projects
        .iter()
        .map(|project| ProjectId(project.id as i64))
        .collect()
}

fn wholes(
    projects: Vec<labtower_gitlab::ProjectPipelines>,
) -> BTreeMap<PipelineId, PipelineWithJobs> {
    let all = projects.into_iter().flat_map(|project| project.pipelines);
    all.map(|whole| (whole.pipeline.id, whole)).collect()
}

#[tokio::test]
async fn poll_brings_all_that_changed_in_one_request() {
    let sim = sim(SimConfig {
        projects: 100,
        days: 2,
        ..small()
    })
    .await;
    let client = client(&sim);
    let ids = project_ids(&sim);
    // Also learns GitLab's time.
    let before = client
        .running(&ids, Priority::Running)
        .await
        .unwrap()
        .answered_at;
    sim.reset_requests();
    let idle = client
        .changed(&ids, sim.now(), Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(idle.value.len(), 100);
    assert_eq!(sim.requests().values().sum::<u64>(), 1);

    sim.advance(Duration::from_secs(300));
    let changed = client.changed(&ids, before, Priority::Fresh).await.unwrap();
    assert_eq!(changed.asked_at, before);
    let found = wholes(changed.value);
    assert!(!found.is_empty());
    let truth = truth(&sim).into_iter();
    let expected = truth
        .filter(|(_, whole)| whole.pipeline.updated_at >= before)
        .collect();
    assert_same("poll", &found, &expected);
}

#[tokio::test]
async fn running_pipelines_and_counts_agree_with_the_truth() {
    let sim = sim(SimConfig {
        projects: 30,
        ..small()
    })
    .await;
    let client = client(&sim);
    let ids = project_ids(&sim);
    let truth = truth(&sim);
    let running = client.running(&ids, Priority::Running).await.unwrap();
    let expected: BTreeMap<_, _> = truth
        .clone()
        .into_iter()
        .filter(|(_, whole)| whole.pipeline.status == Status::Running)
        .collect();
    assert_same("running", &wholes(running.value), &expected);

    let since: Timestamp = "2026-11-19T12:00:00Z".parse().unwrap();
    let counts = client
        .counts(&ids, since, Priority::Backfill)
        .await
        .unwrap()
        .value;
    assert_eq!(counts.len(), ids.len());
    for count in counts {
        let of = |child: bool| {
            let own = truth
                .values()
                .map(|whole| &whole.pipeline)
                .filter(|pipeline| {
                    pipeline.project_id == count.project_id
                        && pipeline.updated_at >= since
                        && (pipeline.source.as_deref() == Some("parent_pipeline")) == child
                });
            own.count() as u64
        };
        assert_eq!((count.pipelines, count.children), (of(false), of(true)));
    }
}

#[tokio::test]
async fn projects_of_a_group_are_all_found_while_pages_shift() {
    let sim = sim(SimConfig {
        projects: 450,
        days: 1,
        pipelines_per_day: 0.1,
        archived_projects: 3,
        shared_projects: 2,
        ..small()
    })
    .await;
    let truth = sim.truth().projects;
    for scenario in ["none", "duplicated_pages", "shifted_pages"] {
        sim.set_faults(Faults::scenario(scenario).unwrap());
        for (shared, archived) in [(false, false), (true, true)] {
            let options = GroupOptions {
                recursive: true,
                shared,
                archived,
            };
            let found = client(&sim)
                .group_projects("acme", &options)
                .await
                .unwrap()
                .value;
            let found: Vec<u64> = found
                .iter()
                .map(|project| project.id.get() as u64)
                .collect();
            let expected: Vec<u64> = truth
                .iter()
                .filter(|project| (shared || !project.shared) && (archived || !project.archived))
                .map(|project| project.id)
                .collect();
            assert_eq!(found, expected, "{scenario}");
        }
    }
}

#[tokio::test]
async fn probe_knows_the_simulator() {
    let sim = sim(small()).await;
    let found = client(&sim).probe().await.unwrap();
    assert_eq!(found.complexity_limit, Some(250));
    assert!(found.version.starts_with("18."));
    assert!(found.token.unwrap().scopes.contains(&"read_api".to_owned()));
}

#[tokio::test]
async fn hidden_project_is_absent_and_failing_one_is_an_error() {
    let sim = sim(small()).await;
    let ids = project_ids(&sim);
    let (hidden, failing) = (ids[0], ids[1]);
    sim.set_faults(Faults {
        forbidden_projects: vec![hidden.get() as u64],
        failing_project: Some(failing.get() as u64),
        ..Faults::default()
    });
    let client = client(&sim);
    let all = client.changed(&ids, Timestamp::UNIX_EPOCH, Priority::Fresh);
    let error = all.await.unwrap_err();
    assert!(
        matches!(error, GitlabError::GraphQl { partial: true, .. }),
        "{error}"
    );
    let others: Vec<_> = ids.iter().copied().filter(|id| *id != failing).collect();
    let found = client
        .changed(&others, Timestamp::UNIX_EPOCH, Priority::Fresh)
        .await
        .unwrap();
    let found: Vec<_> = found
        .value
        .iter()
        .map(|project| project.project_id)
        .collect();
    assert_eq!(found, ids[2..]);
    let hidden = client
        .project(&hidden.to_string(), Priority::Fresh)
        .await
        .unwrap();
    assert_eq!(hidden.value, None);
}

#[tokio::test]
async fn enforced_quota_is_used_and_never_exceeded() {
    let throttle = Throttle {
        requests: 60,
        window: Duration::from_secs(2),
    };
    let sim = sim(small()).await;
    sim.set_limits(Limits {
        user: Some(throttle),
        ..Limits::default()
    });
    let client = client(&sim);
    let id = project_ids(&sim)[0].to_string();
    let began = Instant::now();
    let ask = || async {
        for _ in 0..15 {
            client.project(&id, Priority::Fresh).await.unwrap();
        }
    };
    join_all((0..12).map(|_| ask())).await;
    assert_eq!(sim.throttled(), 0);
    // 181 requests at 60 per window: in the fourth window, begun after three whole ones.
    let took = began.elapsed();
    assert!(
        took >= 3 * throttle.window && took < 4 * throttle.window,
        "{took:?}"
    );
}

#[tokio::test]
async fn quota_shared_with_another_client_is_not_exceeded_by_much() {
    let sim = sim(small()).await;
    sim.set_limits(Limits {
        user: Some(Throttle {
            requests: 50,
            window: Duration::from_secs(2),
        }),
        ..Limits::default()
    });
    let (one, other) = (client(&sim), client(&sim));
    let id = project_ids(&sim)[0].to_string();
    let ask = async |client: &Client| {
        for _ in 0..30 {
            client.project(&id, Priority::Fresh).await.unwrap();
        }
    };
    tokio::join!(ask(&one), ask(&one), ask(&other), ask(&other));
    // Neither knows what the other has under way, but both believe the headers.
    assert!(sim.throttled() <= 6, "{}", sim.throttled());
}
