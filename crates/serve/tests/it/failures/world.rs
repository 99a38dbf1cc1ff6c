//! Projects with nightly pipelines, of which some fail, over as many nights as wanted.

use jiff::{SignedDuration, Timestamp};
use labtower_model::{
    Job, JobId, Pipeline, PipelineId, PipelineIid, PipelineWithJobs, Project, ProjectId, Status,
    samples,
};
use labtower_store::{
    Batch, DecidedBy, Failures, Issue, IssueKey, LogLine, Reason, ReasonBody, RollupMode,
    SignatureKey, Store, SyncUpdate, TraceState,
};

/// Kind, whose, job and line of the failures there are.
const CAUSES: [(&str, &str, &str, &str); 12] = [
    (
        "test",
        "code",
        "test:unit",
        "AssertionError: expected 200, got 503 in test_login_redirects",
    ),
    (
        "compile",
        "code",
        "build:linux",
        "error[E0425]: cannot find value `retries` in this scope",
    ),
    (
        "lint",
        "code",
        "lint",
        "src/pages/cart.ts:41:7 error 'total' is assigned a value but never used",
    ),
    (
        "dependency",
        "code",
        "build:deps",
        "npm ERR! notarget No matching version found for left-pad@^2.0.0",
    ),
    (
        "network",
        "external",
        "test:integration",
        "Connection to db.internal:5432 refused",
    ),
    (
        "registry",
        "external",
        "build:image",
        "toomanyrequests: You have reached your pull rate limit",
    ),
    (
        "config",
        "config",
        "deploy:staging",
        "/bin/bash: line 14: kubectl: command not found",
    ),
    (
        "auth",
        "config",
        "publish",
        "fatal: Authentication failed for 'https://gitlab.example.com/acme/lib.git/'",
    ),
    (
        "oom",
        "infra",
        "test:e2e",
        "Killed: the process used more memory than it may",
    ),
    (
        "disk",
        "infra",
        "build:image",
        "write /var/lib/docker/tmp/x: no space left on device",
    ),
    (
        "timeout",
        "infra",
        "test:slow",
        "the job took longer than 1 h",
    ),
    (
        "unknown",
        "unknown",
        "nightly:report",
        "exit code 3 without a word",
    ),
];

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) projects: i64,
    pub(crate) nights: i64,
    /// Nights in a thousand in which a project fails.
    pub(crate) failing: u64,
}

/// The clock's time: 2026-11-21T07:00:00Z.
pub(crate) fn now() -> Timestamp {
    crate::samples::now()
}

/// Fills a store.
pub(crate) async fn fill(store: &Store, size: Size) {
    store.set_rollup_mode(RollupMode::Deferred).await.unwrap();
    let at = now();
    let mut first = Batch {
        read_at: Some(at),
        projects: (1..=size.projects).map(project).collect(),
        ..Batch::default()
    };
    first.failures.issues = vec![issue(12, "Connection to the test database refused")];
    store.write(first).await.unwrap();
    let mut batch = Batch::default();
    for project_id in 1..=size.projects {
        let mut cause = None;
        for night in 0..size.nights {
            let dice = dice(project_id, night);
            cause = next_cause(cause, dice, size.failing);
            let unit = unit(project_id, night, size.nights, cause);
            explain(&unit, cause, &mut batch.failures);
            batch.pipelines.push(unit);
        }
        batch.sync.push(SyncUpdate::Discovered {
            project_id: ProjectId(project_id),
            at,
        });
        if batch.pipelines.len() > 2000 || project_id == size.projects {
            let mut facts = std::mem::take(&mut batch);
            let failures = std::mem::take(&mut facts.failures);
            facts.read_at = Some(at);
            store.write(facts).await.unwrap();
            let failures = Batch {
                failures,
                ..Batch::default()
            };
            store.write(failures).await.unwrap();
        }
    }
    store
        .set_rollup_mode(RollupMode::Incremental)
        .await
        .unwrap();
    let complete = Batch {
        sync: vec![SyncUpdate::HistoryComplete { at }],
        ..Batch::default()
    };
    store.write(complete).await.unwrap();
}

/// Failures last: three nights of four go on with what failed in the night before.
fn next_cause(before: Option<usize>, dice: u64, failing: u64) -> Option<usize> {
    if before.is_some() && !dice.is_multiple_of(4) {
        return before;
    }
    // A failure lasts four nights on average, so that a quarter as many begin.
    let begins = (dice >> 8) % 4000 < failing;
    begins.then(|| (dice >> 32) as usize % CAUSES.len())
}

