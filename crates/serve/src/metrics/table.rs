//! Values of families that share their label sets.

use super::family::{Family, families};
use super::labels::Labels;

/// Families over the same label sets: a row is a label set, a column a family.
#[derive(Debug, Clone)]
pub struct Table {
    /// The label sets.
    pub labels: Labels,
    /// What matters most when a family reaches its limit: one weight for each row, or none at all.
    pub weights: Vec<i64>,
    /// The families.
    pub columns: Vec<Column>,
}

/// The values of one family.
#[derive(Debug, Clone)]
pub struct Column {
    /// The family.
    pub family: &'static Family,
    /// A value for each row.
    pub cells: Cells,
}

/// The values of one family, row by row.
#[derive(Debug, Clone)]
pub enum Cells {
    /// Single numbers; NaN stands for none.
    Numbers(Vec<f64>),
    /// Histograms.
    Histograms(Histograms),
}

/// Histograms of one family.
#[derive(Debug, Clone)]
pub struct Histograms {
    /// Upper bounds of the buckets but the last.
    pub bounds: &'static [i64],
    /// For each row its buckets, not cumulative, the one beyond all bounds included.
    pub counts: Vec<u64>,
    /// Sum of what was counted, for each row.
    pub sums: Vec<f64>,
}

impl Table {
    /// A table of single numbers without rows.
    ///
    /// # Panics
    /// A name is not in the catalogue: the program is wrong.
    pub fn new(names: &[&str]) -> Self {
        Self {
            labels: Labels::default(),
            weights: Vec::new(),
            columns: names
                .iter()
                .map(|name| Column {
                    family: known(name),
                    cells: Cells::Numbers(Vec::new()),
                })
                .collect(),
        }
    }

    /// A table of one histogram without rows; panics as [`Table::new`].
    pub fn histogram(name: &str, bounds: &'static [i64]) -> Self {
        let mut table = Self::new(&[name]);
        table.columns[0].cells = Cells::Histograms(Histograms {
            bounds,
            counts: Vec::new(),
            sums: Vec::new(),
        });
        table
    }

    /// Begins a row without values.
    pub fn row(&mut self) -> &mut Labels {
        for column in &mut self.columns {
            match &mut column.cells {
                Cells::Numbers(values) => values.push(f64::NAN),
                Cells::Histograms(histograms) => {
                    let buckets = histograms.counts.len() + histograms.bounds.len() + 1;
                    histograms.counts.resize(buckets, 0);
                    histograms.sums.push(0.0);
                }
            }
        }
        self.labels.row()
    }

    /// Sets a number of the row begun last; `None` leaves it out.
    pub fn set(&mut self, column: usize, value: Option<f64>) {
        let (Cells::Numbers(values), Some(value)) = (&mut self.columns[column].cells, value) else {
            return;
        };
        if let Some(last) = values.last_mut() {
            *last = value;
        }
    }

    /// Adds to a number of a row.
    pub fn add(&mut self, row: usize, column: usize, by: f64) {
        if let Cells::Numbers(values) = &mut self.columns[column].cells {
            let before = values[row];
            values[row] = if before.is_nan() { by } else { before + by };
        }
    }

    /// Adds to a bucket (from 1 on) of the histogram in a row.
    pub fn observe(&mut self, row: usize, bucket: usize, count: u64, sum: f64) {
        if let Cells::Histograms(histograms) = &mut self.columns[0].cells {
            let buckets = histograms.bounds.len() + 1;
            histograms.counts[row * buckets + bucket - 1] += count;
            histograms.sums[row] += sum;
        }
    }

    /// Sets what the row begun last weighs when a family reaches its limit.
    pub fn weigh(&mut self, weight: i64) {
        self.weights.resize(self.labels.len(), 0);
        if let Some(last) = self.weights.last_mut() {
            *last = weight;
        }
    }

    /// A family with a single series that has no labels.
    pub fn single(name: &str, value: Option<f64>) -> Self {
        let mut table = Self::new(&[name]);
        table.row();
        table.set(0, value);
        table
    }
}

impl Cells {
    /// Whether there is a value in this row.
    pub(super) fn has(&self, row: usize) -> bool {
        match self {
            Self::Numbers(values) => !values[row].is_nan(),
            Self::Histograms(_) => true,
        }
    }

    /// Series that one row makes.
    pub(super) fn series(&self) -> usize {
        match self {
            Self::Numbers(_) => 1,
            // The buckets with the one of all, sum and count.
            Self::Histograms(histograms) => histograms.bounds.len() + 3,
        }
    }
}

fn known(name: &str) -> &'static Family {
    families()
        .find(|family| family.name == name)
        .unwrap_or_else(|| unreachable!("`{name}` is not in the catalogue"))
}
