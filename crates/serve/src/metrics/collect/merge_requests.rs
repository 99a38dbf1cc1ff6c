//! Merge requests by project, and how long they take.

use std::collections::{BTreeMap, HashMap};

use labtower_model::ProjectId;
use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

/// Upper bounds of the buckets of cycle times: an hour to a month, in seconds.
const BOUNDS: [i64; 9] = [
    3600, 14_400, 28_800, 86_400, 172_800, 259_200, 604_800, 1_209_600, 2_592_000,
];

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut counts: BTreeMap<(ProjectId, String), u64> = BTreeMap::new();
    for count in context.reader.merge_request_counts()? {
        *counts.entry((count.project_id, count.state)).or_default() += count.count;
    }
    let mut by_state = Table::new(&["labtower_merge_requests"]);
    for ((project, state), count) in counts {
        if let Some(project) = context.projects.label(project) {
            by_state.row().written(project).pair("state", &state);
            by_state.set(0, Some(count as f64));
            by_state.weigh(count as i64);
        }
    }
    let mut cycles = Table::histogram("labtower_merge_request_cycle_seconds", &BOUNDS);
    let mut rows: HashMap<ProjectId, usize> = HashMap::new();
    let (reader, projects) = (context.reader, &context.projects);
    reader.merge_cycles(|project, seconds| {
        let Some(label) = projects.label(project) else {
            return;
        };
        let row = *rows.entry(project).or_insert_with(|| {
            cycles.row().written(label);
            cycles.labels.len() - 1
        });
        let bucket = 1 + BOUNDS.partition_point(|bound| *bound < seconds);
        cycles.observe(row, bucket, 1, seconds as f64);
    })?;
    let mut oldest = Table::new(&["labtower_merge_request_oldest_open_timestamp_seconds"]);
    for (project, created_at) in reader.oldest_open_merge_requests()? {
        if let Some(project) = projects.label(project) {
            oldest.row().written(project);
            oldest.set(0, Some(created_at.as_second() as f64));
            oldest.weigh(-created_at.as_second());
        }
    }
    Ok(vec![by_state, cycles, oldest])
}
