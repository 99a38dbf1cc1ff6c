//! The answers, computed the plain way.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use labtower_model::{Histogram, Job, Pipeline, PipelineId, PipelineWithJobs, ProjectId, Status};
use labtower_store::{
    ChangeKind, Filter, JobFilter, JobRow, PipelineRow, ProjectStats, Summary, TrendCell,
};

use crate::world::World;

fn path(world: &World, id: ProjectId) -> String {
    let project = world.projects.iter().find(|project| project.id == id);
    project.map_or_else(String::new, |project| project.path_with_namespace.clone())
}

fn has(list: &[String], text: Option<&str>) -> bool {
    list.is_empty() || text.is_some_and(|text| list.iter().any(|item| item == text))
}

/// Whether a pipeline is meant, its status and time aside.
fn belongs(world: &World, filter: &Filter, pipeline: &Pipeline) -> bool {
    let path = path(world, pipeline.project_id);
    has(&filter.projects, Some(&path))
        && !filter.exclude_projects.contains(&path)
        && has(&filter.refs, pipeline.ref_name.as_deref())
        && has(&filter.sources, pipeline.source.as_deref())
}

fn holds(filter: &Filter, status: &Status, at: jiff::Timestamp) -> bool {
    has(&filter.statuses, Some(status.as_str()))
        && filter.from.is_none_or(|from| from <= at)
        && filter.to.is_none_or(|to| at <= to)
}

/// Pipelines of a filter, newest first.
fn matching<'w>(world: &'w World, filter: &Filter) -> Vec<&'w PipelineWithJobs> {
    let mut units: Vec<_> = world
        .units
        .iter()
        .filter(|unit| {
            let pipeline = &unit.pipeline;
            belongs(world, filter, pipeline) && holds(filter, &pipeline.status, pipeline.created_at)
        })
        .collect();
    units.sort_by_key(|unit| std::cmp::Reverse((unit.pipeline.created_at, unit.pipeline.id)));
    units
}

pub(crate) fn summary(world: &World, filter: &Filter) -> Summary {
    let mut summary = Summary::default();
    let mut histogram = Histogram::default();
    for unit in matching(world, filter) {
        summary.total_count += 1;
        summary.success_count += u64::from(unit.pipeline.status == Status::Success);
        summary.failed_count += u64::from(unit.pipeline.status == Status::Failed);
        if let Some(seconds) = unit.pipeline.duration {
            summary.duration_count += 1;
            summary.duration_sum += seconds as u64;
            histogram.add(seconds as f64);
        }
    }
    summary.p50 = histogram.quantile(0.5);
    summary.p95 = histogram.quantile(0.95);
    summary
}

pub(crate) fn trend(world: &World, filter: &Filter) -> Vec<TrendCell> {
    let mut counts = BTreeMap::new();
    for unit in matching(world, filter) {
        let date = unit.pipeline.created_at.to_zoned(TimeZone::UTC).date();
        let key = (std::cmp::Reverse(date), unit.pipeline.status.to_string());
        *counts.entry(key).or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((date, status), count)| TrendCell {
            date: date.0,
            status,
            count,
        })
        .collect()
}

pub(crate) fn project_stats(world: &World, filter: &Filter) -> Vec<ProjectStats> {
    let mut by_project: BTreeMap<ProjectId, Vec<Option<i64>>> = BTreeMap::new();
    for unit in matching(world, filter) {
        let durations = by_project.entry(unit.pipeline.project_id).or_default();
        durations.push(unit.pipeline.duration);
    }
    let mut stats: Vec<_> = by_project
        .into_iter()
        .map(|(project_id, durations)| {
            let known: Vec<i64> = durations.iter().copied().flatten().collect();
            let project = world
                .projects
                .iter()
                .find(|project| project.id == project_id);
            let latest = world
                .units
                .iter()
                .filter(|unit| unit.pipeline.project_id == project_id)
                .max_by_key(|unit| (unit.pipeline.created_at, unit.pipeline.id))
                .unwrap();
            ProjectStats {
                project_id,
                project_name: project
                    .map_or_else(String::new, |project| project.name.clone())
                    .into(),
                project_full_path: path(world, project_id).into(),
                count: durations.len() as u64,
                avg_duration: if known.is_empty() {
                    0.0
                } else {
                    known.iter().sum::<i64>() as f64 / known.len() as f64
                },
                last_status: latest.pipeline.status.to_string().into(),
            }
        })
        .collect();
    stats.sort_by(|a, b| {
        (a.avg_duration, &a.project_full_path)
            .partial_cmp(&(b.avg_duration, &b.project_full_path))
            .unwrap()
    });
    stats
}

pub(crate) fn pipelines(world: &World, filter: &Filter) -> Vec<PipelineRow> {
    matching(world, filter)
        .into_iter()
        .map(|unit| pipeline_row(world, unit))
        .collect()
}

