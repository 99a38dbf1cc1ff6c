//! Pipelines and what runs in them.

use crate::column::columns;
use crate::{Column, Reading, Shape, Stream};

const PIPELINE: &[Column] = columns![
    id: Int, iid: Int, project_id: Int, name: Text, sha: Text, ref: Text, status: Text,
    source: Text, created_at: Time, updated_at: Time, web_url: Text,
];

const UPDATED: Reading = Reading::Updated {
    order: "order_by=updated_at&sort=asc",
};

const LIST: Reading = Reading::Each {
    of: &["pipelines", "child_pipelines"],
    shape: Shape::List,
};

const ONE: Reading = Reading::Each {
    of: &["pipelines", "child_pipelines"],
    shape: Shape::One,
};

/// Without child pipelines: GitLab leaves them out of the list.
pub(super) static PIPELINES: Stream = Stream {
    name: "pipelines",
    path: "projects/:id/pipelines",
    reading: UPDATED,
    time: Some("updated_at"),
    columns: PIPELINE,
    ..Stream::PROJECT
};

/// The pipelines that the list of pipelines leaves out.
pub(super) static CHILD_PIPELINES: Stream = Stream {
    name: "child_pipelines",
    path: "projects/:id/pipelines",
    query: "source=parent_pipeline",
    reading: UPDATED,
    time: Some("updated_at"),
    columns: PIPELINE,
    ..Stream::PROJECT
};

pub(super) static PIPELINE_DETAILS: Stream = Stream {
    name: "pipeline_details",
    path: "projects/:id/pipelines/:row_id",
    reading: ONE,
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, name: Text, sha: Text, before_sha: Text, ref: Text,
        tag: Bool, status: Text, source: Text, user.username: Text, yaml_errors: Text,
        duration: Int, queued_duration: Int, coverage: Float, archived: Bool, created_at: Time,
        updated_at: Time, started_at: Time, finished_at: Time, committed_at: Time, web_url: Text,
    ],
    ..Stream::PROJECT
};

/// All of a project, retried ones and those of child pipelines too. There is no time of the last change.
pub(super) static JOBS: Stream = Stream {
    name: "jobs",
    path: "projects/:id/jobs",
    reading: Reading::Ids {
        of: &["pipelines", "child_pipelines"],
        refresh: "projects/:id/pipelines/:row_id/jobs?include_retried=true",
        link: "pipeline.id",
    },
    time: Some("created_at"),
    columns: columns![
        id: Int, pipeline.id: Int, pipeline.project_id: Int, name: Text, stage: Text,
        status: Text, failure_reason: Text, ref: Text, tag: Bool, commit.id: Text,
        user.username: Text, allow_failure: Bool, coverage: Float, duration: Float,
        queued_duration: Float, runner.id: Int, runner.description: Text, tag_list: Json,
        artifacts: Json, archived: Bool, created_at: Time, started_at: Time, finished_at: Time,
        erased_at: Time, artifacts_expire_at: Time, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static BRIDGES: Stream = Stream {
    name: "bridges",
    path: "projects/:id/pipelines/:row_id/bridges",
    reading: LIST,
    time: Some("created_at"),
    columns: columns![
        id: Int, pipeline.id: Int, pipeline.project_id: Int, name: Text, stage: Text,
        status: Text, ref: Text, allow_failure: Bool, duration: Float, queued_duration: Float,
        downstream_pipeline.id: Int, downstream_pipeline.project_id: Int,
        downstream_pipeline.status: Text, created_at: Time, started_at: Time, finished_at: Time,
        web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static TEST_REPORTS: Stream = Stream {
    name: "test_reports",
    path: "projects/:id/pipelines/:row_id/test_report",
    reading: ONE,
    key: &[":row_id"],
    columns: columns![
        total_time: Float, total_count: Int, success_count: Int, failed_count: Int,
        skipped_count: Int, error_count: Int,
    ],
    ..Stream::PROJECT
};

pub(super) static TEST_REPORT_SUMMARIES: Stream = Stream {
    name: "test_report_summaries",
    path: "projects/:id/pipelines/:row_id/test_report_summary",
    reading: ONE,
    key: &[":row_id"],
    columns: columns![
        total.time: Float, total.count: Int, total.success: Int, total.failed: Int,
        total.skipped: Int, total.error: Int, test_suites: Json,
    ],
    ..Stream::PROJECT
};

/// Those of a pipeline's commit in that pipeline, so that one request serves all of them.
pub(super) static COMMIT_STATUSES: Stream = Stream {
    name: "commit_statuses",
    path: "projects/:id/repository/commits/:sha/statuses",
    query: "all=true&pipeline_id=:row_id",
    reading: LIST,
    time: Some("created_at"),
    columns: columns![
        id: Int, sha: Text, ref: Text, pipeline_id: Int, name: Text, status: Text,
        description: Text, target_url: Text, author.username: Text, allow_failure: Bool,
        coverage: Float, created_at: Time, started_at: Time, finished_at: Time,
    ],
    ..Stream::PROJECT
};

/// Values may be secrets, and are taken out; off all the same.
pub(super) static PIPELINE_VARIABLES: Stream = Stream {
    name: "pipeline_variables",
    path: "projects/:id/pipelines/:row_id/variables",
    reading: LIST,
    key: &[":row_id", "key"],
    columns: columns![key: Text, variable_type: Text],
    secrets: &["value"],
    off: true,
    ..Stream::PROJECT
};

/// One request for each job, and long: off.
pub(super) static JOB_TRACES: Stream = Stream {
    name: "job_traces",
    path: "projects/:id/jobs/:row_id/trace",
    reading: Reading::Each {
        of: &["jobs"],
        shape: Shape::Text,
    },
    key: &[":row_id"],
    columns: columns![text: Text],
    off: true,
    ..Stream::PROJECT
};

/// One request for each job: off.
pub(super) static JOB_ARTIFACTS: Stream = Stream {
    name: "job_artifacts",
    path: "projects/:id/jobs/:row_id/artifacts/tree",
    query: "recursive=true",
    reading: Reading::Each {
        of: &["jobs"],
        shape: Shape::List,
    },
    key: &[":row_id", "path"],
    columns: columns![name: Text, path: Text, type: Text, size: Int, mode: Text],
    off: true,
    ..Stream::PROJECT
};

pub(super) static PIPELINE_SCHEDULES: Stream = Stream {
    name: "pipeline_schedules",
    path: "projects/:id/pipeline_schedules",
    time: Some("updated_at"),
    columns: columns![
        id: Int, description: Text, ref: Text, cron: Text, cron_timezone: Text, active: Bool,
        owner.username: Text, next_run_at: Time, created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

/// Which pipelines a schedule started: the pipelines themselves do not tell.
pub(super) static PIPELINE_SCHEDULE_PIPELINES: Stream = Stream {
    name: "pipeline_schedule_pipelines",
    path: "projects/:id/pipeline_schedules/:row_id/pipelines",
    reading: Reading::Each {
        of: &["pipeline_schedules"],
        shape: Shape::List,
    },
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, sha: Text, ref: Text, status: Text, source: Text,
        created_at: Time, updated_at: Time, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static RESOURCE_GROUPS: Stream = Stream {
    name: "resource_groups",
    path: "projects/:id/resource_groups",
    time: Some("updated_at"),
    columns: columns![id: Int, key: Text, process_mode: Text, created_at: Time, updated_at: Time],
    ..Stream::PROJECT
};
