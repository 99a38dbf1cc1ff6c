//! Wall time and CPU time of the process.

use std::time::Instant;

use crate::process::cpu_seconds;

/// Rows per second of wall time and of CPU time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speed {
    pub(super) wall: f64,
    pub(super) cpu: f64,
}

/// A measurement under way.
pub(super) struct Meter {
    wall: Instant,
    cpu: f64,
}

impl Meter {
    /// Begins.
    pub(super) fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu: cpu_seconds(std::process::id()),
        }
    }

    /// Ends, having stored that many rows.
    pub(super) fn stop(self, rows: usize) -> Speed {
        Speed {
            wall: rows as f64 / self.wall.elapsed().as_secs_f64(),
            cpu: rows as f64 / (cpu_seconds(std::process::id()) - self.cpu).max(0.01),
        }
    }
}

/// The median of each of the two.
pub(super) fn median(speeds: &[Speed]) -> Speed {
    let middle = |of: fn(&Speed) -> f64| {
        let mut values: Vec<f64> = speeds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(0.0)
    };
    Speed {
        wall: middle(|speed| speed.wall),
        cpu: middle(|speed| speed.cpu),
    }
}
