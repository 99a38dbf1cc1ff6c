//! How many pipelines, how many green, how long.

use labtower_model::HistogramSum;
use serde::Serialize;

use super::Filter;
use super::cells::Durations;
use super::words::status_id::{FAILED, SUCCESS};
use crate::{Reader, StoreError};

/// Figures over the pipelines of a filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Pipelines of any status.
    pub total_count: u64,
    /// Pipelines that succeeded.
    pub success_count: u64,
    /// Pipelines that failed.
    pub failed_count: u64,
    /// Pipelines that have a duration.
    pub duration_count: u64,
    /// Their durations together: seconds.
    pub duration_sum: u64,
    /// Median duration: seconds, within ±2.2 %; absent when no pipeline has one.
    pub p50: Option<f64>,
    /// Duration that 95 % stay below: seconds, within ±2.2 %.
    pub p95: Option<f64>,
}

impl Summary {
    /// Mean duration: seconds; absent when no pipeline has one.
    pub fn avg_duration(&self) -> Option<f64> {
        (self.duration_count > 0).then(|| self.duration_sum as f64 / self.duration_count as f64)
    }

    /// Share of pipelines that succeeded, of all whatever their status: 0 to 1; absent when there are none.
    pub fn success_ratio(&self) -> Option<f64> {
        (self.total_count > 0).then(|| self.success_count as f64 / self.total_count as f64)
    }
}

impl Reader<'_> {
    /// Figures over the pipelines of a filter, exact but for the two percentiles.
    pub fn summary(&self, filter: &Filter) -> Result<Summary, StoreError> {
        let Some(scope) = self.scope_in_data(filter)? else {
            return Ok(Summary::default());
        };
        let (mut total, mut success, mut failed) = (0, 0, 0);
        let (mut duration_count, mut duration_sum) = (0, 0);
        let mut histogram = HistogramSum::default();
        let mut broken = false;
        self.cells(&scope, &mut |cell| {
            let count = cell.sign * cell.count;
            total += count;
            if cell.status == SUCCESS {
                success += count;
            } else if cell.status == FAILED {
                failed += count;
            }
            duration_count += cell.sign * cell.duration_count;
            duration_sum += cell.sign * cell.duration_sum;
            match cell.durations {
                Durations::Histogram(bytes) => {
                    broken |= histogram.add_bytes(bytes, cell.sign).is_none();
                }
                Durations::One(seconds) => histogram.add(seconds as f64, cell.sign),
                Durations::None => {}
            }
        })?;
        if broken {
            return Err(StoreError::Corrupt {
                what: "a histogram of the rollups".to_owned(),
                detail: "its bytes end within a number".to_owned(),
            });
        }
        let histogram = histogram.to_histogram();
        Ok(Summary {
            total_count: total as u64,
            success_count: success as u64,
            failed_count: failed as u64,
            duration_count: duration_count as u64,
            duration_sum: duration_sum as u64,
            p50: histogram.quantile(0.5),
            p95: histogram.quantile(0.95),
        })
    }
}
