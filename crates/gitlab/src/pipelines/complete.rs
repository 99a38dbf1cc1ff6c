//! Pipelines with more jobs than fit on a page.

use std::collections::BTreeMap;

use labtower_model::{Job, PipelineWithJobs, ProjectId};
use serde_json::json;

use super::gids;
use crate::{GitlabError, exchange::Call, graphql};

/// Jobs on a page: GitLab's largest.
const PAGE: usize = 100;

/// How often reading starts over because the pipeline changed under it. After that its jobs are taken
/// as they came: a pipeline that restless is read again soon anyway.
const RESTARTS: usize = 5;

/// Pages of jobs after which something is wrong; GitLab itself allows far fewer jobs.
const MOST_PAGES: usize = 1_000;

/// The pipeline with all of its jobs, read on from the page it came with; `None` if it is gone meanwhile.
///
/// A pipeline whose `updatedAt` moves between pages is read from its first page again, so that pipeline
/// and jobs belong together.
pub(super) async fn complete(
    call: &mut Call<'_>,
    project_id: ProjectId,
    first: graphql::Pipeline,
) -> Result<Option<PipelineWithJobs>, GitlabError> {
    if !first.has_more_jobs() {
        return Ok(Some(first.into_model(project_id)));
    }
    let iid = first.iid;
    let cursor = first.jobs.as_ref().and_then(|jobs| jobs.page_info.next());
    let mut reading = Reading::start(first, project_id);
    if cursor.is_none() {
        // The page came without a cursor to go on from.
        reading.jobs.clear();
    }
    read_on(call, project_id, iid, reading, cursor).await
}

/// The pipeline with this number in its project, with all of its jobs; `None` if GitLab does not show it.
pub(super) async fn by_iid(
    call: &mut Call<'_>,
    project_id: ProjectId,
    iid: i64,
) -> Result<Option<PipelineWithJobs>, GitlabError> {
    match ask(call, project_id, iid, PAGE, None).await? {
        Some(first) => complete(call, project_id, first).await,
        None => Ok(None),
    }
}

/// Reads the pages of jobs from `cursor` on, or from the first.
async fn read_on(
    call: &mut Call<'_>,
    project_id: ProjectId,
    iid: i64,
    mut reading: Reading,
    mut cursor: Option<String>,
) -> Result<Option<PipelineWithJobs>, GitlabError> {
    let mut restarts = 0;
    let mut page = PAGE;
    for _ in 0..MOST_PAGES {
        let ask = ask(call, project_id, iid, page, cursor.as_deref()).await;
        let pipeline = match ask {
            Err(error) if error.asks_for_less() && page > 1 => {
                page /= 2;
                continue;
            }
            other => match other? {
                Some(pipeline) => pipeline,
                None => return Ok(None),
            },
        };
        let next = pipeline
            .jobs
            .as_ref()
            .and_then(|jobs| jobs.page_info.next());
        let moved = pipeline.updated_at != reading.updated_at;
        if moved && restarts < RESTARTS {
            restarts += 1;
            let was_first_page = cursor.is_none();
            reading = Reading::start(pipeline, project_id);
            if !was_first_page {
                reading.jobs.clear();
                cursor = None;
                continue;
            }
        } else {
            reading.add(pipeline, project_id);
        }
        match next {
            None => return Ok(Some(reading.finish())),
            next if next == cursor => break,
            next => cursor = next,
        }
    }
    Err(GitlabError::Malformed {
        what: format!("jobs of pipeline `{}`", reading.whole.pipeline.id),
        detail: "its pages do not end".to_owned(),
        site: Box::default(),
    })
}

/// A pipeline whose jobs are being read.
struct Reading {
    updated_at: jiff::Timestamp,
    whole: PipelineWithJobs,
    jobs: BTreeMap<i64, Job>,
}

impl Reading {
    fn start(pipeline: graphql::Pipeline, project_id: ProjectId) -> Self {
        let updated_at = pipeline.updated_at;
        let mut whole = pipeline.into_model(project_id);
        let jobs = whole
            .jobs
            .drain(..)
            .map(|job| (job.id.get(), job))
            .collect();
        Self {
            updated_at,
            whole,
            jobs,
        }
    }

    /// Adds a page; a job that is on two pages counts once, as seen last.
    fn add(&mut self, pipeline: graphql::Pipeline, project_id: ProjectId) {
        let page = pipeline.into_model(project_id).jobs;
        self.jobs
            .extend(page.into_iter().map(|job| (job.id.get(), job)));
    }

    fn finish(mut self) -> PipelineWithJobs {
        self.whole.jobs = self.jobs.into_values().rev().collect();
        self.whole
    }
}

async fn ask(
    call: &mut Call<'_>,
    project_id: ProjectId,
    iid: i64,
    page: usize,
    cursor: Option<&str>,
) -> Result<Option<graphql::Pipeline>, GitlabError> {
    let mut variables = json!({
        "ids": gids(&[project_id]),
        "iid": iid.to_string(),
        "jobs": page,
    });
    if let Some(cursor) = cursor {
        variables["cursor"] = cursor.into();
    }
    let what = format!("jobs of pipeline {iid} of project `{project_id}`");
    let (data, _) =
        graphql::query::<graphql::JobsData>(call, graphql::JOBS_PAGE, variables, what, page > 1)
            .await?;
    let mut projects = data
        .projects
        .into_iter()
        .flat_map(graphql::Nodes::into_iter);
    Ok(projects.next().and_then(|project| project.pipeline))
}
