//! What is true of this process alone, as told by whoever knows.

use std::sync::Arc;

use super::table::Table;

/// Takes the process's own numbers, family by family.
#[derive(Debug, Default)]
pub struct InstanceSamples {
    tables: Vec<Table>,
}

/// Tells the process's own numbers, for example those of the GitLab client.
pub type InstanceMetrics = Arc<dyn Fn(&mut InstanceSamples) + Send + Sync>;

impl InstanceSamples {
    /// One number of a family in the catalogue; `labels` are those of the catalogue, in its order.
    ///
    /// # Panics
    /// The family is not in the catalogue: the program is wrong.
    pub fn put(&mut self, family: &str, labels: &[(&str, &str)], value: f64) {
        let known = self
            .tables
            .iter()
            .position(|table| table.columns[0].family.name == family);
        let index = known.unwrap_or_else(|| {
            self.tables.push(Table::new(&[family]));
            self.tables.len() - 1
        });
        let table = &mut self.tables[index];
        let row = table.row();
        for (name, text) in labels {
            row.pair(name, text);
        }
        table.set(0, Some(value));
    }

    /// What was told.
    pub(super) fn into_tables(self) -> Vec<Table> {
        self.tables
    }
}
