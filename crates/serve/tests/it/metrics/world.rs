//! Something of everything that `/metrics` tells.

use labtower_model::{
    Commit, Deployment, DeploymentId, Environment, EnvironmentId, Job, JobArtifacts, JobId,
    MergeRequest, MergeRequestId, MergeRequestIid, PipelineId, PipelineSchedule, PipelineWithJobs,
    ProjectId, ProjectStatistics, RefKind, Runner, RunnerDetails, RunnerId, ScheduleId, Status,
    TestCase, TestCounts, TestReport, TestSuite, samples,
};
use labtower_serve::{MetricsOptions, ServeOptions};
use labtower_store::{
    ActivityUpdate, Batch, Delivery, HookOutcome, InboxUpdate, Received, SinkUpdate, SyncUpdate,
};

use crate::app::TestApp;
use crate::samples::{BUILDER, SHOP, WEB, data, live, now};

const HOUR: i64 = 3600;

/// Settings that leave nothing out.
pub(super) fn everything() -> ServeOptions {
    let mut metrics = MetricsOptions {
        ref_allowed: std::sync::Arc::new(|_, _| true),
        ..MetricsOptions::default()
    };
    metrics.switches = labtower_serve::metrics::Switch::ALL.into_iter().collect();
    ServeOptions {
        metrics,
        instance_metrics: Some(std::sync::Arc::new(|samples| {
            let labels = [
                ("endpoint", "POST /api/graphql"),
                ("status", "200"),
                ("priority", "fresh"),
            ];
            samples.put("labtower_api_requests_total", &labels, 7.0);
            samples.put("labtower_api_retries_total", &[], 1.0);
        })),
        ..ServeOptions::default()
    }
}

/// A server over all of it.
pub(super) async fn app(options: ServeOptions) -> TestApp {
    let app = TestApp::with_options(options);
    write(&app).await;
    app
}

/// Writes all of it.
pub(super) async fn write(app: &TestApp) {
    app.write(data()).await;
    app.write(pipelines()).await;
    app.write(activity()).await;
    app.write(delivery()).await;
    app.write(sink()).await;
    app.write(webhooks()).await;
    app.write(live()).await;
}

/// A merge request's pipelines, jobs that wait and run, retries, a child pipeline.
fn pipelines() -> Batch {
    let mut train = unit(2001, SHOP, Status::Success, 10 * HOUR);
    train.pipeline.ref_kind = RefKind::MergeRequest;
    train.pipeline.ref_name = Some("refs/merge-requests/5/train".to_owned());
    train.pipeline.source = Some("merge_request_event".to_owned());
    let mut head = train.clone();
    head.pipeline.id = PipelineId(2000);
    head.pipeline.created_at = samples::at(9 * HOUR);
    head.pipeline.ref_name = Some("refs/merge-requests/5/head".to_owned());
    head.jobs.clear();

    let mut flaky = unit(2002, BUILDER, Status::Success, 12 * HOUR);
    let name = "say \"hi\"\\\nbye";
    flaky.jobs = vec![
        Job {
            status: Status::Failed,
            retried: true,
            failure_reason: Some("runner_system_failure".to_owned()),
            ..job(70_001, &flaky, name)
        },
        Job {
            duration: Some(61),
            queued_duration: Some(0.75),
            runner_id: Some(RunnerId(9)),
            ..job(70_002, &flaky, name)
        },
        Job {
            status: Status::Failed,
            allow_failure: true,
            failure_reason: Some("script_failure".to_owned()),
            ..job(70_003, &flaky, "lint")
        },
    ];
    flaky.pipeline.ref_name = Some("release".to_owned());

    let mut running = unit(2003, WEB, Status::Running, 18 * HOUR);
    running.pipeline.duration = None;
    running.jobs = vec![
        Job {
            status: Status::Running,
            finished_at: None,
            duration: None,
            started_at: Some(samples::at(18 * HOUR + 600)),
            runner_id: Some(RunnerId(9)),
            ..job(70_011, &running, "build")
        },
        Job {
            status: Status::Pending,
            started_at: None,
            finished_at: None,
            duration: None,
            queued_duration: None,
            tags: vec!["gpu".to_owned(), "large".to_owned()],
            ..job(70_012, &running, "train")
        },
    ];
    running.pipeline.ref_name = Some("topic/new".to_owned());

    let mut broken = unit(2004, SHOP, Status::Failed, 11 * HOUR);
    broken.pipeline.failure_reason = Some("config_error".to_owned());
    broken.pipeline.duration = None;
    broken.jobs.clear();

    let mut scheduled = unit(2005, WEB, Status::Success, -12 * HOUR);
    scheduled.pipeline.source = Some("schedule".to_owned());
    Batch {
        read_at: Some(now()),
        pipelines: vec![train, head, flaky, running, broken, scheduled],
        ..Batch::default()
    }
}

