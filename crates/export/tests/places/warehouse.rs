//! What warehouses have alike.

use crate::shared::place::Place;

/// A row of an answer.
pub(crate) type Cells = Vec<Option<String>>;

/// A place that answers SQL.
pub(crate) trait Warehouse: Place {
    /// A table's name in SQL.
    fn table(&self, name: &str) -> String;

    /// What SQL answers.
    fn ask(&self, sql: &str) -> impl Future<Output = Vec<Cells>> + Send;
}

/// So many of what a test usually does; `LABTOWER_KILLS` says otherwise.
pub(crate) fn kills(usual: u32) -> u32 {
    let said = std::env::var("LABTOWER_KILLS").ok();
    said.and_then(|text| text.parse().ok()).unwrap_or(usual)
}
