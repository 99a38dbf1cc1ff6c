//! The figures of a page of pipelines, from the store.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use labtower_model::PipelineId;
use labtower_store::{Filter, Page, PipelineRow, Reader, StoreError};

use super::super::value::{Maybe, Seconds, When};
use super::super::verdict::{VERDICT_DAYS, since};
use super::wanted::Wanted;
use super::{Child, FailedJob, PAGE, Pipelines, Row};
use crate::answer::AnswerError;
use crate::query;
use crate::web::format;

/// The pipelines that are wanted, newest first.
pub(super) fn read(
    reader: &Reader<'_>,
    wanted: Wanted,
    place: Page,
    now: Timestamp,
) -> Result<Pipelines, AnswerError> {
    let Some(filter) = wanted.filter(reader, now)? else {
        return Ok(Pipelines {
            listed: Vec::new(),
            next_cursor: None,
            rows: Vec::new(),
            wanted,
        });
    };
    let (rows, next) = query::one_page(
        place,
        |page| reader.pipelines(&filter, page),
        |row| (row.created_at, row.id.get()),
    )?;
    let ids: Vec<PipelineId> = rows.iter().map(|row| row.id).collect();
    let mut failed: HashMap<PipelineId, Vec<FailedJob>> = HashMap::new();
    for cause in reader
        .causes(&ids)?
        .into_iter()
        .filter(|cause| !cause.retried)
    {
        failed
            .entry(cause.pipeline_id)
            .or_default()
            .push(FailedJob::new(cause));
    }
    let mut children: HashMap<PipelineId, Vec<Child>> = HashMap::new();
    for child in reader.children(&ids)? {
        children
            .entry(child.parent_id)
            .or_default()
            .push(Child::new(child));
    }
    let usual = usual_durations(reader, &rows, now)?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in &rows {
        listed.push(Row {
            id: row.id.get(),
            iid: row.iid.get(),
            project: row.project_full_path.clone(),
            status: row.status.clone(),
            ref_name: row.ref_name.clone(),
            ref_kind: row.ref_kind.clone(),
            sha: row.sha.clone(),
            source: row.source.clone(),
            user: row.user_name.clone(),
            created_at: When(row.created_at),
            started_at: row.started_at.map(When),
            duration: Maybe(row.duration.map(Seconds::whole)),
            usual_duration: Maybe(usual.get(row.project_full_path.as_str()).copied().flatten()),
            queued: Maybe(row.queued_duration.map(Seconds)),
            coverage: Maybe(row.coverage),
            failed_jobs: failed.remove(&row.id).unwrap_or_default(),
            children: children.remove(&row.id).unwrap_or_default(),
            upstream_id: reader.upstream(row.id)?.map(|(_, pipeline)| pipeline.get()),
            web_url: format::link(row.web_url.clone()),
        });
    }
    Ok(Pipelines {
        listed,
        next_cursor: next.map(|cursor| cursor.to_string()),
        rows,
        wanted,
    })
}

/// Median durations of the projects of a page.
fn usual_durations<'r>(
    reader: &Reader<'_>,
    rows: &'r [PipelineRow],
    now: Timestamp,
) -> Result<HashMap<&'r str, Option<Seconds>>, StoreError> {
    let projects: BTreeSet<&str> = rows
        .iter()
        .map(|row| row.project_full_path.as_str())
        .collect();
    let mut usual = HashMap::new();
    // A page of programs may have a thousand rows; each project is a question.
    for project in projects.into_iter().take(2 * PAGE) {
        let summary = reader.summary(&Filter {
            projects: vec![project.to_owned()],
            from: Some(since(now, VERDICT_DAYS)),
            ..Filter::default()
        })?;
        usual.insert(project, summary.p50.map(Seconds));
    }
    Ok(usual)
}