fn unit(id: i64, project: ProjectId, status: Status, created: i64) -> PipelineWithJobs {
    let mut unit = samples::pipeline_with_jobs();
    unit.pipeline.id = PipelineId(id);
    unit.pipeline.project_id = project;
    unit.pipeline.status = status;
    unit.pipeline.created_at = samples::at(created);
    unit.pipeline.updated_at = samples::at(created + 200);
    let job = job(id * 10, &unit, "test");
    unit.jobs = vec![job];
    unit
}

fn job(id: i64, unit: &PipelineWithJobs, name: &str) -> Job {
    Job {
        id: JobId(id),
        pipeline_id: unit.pipeline.id,
        project_id: unit.pipeline.project_id,
        name: name.to_owned(),
        created_at: unit.pipeline.created_at,
        ..samples::job()
    }
}

/// Merge requests, commits, statistics.
fn activity() -> Batch {
    let request = |id: i64, project_id, state: &str, merged: Option<i64>| MergeRequest {
        id: MergeRequestId(id),
        iid: MergeRequestIid(id),
        project_id,
        state: state.to_owned(),
        draft: false,
        created_at: samples::at(-30 * HOUR),
        merged_at: merged.map(samples::at),
        ..samples::merge_request()
    };
    let commit = |sha: &str, committed: i64| Commit {
        project_id: BUILDER,
        sha: sha.repeat(20),
        committed_at: samples::at(committed),
        ..samples::commit()
    };
    let mut sync = Vec::new();
    for project_id in [BUILDER, WEB, SHOP] {
        sync.push(SyncUpdate::Activity(ActivityUpdate::Started {
            project_id,
            watermark: now(),
            cursor: None,
            at: now(),
        }));
        sync.push(SyncUpdate::Activity(ActivityUpdate::CommitsRead {
            project_id,
            from: samples::at(-100 * HOUR),
            counted: Some(1200),
            covered: Some(1200),
            last_activity_at: Some(now()),
            read_at: now(),
        }));
    }
    Batch {
        read_at: Some(now()),
        merge_requests: vec![
            request(1, BUILDER, "opened", None),
            request(2, BUILDER, "merged", Some(-28 * HOUR)),
            request(3, BUILDER, "merged", Some(5 * HOUR)),
            request(4, SHOP, "closed", None),
        ],
        commits: vec![
            commit("ab", -HOUR),
            commit("cd", 3 * HOUR),
            commit("ef", 4 * HOUR),
        ],
        statistics: [(BUILDER, Some(1200)), (WEB, Some(21)), (SHOP, None)]
            .map(|(project_id, commit_count)| ProjectStatistics {
                project_id,
                commit_count,
                ..samples::statistics()
            })
            .to_vec(),
        sync,
        ..Batch::default()
    }
}

