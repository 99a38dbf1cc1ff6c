//! Three projects, eight pipelines, one of each kind of trouble.

use jiff::Timestamp;
use labtower_model::{
    Job, JobId, JobKind, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, Project, ProjectId,
    RefKind, Status, samples,
};
use labtower_store::{
    Batch, CheckedDay, CompletenessUpdate, Gap, GapKind, Phase, RunStatus, SyncUpdate,
};

/// 2026-11-21T07:00:00Z
pub(crate) fn now() -> Timestamp {
    samples::at(19 * 3600)
}

pub(crate) const BUILDER: ProjectId = ProjectId(7);
pub(crate) const WEB: ProjectId = ProjectId(8);
pub(crate) const SHOP: ProjectId = ProjectId(9);

/// Projects and pipelines.
pub(crate) fn data() -> Batch {
    Batch {
        read_at: Some(now()),
        projects: vec![
            samples::project(),
            project(WEB, "platform/web", "web"),
            project(SHOP, "apps/shop", "shop <b>&amp;"),
        ],
        pipelines: vec![
            // Newest first; `at` is relative to 2026-11-20T12:00:00Z.
            with_jobs(
                pipeline(1002, BUILDER, "main", Status::Running, 18 * 3600),
                vec![],
            ),
            nightly(),
            samples::pipeline_with_jobs(),
            with_jobs(pipeline(1007, SHOP, "main", Status::Failed, -100), vec![]),
            bare(),
            with_jobs(
                pipeline(1006, SHOP, "feature/x", Status::Canceled, -5 * 86_400),
                vec![],
            ),
            with_jobs(
                pipeline(1005, SHOP, "main", Status::Success, -10 * 86_400),
                vec![],
            ),
            with_jobs(
                pipeline(1000, WEB, "main", Status::Success, -40 * 86_400),
                vec![],
            ),
        ],
        ..Batch::default()
    }
}

/// The state after the first backfill.
pub(crate) fn live() -> Batch {
    let at = now();
    let mut sync = Vec::new();
    for project_id in [BUILDER, WEB, SHOP] {
        sync.push(SyncUpdate::Discovered { project_id, at });
        sync.push(SyncUpdate::BackfillStarted {
            project_id,
            from: samples::at(-30 * 86_400),
            total: 3,
            watermark: at,
        });
        sync.push(SyncUpdate::BackfillDone { project_id, at });
        sync.push(SyncUpdate::Polled {
            project_id,
            watermark: at,
            at,
        });
    }
    sync.push(SyncUpdate::Failed {
        project_id: SHOP,
        error: "timeout".to_owned(),
        at,
    });
    sync.push(SyncUpdate::Problem {
        scope: "group apps".to_owned(),
        message: "one page <i>could not</i> be read".to_owned(),
        at,
    });
    sync.extend(comparison().map(SyncUpdate::Completeness));
    sync.push(SyncUpdate::Run(run(Phase::Live)));
    sync.push(SyncUpdate::HistoryComplete { at });
    Batch {
        sync,
        ..Batch::default()
    }
}

/// A day that was compared with GitLab, with one gap that was closed.
fn comparison() -> [CompletenessUpdate; 3] {
    let day = samples::at(12 * 3600);
    let pipeline_id = PipelineId(1001);
    let gap = Gap {
        pipeline_id,
        project_id: WEB,
        day,
        kind: GapKind::Absent,
        detail: "not stored; GitLab has it as success".to_owned(),
        found_at: samples::at(18 * 3600),
        repaired_at: None,
    };
    let checked = CheckedDay {
        day,
        until: samples::at(17 * 3600),
        checked_at: samples::at(18 * 3600),
        projects: 2,
        behind: 1,
        pipelines: 3,
        jobs: 9,
        unlisted: 0,
        found: 0,
        repaired: 0,
    };
    let at = samples::at(18 * 3600);
    [
        CompletenessUpdate::Found(gap),
        CompletenessUpdate::Repaired { pipeline_id, at },
        CompletenessUpdate::Checked(checked),
    ]
}

/// Progress of a process in `phase`.
pub(crate) fn run(phase: Phase) -> RunStatus {
    RunStatus {
        phase,
        started_at: samples::at(18 * 3600),
        updated_at: now(),
        requests: 1234,
        requests_remaining: Some(1900),
        requests_limit: Some(2000),
        backfill_pipelines: 300,
        backfill_total: 1200,
        eta_seconds: Some(45),
        cycles: 12,
        last_cycle_at: Some(now()),
        last_cycle_seconds: Some(0.25),
        gitlab_version: Some("18.5.0-ee".to_owned()),
        hooked_projects: 0,
    }
}

/// A scheduled pipeline that failed last night, with one job to blame and three that are not.
fn nightly() -> PipelineWithJobs {
    let mut pipeline = pipeline(1003, WEB, "main", Status::Failed, 14 * 3600);
    pipeline.source = Some("schedule".to_owned());
    let guilty = Job {
        failure_reason: Some("script_failure".to_owned()),
        exit_code: Some(137),
        stage: Some("check".to_owned()),
        ..job(60_004, &pipeline, "lint <script>", Status::Failed)
    };
    let retried = Job {
        retried: true,
        ..job(60_001, &pipeline, "tried before", Status::Failed)
    };
    let allowed = Job {
        allow_failure: true,
        ..job(60_002, &pipeline, "may fail", Status::Failed)
    };
    let bridge = Job {
        kind: JobKind::Bridge,
        downstream_pipeline_id: Some(PipelineId(1002)),
        ..job(60_003, &pipeline, "deploy", Status::Success)
    };
    with_jobs(pipeline, vec![guilty, retried, allowed, bridge])
}

/// A pipeline of which GitLab says as little as it may.
fn bare() -> PipelineWithJobs {
    let mut pipeline = pipeline(1004, WEB, "v1.0", Status::Skipped, -2 * 86_400);
    pipeline.ref_kind = RefKind::Tag;
    pipeline.ref_name = Some("v1.0".to_owned());
    pipeline.sha = None;
    pipeline.source = None;
    pipeline.user = None;
    pipeline.started_at = None;
    pipeline.finished_at = None;
    pipeline.committed_at = None;
    pipeline.duration = None;
    pipeline.queued_duration = None;
    pipeline.coverage = None;
    with_jobs(pipeline, vec![])
}

fn pipeline(id: i64, project_id: ProjectId, ref_name: &str, status: Status, at: i64) -> Pipeline {
    let running = !status.is_finished();
    Pipeline {
        id: PipelineId(id),
        iid: PipelineIid(id - 990),
        project_id,
        ref_name: Some(ref_name.to_owned()),
        status,
        created_at: samples::at(at),
        updated_at: samples::at(at + 60),
        started_at: Some(samples::at(at + 5)),
        finished_at: (!running).then(|| samples::at(at + 60)),
        duration: (!running).then_some(55),
        coverage: None,
        ..samples::pipeline()
    }
}

fn job(id: i64, pipeline: &Pipeline, name: &str, status: Status) -> Job {
    Job {
        id: JobId(id),
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        name: name.to_owned(),
        status,
        created_at: pipeline.created_at,
        ..samples::job()
    }
}

fn with_jobs(pipeline: Pipeline, jobs: Vec<Job>) -> PipelineWithJobs {
    PipelineWithJobs { pipeline, jobs }
}

fn project(id: ProjectId, path: &str, name: &str) -> Project {
    Project {
        id,
        path_with_namespace: path.to_owned(),
        name: name.to_owned(),
        web_url: Some(format!("https://gitlab.example.com/{path}")),
        ..samples::project()
    }
}
