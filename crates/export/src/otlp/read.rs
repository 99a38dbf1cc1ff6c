//! What is due: read from the store, in one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use labtower_model::{JobId, PipelineId, Status};
use labtower_store::{ChangeKind, JobRow, Reader, StoreError, Trace};

use super::NAME;
use super::map::Unit;
use super::options::OtlpOptions;
use super::place::{Place, place};

/// Changes looked at in one step.
const CHANGES: usize = 5_000;

/// Pipelines sent in one step.
const PIPELINES: usize = 300;

/// What a step has to do.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Pipelines to send, oldest first.
    pub(super) units: Vec<Unit>,
    /// Pipelines that wait from now on, or no longer.
    pub(super) marks: Vec<Trace>,
    /// The sink has taken the feed up to here, once the units are sent.
    pub(super) seq: u64,
    /// Where it stood before.
    pub(super) from: u64,
    /// Whether there is more to do at once.
    pub(super) more: bool,
    /// Whether some pipeline waits: the step must be repeated though nothing changed.
    pub(super) waiting: bool,
}

/// What becomes of one pipeline.
enum Verdict {
    Send(Box<Unit>),
    Mark(Trace),
    Skip,
}

/// Reads what is due; `None` until the history is complete and the sink has begun.
pub(super) fn plan(
    reader: &Reader<'_>,
    options: &OtlpOptions,
    now: Timestamp,
) -> Result<Option<Plan>, StoreError> {
    // In half a history many a pipeline would lack the one that started it.
    let Some(sink) = reader.sink(NAME)? else {
        return Ok(None);
    };
    if reader.history_complete_at()?.is_none() {
        return Ok(None);
    }
    let keys = reader.change_keys(sink.seq, CHANGES)?;
    let mut plan = Plan {
        seq: sink.seq,
        from: sink.seq,
        more: keys.len() == CHANGES,
        ..Plan::default()
    };
    let mut due = BTreeSet::new();
    for key in &keys {
        if due.len() >= PIPELINES {
            plan.more = true;
            break;
        }
        plan.seq = key.seq;
        if key.kind == ChangeKind::Pipeline && !key.deleted {
            due.insert(PipelineId(key.entity_id));
        }
    }
    let waiting = reader.waiting_traces(PIPELINES)?;
    due.extend(waiting.iter().map(|trace| trace.pipeline_id));
    for id in due {
        match judge(reader, options, id, sink.since, now)? {
            Verdict::Send(unit) => plan.units.push(*unit),
            Verdict::Mark(trace) => {
                plan.waiting |= trace.waiting_since.is_some();
                // What waits on needs no new row.
                if !waiting.contains(&trace) {
                    plan.marks.push(trace);
                }
            }
            Verdict::Skip => {}
        }
    }
    Ok(Some(plan))
}

fn judge(
    reader: &Reader<'_>,
    options: &OtlpOptions,
    id: PipelineId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<Verdict, StoreError> {
    let known = reader.trace(id)?;
    let waits = known.filter(|trace| trace.waiting_since.is_some());
    // Whatever keeps it from being sent ends its waiting.
    let not_sent = match waits {
        Some(trace) => Verdict::Mark(Trace {
            waiting_since: None,
            ..trace
        }),
        None => Verdict::Skip,
    };
    let Some(row) = reader.pipeline(id)? else {
        return Ok(not_sent);
    };
    let ended_at = row.finished_at.unwrap_or(row.updated_at);
    let too_old = since.is_some_and(|since| ended_at < since);
    let finished = Status::parse(&row.status).is_finished();
    if !finished || too_old || !(options.project_allowed)(&row.project_full_path) {
        return Ok(not_sent);
    }
    if known.is_some_and(|trace| trace.waiting_since.is_none() && trace.ended_at == ended_at) {
        return Ok(Verdict::Skip);
    }
    let (root, parent, source) = match place(reader, options, &row, known.as_ref(), now)? {
        Place::Known {
            root,
            parent,
            source,
        } => (root, parent, source),
        Place::Unknown => {
            return Ok(Verdict::Mark(Trace {
                pipeline_id: id,
                ended_at,
                root_id: None,
                waiting_since: Some(waits.and_then(|trace| trace.waiting_since).unwrap_or(now)),
            }));
        }
    };
    if !options.source_allowed(source.as_deref()) {
        return Ok(not_sent);
    }
    let jobs = reader.jobs_of(id)?;
    Ok(Verdict::Send(Box::new(Unit {
        apart: apart(reader, &jobs, root)?,
        pipeline: row,
        ended_at,
        jobs,
        root,
        parent,
    })))
}

/// Bridges whose downstream pipeline was sent in another trace than `root`'s, before we knew better.
fn apart(
    reader: &Reader<'_>,
    jobs: &[JobRow],
    root: PipelineId,
) -> Result<BTreeMap<JobId, PipelineId>, StoreError> {
    let mut apart = BTreeMap::new();
    for job in jobs {
        let Some(downstream) = job.downstream_pipeline_id else {
            continue;
        };
        let sent_in = reader.trace(downstream)?.and_then(|trace| trace.root_id);
        if let Some(other) = sent_in.filter(|other| *other != root) {
            apart.insert(job.id, other);
        }
    }
    Ok(apart)
}