/// Environments, deployments, schedules, runners, test reports.
fn delivery() -> Batch {
    let environment = |id: i64, name: &str, state: &str, tier: &str| Environment {
        id: EnvironmentId(id),
        project_id: BUILDER,
        name: name.to_owned(),
        slug: None,
        state: Some(state.to_owned()),
        tier: Some(tier.to_owned()),
        external_url: Some(format!("https://{name}.example.com")),
        created_at: Some(samples::at(-100 * HOUR)),
        updated_at: Some(samples::at(0)),
    };
    let deployment = |id: i64, status: &str, created: i64| Deployment {
        id: DeploymentId(id),
        iid: id,
        project_id: BUILDER,
        environment_id: EnvironmentId(1),
        status: status.to_owned(),
        ref_name: Some("main".to_owned()),
        tag: Some(false),
        sha: Some("ab".repeat(20)),
        created_at: samples::at(created),
        updated_at: samples::at(created + 90),
        finished_at: Some(samples::at(created + 90)),
        committed_at: Some(samples::at(-HOUR)),
        duration: Some(85.5),
        job_id: Some(JobId(50_001)),
        pipeline_id: Some(PipelineId(1001)),
        user: samples::pipeline().user,
    };
    let schedule = |id: i64, project_id, next: i64, active: bool| PipelineSchedule {
        id: ScheduleId(id),
        project_id,
        description: Some(format!("nightly {id}")),
        ref_name: Some("main".to_owned()),
        cron: Some("0 2 * * *".to_owned()),
        cron_timezone: Some("UTC".to_owned()),
        active,
        next_run_at: Some(samples::at(next)),
        last_pipeline_id: None,
        owner: None,
        created_at: None,
        updated_at: None,
    };
    let counts = TestCounts {
        time: 12.5,
        count: 10,
        success: 7,
        failed: 1,
        skipped: 1,
        error: 1,
    };
    let runner = |id: i64, status: &str| Runner {
        id: RunnerId(id),
        description: Some(format!("runner {id}")),
        runner_type: Some("instance_type".to_owned()),
        status: Some(status.to_owned()),
        paused: false,
        created_at: None,
    };
    Batch {
        read_at: Some(now()),
        delivery: vec![
            Delivery::Environments {
                project_id: BUILDER,
                environments: vec![
                    environment(1, "production", "available", "production"),
                    environment(2, "review", "stopped", "development"),
                ],
            },
            Delivery::Deployments(vec![
                deployment(11, "success", HOUR),
                deployment(12, "failed", 2 * HOUR),
                deployment(13, "success", 3 * HOUR),
            ]),
            Delivery::Schedules {
                project_id: WEB,
                schedules: vec![schedule(21, WEB, 17 * HOUR, true)],
            },
            Delivery::Schedules {
                project_id: SHOP,
                schedules: vec![
                    schedule(22, SHOP, 18 * HOUR + 1800, true),
                    schedule(23, SHOP, -HOUR, false),
                ],
            },
            Delivery::Runners(vec![runner(9, "online"), runner(10, "offline")]),
            Delivery::RunnerDetails {
                details: vec![RunnerDetails {
                    id: RunnerId(9),
                    tags: vec!["docker".to_owned()],
                    version: None,
                    contacted_at: Some(samples::at(18 * HOUR)),
                }],
                at: now(),
            },
            Delivery::TestReports(vec![TestReport {
                pipeline_id: PipelineId(2002),
                project_id: BUILDER,
                pipeline_updated_at: samples::at(12 * HOUR + 200),
                total: counts,
                suites: vec![TestSuite {
                    name: "unit".to_owned(),
                    counts,
                    error: None,
                }],
            }]),
            Delivery::Artifacts(vec![JobArtifacts {
                job_id: JobId(20_010),
                pipeline_id: PipelineId(2001),
                size: 4_096,
            }]),
            Delivery::TestCases {
                pipeline_id: PipelineId(2002),
                cases: vec![TestCase {
                    suite: "unit".to_owned(),
                    name: "adds".to_owned(),
                    classname: Some("math".to_owned()),
                    status: "failed".to_owned(),
                    execution_time: Some(0.25),
                    message: None,
                }],
            },
        ],
        ..Batch::default()
    }
}

/// A sink that took something.
fn sink() -> Batch {
    let name = || "otlp".to_owned();
    let begun = SinkUpdate::Begun {
        name: name(),
        seq: 0,
        since: None,
    };
    let sent = SinkUpdate::Sent {
        name: name(),
        rows: 12,
        refused: 1,
        error: None,
        at: now(),
    };
    Batch {
        sync: vec![SyncUpdate::Sink(begun), SyncUpdate::Sink(sent)],
        ..Batch::default()
    }
}

/// Two webhooks, of which one was applied.
fn webhooks() -> Batch {
    let received = |key: &str| {
        let hook = Received::new(key.to_owned(), "pipeline".to_owned(), now(), b"{}");
        InboxUpdate::Received(hook.unwrap())
    };
    let applied = InboxUpdate::Settled {
        id: 1,
        outcome: HookOutcome::Applied,
        error: None,
    };
    let steps = [received("one"), received("two"), applied];
    Batch {
        sync: steps.map(SyncUpdate::Inbox).into(),
        ..Batch::default()
    }
}