/// A number that looks random and is always the same.
fn dice(project: i64, night: i64) -> u64 {
    let mut value = (project as u64) << 32 | night as u64;
    for _ in 0..3 {
        value = (value ^ (value >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    value ^ (value >> 29)
}

fn project(id: i64) -> Project {
    let path = format!("acme/team-{}/service-{id}", id % 17);
    Project {
        id: ProjectId(id),
        name: format!("service-{id}"),
        web_url: Some(format!("https://gitlab.example.com/{path}")),
        default_branch: Some("main".to_owned()),
        topics: vec![format!("owner-{}", id % 5)],
        path_with_namespace: path,
        ..samples::project()
    }
}

fn unit(project: i64, night: i64, nights: i64, cause: Option<usize>) -> PipelineWithJobs {
    let id = project * 1000 + night;
    let ago = SignedDuration::from_hours(24 * (nights - 1 - night) + 5);
    let created_at = now().checked_sub(ago).unwrap();
    let status = if cause.is_some() {
        Status::Failed
    } else {
        Status::Success
    };
    let pipeline = Pipeline {
        id: PipelineId(id),
        iid: PipelineIid(night + 1),
        project_id: ProjectId(project),
        ref_name: Some("main".to_owned()),
        sha: Some(format!("{id:040x}")),
        source: Some("schedule".to_owned()),
        status: status.clone(),
        created_at,
        updated_at: created_at,
        started_at: Some(created_at),
        finished_at: Some(created_at),
        duration: Some(300),
        ..samples::pipeline()
    };
    let (_, _, name, _) = CAUSES[cause.unwrap_or(0)];
    let job = Job {
        id: JobId(id * 10),
        pipeline_id: pipeline.id,
        project_id: pipeline.project_id,
        name: name.to_owned(),
        stage: Some("test".to_owned()),
        status,
        created_at,
        failure_reason: cause.map(|_| "script_failure".to_owned()),
        ..samples::job()
    };
    // Most green jobs are left out: they change nothing here.
    let kept = cause.is_some() || project <= 20;
    PipelineWithJobs {
        pipeline,
        jobs: kept.then_some(job).into_iter().collect(),
    }
}

fn explain(unit: &PipelineWithJobs, cause: Option<usize>, failures: &mut Failures) {
    let (Some(cause), Some(job)) = (cause, unit.jobs.first()) else {
        return;
    };
    // Some wait for their turn.
    if job.id.get() % 37 == 0 {
        return;
    }
    let (category, whose, _, line) = CAUSES[cause];
    // The same failure in a few projects, and others of the same kind elsewhere.
    let team = unit.pipeline.project_id.get() as u128 % 7;
    let kind = cause as u128 + 12 * team;
    failures.reasons.push(Reason {
        job_id: job.id,
        explained_at: now(),
        phase: "step_script".to_owned(),
        category: category.to_owned(),
        whose: whose.to_owned(),
        headline: line.to_owned(),
        line: Some(42),
        decided_by: DecidedBy {
            kind: "rule".to_owned(),
            name: format!("sample_{category}"),
            version: "1".to_owned(),
        },
        why: "the rule found this line in the failing section".to_owned(),
        signature: SignatureKey {
            version: 1,
            hash: kind,
        },
        pattern: line.to_owned(),
        near: None,
        trace: TraceState::Read,
        body: ReasonBody {
            excerpt: (40..45)
                .map(|number| LogLine {
                    number: Some(number),
                    text: match number {
                        42 => line.to_owned(),
                        _ => format!("line {number} of <the> log"),
                    },
                })
                .collect(),
            ..ReasonBody::default()
        },
    });
}

/// An open issue of `acme/team-1/service-1`.
pub(crate) fn issue(iid: i64, title: &str) -> Issue {
    Issue {
        key: IssueKey {
            project_path: "acme/team-1/service-1".to_owned(),
            iid,
        },
        id: 900 + iid,
        title: title.to_owned(),
        state: "opened".to_owned(),
        labels: Vec::new(),
        assignees: vec!["ann".to_owned()],
        author: Some("bob".to_owned()),
        web_url: Some(format!(
            "https://gitlab.example.com/acme/team-1/service-1/-/issues/{iid}"
        )),
        created_at: now(),
        updated_at: now(),
        closed_at: None,
        blocks: Vec::new(),
    }
}
