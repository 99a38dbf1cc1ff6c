//! Canonical example of every type: used by docs, tests and snapshots.

use jiff::Timestamp;

use crate::{
    Commit, Job, JobId, JobKind, MergeRequest, MergeRequestId, MergeRequestIid, Pipeline,
    PipelineId, PipelineIid, PipelineWithJobs, Project, ProjectId, ProjectStatistics, RefKind,
    RunnerId, Status, User, UserId,
};

/// 2026-11-20T12:00:00Z plus `seconds`.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_176_000 + seconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// An active project.
pub fn project() -> Project {
    Project {
        id: ProjectId(7),
        path_with_namespace: "platform/tools/builder".to_owned(),
        name: "builder".to_owned(),
        default_branch: Some("main".to_owned()),
        visibility: Some("private".to_owned()),
        archived: false,
        topics: vec!["rust".to_owned()],
        web_url: Some("https://gitlab.example.com/platform/tools/builder".to_owned()),
        created_at: Some(at(-864_000)),
    }
}

/// A finished, green pipeline on `main`.
pub fn pipeline() -> Pipeline {
    Pipeline {
        id: PipelineId(1001),
        iid: PipelineIid(42),
        project_id: ProjectId(7),
        name: None,
        ref_name: Some("main".to_owned()),
        ref_kind: RefKind::Branch,
        sha: Some("8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b".to_owned()),
        source: Some("push".to_owned()),
        status: Status::Success,
        created_at: at(0),
        updated_at: at(160),
        started_at: Some(at(5)),
        finished_at: Some(at(159)),
        committed_at: Some(at(-30)),
        duration: Some(154),
        queued_duration: Some(5.0),
        coverage: Some(81.5),
        failure_reason: None,
        user: Some(User {
            id: UserId(3),
            username: "ada".to_owned(),
            name: Some("Ada L.".to_owned()),
        }),
    }
}

/// A green build of [`pipeline`].
pub fn job() -> Job {
    Job {
        id: JobId(50_001),
        pipeline_id: PipelineId(1001),
        project_id: ProjectId(7),
        kind: JobKind::Build,
        name: "test".to_owned(),
        stage: Some("test".to_owned()),
        status: Status::Success,
        created_at: at(0),
        started_at: Some(at(5)),
        finished_at: Some(at(159)),
        duration: Some(154),
        queued_duration: Some(4.2),
        coverage: Some(81.5),
        allow_failure: false,
        retried: false,
        failure_reason: None,
        exit_code: None,
        tags: vec!["docker".to_owned()],
        runner_id: Some(RunnerId(9)),
        downstream_pipeline_id: None,
    }
}

/// [`pipeline`] with [`job`].
pub fn pipeline_with_jobs() -> PipelineWithJobs {
    PipelineWithJobs {
        pipeline: pipeline(),
        jobs: vec![job()],
    }
}

/// [`pipeline`] under another id with as many jobs, whose ids are its own times 100 and up.
pub fn unit(id: i64, jobs: usize) -> PipelineWithJobs {
    let pipeline = Pipeline {
        id: PipelineId(id),
        ..pipeline()
    };
    let jobs = (0..)
        .take(jobs)
        .map(|index| Job {
            id: JobId(id * 100 + index),
            pipeline_id: pipeline.id,
            name: format!("job {index}"),
            ..job()
        })
        .collect();
    PipelineWithJobs { pipeline, jobs }
}

/// A merged merge request, two commits long.
pub fn merge_request() -> MergeRequest {
    MergeRequest {
        id: MergeRequestId(9001),
        iid: MergeRequestIid(12),
        project_id: ProjectId(7),
        state: "merged".to_owned(),
        draft: false,
        title: Some("Cache the index".to_owned()),
        source_branch: Some("cache-index".to_owned()),
        target_branch: Some("main".to_owned()),
        sha: Some("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567".to_owned()),
        merge_commit_sha: Some("8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b".to_owned()),
        labels: vec!["backend".to_owned()],
        author: Some(User {
            id: UserId(3),
            username: "ada".to_owned(),
            name: Some("Ada L.".to_owned()),
        }),
        merge_user: Some(User {
            id: UserId(4),
            username: "grace".to_owned(),
            name: Some("Grace H.".to_owned()),
        }),
        created_at: at(-7200),
        updated_at: at(-30),
        merged_at: Some(at(-30)),
        closed_at: None,
        first_commit_at: Some(at(-9000)),
        commit_count: Some(2),
        user_notes_count: Some(1),
    }
}

/// The commit [`pipeline`] ran on.
pub fn commit() -> Commit {
    Commit {
        project_id: ProjectId(7),
        sha: "8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b".to_owned(),
        title: Some("Merge branch 'cache-index' into 'main'".to_owned()),
        author_name: Some("Grace H.".to_owned()),
        authored_at: Some(at(-30)),
        committed_at: at(-30),
    }
}

/// Statistics of [`project`].
pub fn statistics() -> ProjectStatistics {
    ProjectStatistics {
        project_id: ProjectId(7),
        commit_count: Some(1_204),
        storage_size: Some(5_000_000),
        repository_size: Some(3_000_000),
        lfs_objects_size: Some(0),
        job_artifacts_size: Some(2_000_000),
        pipeline_artifacts_size: Some(0),
        packages_size: Some(0),
        container_registry_size: None,
        wiki_size: Some(0),
        snippets_size: Some(0),
        uploads_size: Some(0),
    }
}
