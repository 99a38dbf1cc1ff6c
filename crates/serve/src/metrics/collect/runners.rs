//! Runners.

use std::collections::{BTreeMap, HashMap};

use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let running: HashMap<_, _> = context.reader.running_by_runner()?.into_iter().collect();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut each = Table::new(&[
        "labtower_runner_running_jobs",
        "labtower_runner_contacted_timestamp_seconds",
    ]);
    for row in context.reader.runners()? {
        let runner = row.runner;
        let key = (
            runner.runner_type.unwrap_or_default(),
            runner.status.unwrap_or_default(),
        );
        *counts.entry(key).or_default() += 1;
        let jobs = running.get(&runner.id).copied().unwrap_or(0);
        each.row().plain("runner_id", runner.id.get());
        each.set(0, Some(jobs as f64));
        let contacted_at = row.details.and_then(|details| details.contacted_at);
        each.set(1, contacted_at.map(|at| at.as_second() as f64));
        each.weigh(contacted_at.map_or(0, |at| at.as_second()));
    }
    let mut all = Table::new(&["labtower_runners"]);
    for ((runner_type, status), count) in counts {
        let row = all.row().pair("runner_type", &runner_type);
        row.pair("status", &status);
        all.set(0, Some(count as f64));
    }
    Ok(vec![all, each])
}
