//! Where a pipeline belongs: the trace of the pipeline at the top of its family.

use jiff::Timestamp;
use labtower_model::{JobId, PipelineId};
use labtower_store::{PipelineRow, Reader, StoreError, Trace};

use super::options::OtlpOptions;

/// A pipeline's place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// It is known.
    Known {
        /// First pipeline of the trace.
        root: PipelineId,
        /// The bridge that started this one.
        parent: Option<JobId>,
        /// What started the first pipeline.
        source: Option<String>,
    },
    /// What started it is not stored yet.
    Unknown,
}

/// Sources of pipelines that a bridge may have started.
const DOWNSTREAM: [&str; 2] = ["parent_pipeline", "pipeline"];

/// Most pipelines above one another; GitLab allows far fewer.
const DEPTH: usize = 64;

/// Looks upwards from a pipeline. Once it was sent, its trace stays the same.
pub(super) fn place(
    reader: &Reader<'_>,
    options: &OtlpOptions,
    row: &PipelineRow,
    known: Option<&Trace>,
    now: Timestamp,
) -> Result<Place, StoreError> {
    if let Some(root) = known.and_then(|trace| trace.root_id) {
        return stays(reader, row, root);
    }
    let mut parent = None;
    let mut top = row.clone();
    for _ in 0..DEPTH {
        let Some((bridge, upstream)) = reader.upstream(top.id)? else {
            break;
        };
        // A pipeline that is never sent cannot be the root of a trace.
        let above = reader.pipeline(upstream)?;
        let Some(above) = above.filter(|above| (options.project_allowed)(&above.project_full_path))
        else {
            return Ok(found(&top, parent));
        };
        parent = parent.or(Some(bridge));
        if let Some(root) = reader.trace(upstream)?.and_then(|trace| trace.root_id) {
            let source = reader.pipeline(root)?.and_then(|root| root.source);
            return Ok(Place::Known {
                root,
                parent,
                source: source.or(above.source),
            });
        }
        top = above;
    }
    let expected = top
        .source
        .as_deref()
        .is_some_and(|source| DOWNSTREAM.contains(&source));
    let since = known.and_then(|trace| trace.waiting_since).unwrap_or(now);
    let waited = now.duration_since(since).unsigned_abs();
    if expected && waited < options.pace.patience {
        return Ok(Place::Unknown);
    }
    Ok(found(&top, parent))
}

fn found(top: &PipelineRow, parent: Option<JobId>) -> Place {
    Place::Known {
        root: top.id,
        parent,
        source: top.source.clone(),
    }
}

fn stays(reader: &Reader<'_>, row: &PipelineRow, root: PipelineId) -> Result<Place, StoreError> {
    if root == row.id {
        return Ok(found(row, None));
    }
    let top = reader.pipeline(root)?;
    Ok(Place::Known {
        root,
        parent: reader.upstream(row.id)?.map(|(bridge, _)| bridge),
        source: top.map_or_else(|| row.source.clone(), |top| top.source),
    })
}