pub(crate) fn pipeline_row(world: &World, unit: &PipelineWithJobs) -> PipelineRow {
    let pipeline = unit.pipeline.clone();
    let project = world
        .projects
        .iter()
        .find(|project| project.id == pipeline.project_id);
    let url = project.and_then(|project| project.web_url.clone());
    PipelineRow {
        id: pipeline.id,
        iid: pipeline.iid,
        project_id: pipeline.project_id,
        project_name: project.map_or_else(String::new, |project| project.name.clone()),
        project_full_path: path(world, pipeline.project_id),
        ref_name: pipeline.ref_name,
        ref_kind: pipeline.ref_kind.as_str().to_owned(),
        sha: pipeline.sha,
        name: pipeline.name,
        source: pipeline.source,
        status: pipeline.status.to_string(),
        user_name: pipeline.user.and_then(|user| user.name),
        created_at: pipeline.created_at,
        updated_at: pipeline.updated_at,
        started_at: pipeline.started_at,
        finished_at: pipeline.finished_at,
        committed_at: pipeline.committed_at,
        duration: pipeline.duration,
        queued_duration: pipeline.queued_duration,
        coverage: pipeline.coverage,
        failure_reason: pipeline.failure_reason,
        web_url: url.map(|url| format!("{url}/-/pipelines/{}", pipeline.id)),
    }
}

pub(crate) fn jobs(world: &World, filter: &JobFilter) -> Vec<JobRow> {
    let mut jobs = Vec::new();
    for unit in &world.units {
        if !belongs(world, &filter.filter, &unit.pipeline)
            || filter.pipeline_id.is_some_and(|id| id != unit.pipeline.id)
        {
            continue;
        }
        let wanted = unit.jobs.iter().filter(|job| {
            holds(&filter.filter, &job.status, job.created_at)
                && has(&filter.names, Some(&job.name))
                && has(&filter.stages, job.stage.as_deref())
                && has(&filter.failure_reasons, job.failure_reason.as_deref())
        });
        jobs.extend(wanted.map(|job| job_row(world, unit, job)));
    }
    jobs.sort_by_key(|job| std::cmp::Reverse((job.created_at, job.id)));
    jobs
}

pub(crate) fn jobs_of(world: &World, unit: &PipelineWithJobs) -> Vec<JobRow> {
    let mut jobs: Vec<_> = unit
        .jobs
        .iter()
        .map(|job| job_row(world, unit, job))
        .collect();
    jobs.sort_by_key(|job| job.id);
    jobs
}

fn job_row(world: &World, unit: &PipelineWithJobs, job: &Job) -> JobRow {
    let job = job.clone();
    let project = world
        .projects
        .iter()
        .find(|project| project.id == job.project_id);
    let url = project.and_then(|project| project.web_url.clone());
    JobRow {
        id: job.id,
        pipeline_id: job.pipeline_id,
        project_id: job.project_id,
        project_full_path: path(world, job.project_id),
        kind: job.kind.as_str().to_owned(),
        name: job.name,
        stage: job.stage,
        status: job.status.to_string(),
        ref_name: unit.pipeline.ref_name.clone(),
        created_at: job.created_at,
        started_at: job.started_at,
        finished_at: job.finished_at,
        duration: job.duration,
        queued_duration: job.queued_duration,
        coverage: job.coverage,
        allow_failure: job.allow_failure,
        retried: job.retried,
        failure_reason: job.failure_reason,
        exit_code: job.exit_code,
        tags: job.tags,
        runner_id: job.runner_id,
        downstream_pipeline_id: job.downstream_pipeline_id,
        web_url: url.map(|url| format!("{url}/-/jobs/{}", job.id)),
    }
}

pub(crate) fn culprits(unit: &PipelineWithJobs) -> Vec<String> {
    let names: BTreeSet<String> = unit
        .jobs
        .iter()
        .filter(|job| job.status == Status::Failed && !job.retried && !job.allow_failure)
        .map(|job| job.name.clone())
        .collect();
    names.into_iter().collect()
}

/// Paths that contain `search` and have pipelines.
pub(crate) fn paths(world: &World, search: &str) -> Vec<String> {
    let paths: BTreeSet<String> = world
        .units
        .iter()
        .map(|unit| path(world, unit.pipeline.project_id))
        .filter(|path| !path.is_empty() && path.contains(search))
        .collect();
    paths.into_iter().collect()
}

pub(crate) fn refs(world: &World, projects: &[String]) -> Vec<String> {
    let refs: BTreeSet<String> = world
        .units
        .iter()
        .filter(|unit| has(projects, Some(&path(world, unit.pipeline.project_id))))
        .filter_map(|unit| unit.pipeline.ref_name.clone())
        .collect();
    refs.into_iter().collect()
}

pub(crate) fn running(world: &World) -> Vec<(ProjectId, PipelineId)> {
    let mut running: Vec<_> = world
        .units
        .iter()
        .filter(|unit| unit.pipeline.status.is_live())
        .map(|unit| (unit.pipeline.project_id, unit.pipeline.id))
        .collect();
    running.sort_unstable();
    running
}

/// Every entity's JSON.
pub(crate) fn bodies(world: &World) -> BTreeMap<(ChangeKind, i64), String> {
    let mut bodies = BTreeMap::new();
    for project in &world.projects {
        let json = serde_json::to_string(project).unwrap();
        bodies.insert((ChangeKind::Project, project.id.get()), json);
    }
    for unit in &world.units {
        let json = serde_json::to_string(&unit.pipeline).unwrap();
        bodies.insert((ChangeKind::Pipeline, unit.pipeline.id.get()), json);
        for job in &unit.jobs {
            let json = serde_json::to_string(job).unwrap();
            bodies.insert((ChangeKind::Job, job.id.get()), json);
        }
    }
    bodies
}
