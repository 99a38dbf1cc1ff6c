//! A window of the grid, with what is known of its projects beside their nights.

use std::time::Duration;

use jiff::Timestamp;
use labtower_store::{Grid, NightFilter, Reader, StoreError};

use crate::state::App;
use crate::web::pages::{FlakyJobs, Instance};

/// A page does not wait for flaky jobs to be counted; it comes again by itself.
pub(super) const PAGE: Duration = Duration::ZERO;
/// How long programs wait.
pub(super) const PROGRAM: Duration = Duration::from_millis(1500);

/// Some rows of the grid.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) grid: Grid,
    /// Flaky jobs of each row's project; absent while they are not counted.
    pub(super) flaky: Vec<Option<u32>>,
}

/// Which rows, and of which data; made before the store is asked.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    filter: NightFilter,
    /// Rows before, and rows at most; absent for all.
    rows: Option<(usize, usize)>,
    generation: u64,
    budget: Duration,
}

impl Wanted {
    pub(super) fn new(
        app: &App,
        filter: NightFilter,
        rows: Option<(usize, usize)>,
        budget: Duration,
    ) -> Self {
        Self {
            filter,
            rows,
            generation: app.store().data_generation(),
            budget,
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.filter.now
    }

    pub(super) fn read(&self, app: &App, reader: &Reader<'_>) -> Result<Window, StoreError> {
        let grid = match self.rows {
            Some(rows) => app
                .plans()
                .window(reader, self.generation, &self.filter, rows)?,
            None => reader.grid(&self.filter, 0, usize::MAX)?,
        };
        let instance = Instance {
            now: self.filter.now,
            generation: self.generation,
        };
        let projects: Vec<_> = grid.rows.iter().map(|row| row.project_id).collect();
        let of = projects.iter().copied();
        let counted = app.flaky().of(reader, of, instance, self.budget)?;
        if !counted.complete {
            FlakyJobs::count_beside(app, projects, instance);
        }
        Ok(Window {
            grid,
            flaky: counted.jobs,
        })
    }
}
