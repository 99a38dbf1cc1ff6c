//! From a finished pipeline to its spans.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use labtower_model::{JobId, PipelineId};
use labtower_store::{JobRow, PipelineRow};

use super::attributes::Attributes;
use super::ids::Ids;
use super::outcome::{job_error, pipeline_error, result};
use super::proto::{Code, Kind, Link, Span, SpanStatus};

/// A finished pipeline with its jobs, and its place in a trace.
#[derive(Debug, Clone)]
pub(super) struct Unit {
    /// The pipeline.
    pub(super) pipeline: PipelineRow,
    /// When it ended.
    pub(super) ended_at: Timestamp,
    /// Its jobs, retried ones too.
    pub(super) jobs: Vec<JobRow>,
    /// First pipeline of its trace.
    pub(super) root: PipelineId,
    /// The bridge that started it, if that is in the same trace.
    pub(super) parent: Option<JobId>,
    /// Bridges whose downstream pipeline was sent in another trace, with that trace's first pipeline.
    pub(super) apart: BTreeMap<JobId, PipelineId>,
}

/// The trace flag "sampled".
const SAMPLED: u32 = 1;

/// Name of a span that stands for waiting.
const QUEUE: &str = "queue";

impl Unit {
    /// Spans it becomes, at most: two for the pipeline and each job.
    pub(super) fn most_spans(&self) -> usize {
        2 + 2 * self.jobs.len()
    }

    /// Its spans: the pipeline's first, then those of its jobs.
    pub(super) fn spans(&self, ids: &Ids) -> Vec<Span> {
        let mut spans = vec![self.pipeline_span(ids)];
        spans.extend(self.pipeline_queue_span(ids));
        for job in &self.jobs {
            spans.push(self.job_span(job, ids));
            spans.extend(self.job_queue_span(job, ids));
        }
        spans
    }

    fn pipeline_span(&self, ids: &Ids) -> Span {
        let row = &self.pipeline;
        let error = pipeline_error(row, &self.jobs);
        let mut attributes = self.common();
        attributes.text("cicd.pipeline.action.name", "RUN");
        attributes.optional("cicd.pipeline.result", result(&row.status, error));
        attributes.optional("error.type", error);
        attributes.optional("gitlab.pipeline.name", row.name.as_deref());
        attributes.text("gitlab.pipeline.status", row.status.as_str());
        let iid = (row.iid.get() > 0).then_some(row.iid.get());
        attributes.whole("gitlab.pipeline.iid", iid);
        attributes.whole("gitlab.pipeline.duration_seconds", row.duration);
        attributes.number("gitlab.pipeline.queued_seconds", row.queued_duration);
        attributes.number("gitlab.pipeline.coverage", row.coverage);
        Span {
            parent_span_id: self
                .parent
                .map(|bridge| ids.job(bridge))
                .unwrap_or_default(),
            kind: Kind::Server.into(),
            status: error.map(error_status),
            ..self.span(
                ids,
                ids.pipeline(row.id),
                format!("RUN {}", row.project_full_path),
                (row.created_at, self.ended_at),
                attributes,
            )
        }
    }

    fn pipeline_queue_span(&self, ids: &Ids) -> Option<Span> {
        let row = &self.pipeline;
        let waited = waited(row.queued_duration)?;
        let mut attributes = self.common();
        attributes.text("cicd.pipeline.run.state", "pending");
        let until = row.created_at.checked_add(waited).ok()?;
        Some(Span {
            parent_span_id: ids.pipeline(row.id),
            ..self.span(
                ids,
                ids.pipeline_queue(row.id),
                QUEUE.to_owned(),
                (row.created_at, until),
                attributes,
            )
        })
    }

    fn job_span(&self, job: &JobRow, ids: &Ids) -> Span {
        let error = job_error(job);
        let mut attributes = self.task(job);
        attributes.optional("cicd.pipeline.task.run.result", result(&job.status, error));
        attributes.optional("error.type", error);
        attributes.flag("gitlab.job.retried", job.retried);
        attributes.flag("gitlab.job.allow_failure", job.allow_failure);
        attributes.whole("gitlab.job.exit_code", job.exit_code);
        attributes.whole("gitlab.job.duration_seconds", job.duration);
        attributes.number("gitlab.job.queued_seconds", job.queued_duration);
        attributes.number("gitlab.job.coverage", job.coverage);
        let downstream = job.downstream_pipeline_id.map(PipelineId::get);
        attributes.whole("gitlab.job.downstream_pipeline_id", downstream);
        Span {
            parent_span_id: ids.pipeline(self.pipeline.id),
            status: error.map(error_status),
            links: self.link(job, ids).into_iter().collect(),
            ..self.span(
                ids,
                ids.job(job.id),
                job.name.clone(),
                self.job_time(job),
                attributes,
            )
        }
    }

