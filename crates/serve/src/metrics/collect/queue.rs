//! What runs and waits now.

use std::collections::BTreeMap;

use jiff::Timestamp;
use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

/// Jobs that wait or run with the same tags: their age is told anew at each scrape.
#[derive(Debug, Clone)]
pub(in crate::metrics) struct Waiting {
    /// Runner tags, joined by comma.
    pub(in crate::metrics) tags: String,
    /// `pending` or `running`.
    pub(in crate::metrics) status: String,
    /// Since when the first of them does.
    pub(in crate::metrics) since: Timestamp,
}

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut pipelines = Table::new(&["labtower_pipelines"]);
    for active in context.reader.active_pipelines()? {
        let status = context.texts.get(context.reader, active.status)?;
        if let Some(project) = context.projects.label(active.project_id) {
            pipelines.row().written(project).pair("status", status);
            pipelines.set(0, Some(active.count as f64));
            pipelines.weigh(active.count as i64);
        }
    }
    let mut jobs = Table::new(&["labtower_jobs"]);
    let mut oldest: BTreeMap<(i64, i64), Timestamp> = BTreeMap::new();
    for active in context.reader.active_jobs()? {
        let tags = context.text(active.tags)?.to_owned();
        let status = context.texts.get(context.reader, active.status)?;
        let Some(project) = context.projects.label(active.project_id) else {
            continue;
        };
        let row = jobs.row().written(project);
        row.pair("tag_list", &tags).pair("status", status);
        jobs.set(0, Some(active.count as f64));
        jobs.weigh(active.count as i64);
        oldest
            .entry((active.tags, active.status))
            .and_modify(|since| *since = (*since).min(active.oldest))
            .or_insert(active.oldest);
    }
    for ((tags, status), since) in oldest {
        let waiting = Waiting {
            tags: context.text(tags)?.to_owned(),
            status: context.text(status)?.to_owned(),
            since,
        };
        context.waiting.push(waiting);
    }
    Ok(vec![pipelines, jobs])
}
