//! How far reading has come, project by project; the rest of labtower's own families is made at each scrape.

use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut table = Table::new(&["labtower_sync_project_last_success_timestamp_seconds"]);
    for project in context.reader.sync_projects()? {
        if let Some(label) = context.projects.label(project.project_id) {
            table.row().written(label);
            let at = project.last_success_at.map(|at| at.as_second());
            table.set(0, at.map(|at| at as f64));
            // The one that lags most matters most.
            table.weigh(at.map_or(0, |at| -at));
        }
    }
    Ok(vec![table])
}