    fn job_queue_span(&self, job: &JobRow, ids: &Ids) -> Option<Span> {
        let started = job.started_at?;
        let since = started.checked_sub(waited(job.queued_duration)?).ok()?;
        Some(Span {
            // Beside the job, not in it: the job's span is as long as the job ran.
            parent_span_id: ids.pipeline(self.pipeline.id),
            ..self.span(
                ids,
                ids.job_queue(job.id),
                QUEUE.to_owned(),
                (since, started),
                self.task(job),
            )
        })
    }

    /// From when to when a job ran; an instant if it never did.
    fn job_time(&self, job: &JobRow) -> (Timestamp, Timestamp) {
        let Some(started) = job.started_at else {
            let at = job.finished_at.unwrap_or(job.created_at);
            return (at, at);
        };
        // A job that still runs when its pipeline has ended ends with it, as far as we know.
        (started, job.finished_at.unwrap_or(self.ended_at))
    }

    /// From a bridge to the pipeline it started, when that is in another trace.
    fn link(&self, job: &JobRow, ids: &Ids) -> Option<Link> {
        let downstream = job.downstream_pipeline_id?;
        let root = self.apart.get(&job.id)?;
        let mut attributes = Attributes::default();
        attributes.text("cicd.pipeline.run.id", downstream.to_string());
        Some(Link {
            trace_id: ids.trace(*root),
            span_id: ids.pipeline(downstream),
            attributes: attributes.done(),
            flags: SAMPLED,
        })
    }

    /// What all spans of the pipeline say.
    fn common(&self) -> Attributes {
        let row = &self.pipeline;
        let mut attributes = Attributes::default();
        attributes.text("cicd.pipeline.name", row.project_full_path.as_str());
        attributes.text("cicd.pipeline.run.id", row.id.to_string());
        attributes.optional("cicd.pipeline.run.url.full", row.web_url.as_deref());
        attributes.optional("vcs.ref.head.name", row.ref_name.as_deref());
        attributes.optional("vcs.ref.head.revision", row.sha.as_deref());
        match row.ref_kind.as_str() {
            kind @ ("branch" | "tag") => {
                attributes.text("vcs.ref.type", kind);
                attributes.text("vcs.ref.head.type", kind);
            }
            _ => attributes.optional("vcs.change.id", merge_request(row.ref_name.as_deref())),
        }
        attributes.optional("gitlab.pipeline.source", row.source.as_deref());
        attributes
    }

    /// What both spans of a job say.
    fn task(&self, job: &JobRow) -> Attributes {
        let mut attributes = self.common();
        attributes.text("cicd.pipeline.task.name", job.name.as_str());
        attributes.text("cicd.pipeline.task.run.id", job.id.to_string());
        attributes.optional("cicd.pipeline.task.run.url.full", job.web_url.as_deref());
        let stage = job.stage.as_deref();
        let kind = stage.filter(|stage| ["build", "test", "deploy"].contains(stage));
        attributes.optional("cicd.pipeline.task.type", kind);
        let runner = job.runner_id.map(|id| id.to_string());
        attributes.optional("cicd.worker.id", runner);
        attributes.optional("gitlab.job.stage", stage);
        attributes.text("gitlab.job.kind", job.kind.as_str());
        attributes.text("gitlab.job.status", job.status.as_str());
        attributes.list("gitlab.job.tags", &job.tags);
        attributes
    }

    fn span(
        &self,
        ids: &Ids,
        id: Vec<u8>,
        name: String,
        (start, end): (Timestamp, Timestamp),
        attributes: Attributes,
    ) -> Span {
        Span {
            trace_id: ids.trace(self.root),
            span_id: id,
            parent_span_id: Vec::new(),
            name,
            kind: Kind::Internal.into(),
            start: nanoseconds(start),
            end: nanoseconds(end.max(start)),
            attributes: attributes.done(),
            links: Vec::new(),
            status: None,
            flags: SAMPLED,
        }
    }
}

fn error_status(reason: &str) -> SpanStatus {
    SpanStatus {
        message: reason.to_owned(),
        code: Code::Error.into(),
    }
}

/// A waiting time worth a span.
fn waited(seconds: Option<f64>) -> Option<SignedDuration> {
    let seconds = seconds.filter(|seconds| *seconds > 0.0)?;
    SignedDuration::try_from_secs_f64(seconds).ok()
}

/// The number in `refs/merge-requests/12/head`.
fn merge_request(reference: Option<&str>) -> Option<&str> {
    reference?
        .strip_prefix("refs/merge-requests/")?
        .split('/')
        .next()
}

fn nanoseconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_nanosecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
