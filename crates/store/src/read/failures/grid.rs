//! The grid of nights: projects in rows, nights in columns, failed jobs in cells.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_model::{JobId, PipelineId, ProjectId};
use serde::Serialize;

use super::nights::{Mark, NightFilter, Nights};
use super::plan::{GridPlan, GridSection};
use super::selection::{ALLOWED, Failed, RETRIED, Selection};
use super::window::Links;
use super::{LinkedIssue, Roots, Words};
use crate::read::scope::holds;
use crate::{GroupId, Reader, StoreError};

/// A window of the grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Grid {
    /// Date of each night, oldest first.
    pub days: Vec<Date>,
    /// When each night begins; one more than there are nights.
    pub bounds: Vec<Timestamp>,
    /// The window's rows, in order.
    pub rows: Vec<GridRow>,
    /// All rows of the filter together.
    pub totals: GridTotals,
    /// What the window's rows are put under, each counted in all windows; empty where they are not.
    pub sections: Vec<GridSection>,
}

/// What all rows of a filter add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct GridTotals {
    /// Rows, all windows together.
    pub rows: usize,
    /// Projects known at all.
    pub projects: usize,
    /// Projects with a failure in any night.
    pub failing_projects: usize,
    /// Failed jobs in all nights.
    pub failed_jobs: usize,
    /// Failed jobs in the last night.
    pub last_night_jobs: usize,
    /// Projects with a failure in the last night.
    pub last_night_projects: usize,
    /// Failed jobs of the last night whose group was never seen before.
    pub new: usize,
    /// Failed jobs of the last night whose group came back.
    pub came_back: usize,
    /// Failed jobs of the last night without a reason yet.
    pub unexplained: usize,
    /// Projects with a schedule that should have run in the last night and did not.
    pub did_not_run: usize,
}

/// One project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GridRow {
    /// The project.
    pub project_id: ProjectId,
    /// Its full path.
    pub path: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub web_url: Option<String>,
    /// Its topics.
    pub topics: Vec<String>,
    /// Nights in which something ran, should have run or failed, oldest first.
    pub cells: Vec<Cell>,
    /// Nights in a row with failures, up to the last one that ran.
    pub streak: u32,
    /// Failed jobs in all nights.
    pub failed_jobs: u32,
    /// Failed jobs of each night, oldest first; a pipeline that failed without a job counts as one.
    pub failed_by_night: Vec<u32>,
    /// When the newest failed pipeline was created.
    pub last_failed_at: Option<Timestamp>,
}

/// One night of a project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Index of the night in [`Grid::days`].
    pub day: u16,
    /// Pipelines that passed.
    pub passed: u32,
    /// Pipelines that failed.
    pub failed: u32,
    /// Pipelines in all.
    pub runs: u32,
    /// The newest pipeline; absent when none ran.
    pub pipeline: Option<PipelineId>,
    /// Failed jobs that the filter means, by name.
    pub jobs: Vec<CellJob>,
    /// A schedule should have run and did not.
    pub missing: bool,
}

/// A failed job in a cell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellJob {
    /// The job; absent when the pipeline failed without one.
    pub job_id: Option<JobId>,
    /// Its pipeline, where the job is absent.
    pub pipeline_id: Option<PipelineId>,
    /// Its name; empty when the pipeline failed without a job.
    pub name: String,
    /// Its page in GitLab.
    pub web_url: Option<String>,
    /// Whether it is allowed to fail.
    pub allow_failure: bool,
    /// Whether a newer run replaced it.
    pub retried: bool,
    /// Kind of failure, as people say, else as computed; absent without a reason yet.
    pub category: Option<String>,
    /// The reason in a line.
    pub headline: Option<String>,
    /// The group it belongs to.
    pub group_id: Option<GroupId>,
    /// The issue it belongs to: an open one where there are several.
    pub issue: Option<LinkedIssue>,
    /// Its group was never seen before that night.
    pub is_new: bool,
    /// Its group was seen again after its issue was closed, or after 14 days without.
    pub came_back: bool,
}

/// What decides on the place of a row.
#[derive(Default)]
pub(super) struct Sums {
    pub(super) jobs: u32,
    pub(super) last: Option<i64>,
    pub(super) newest_group: Option<i64>,
    pub(super) streak: u32,
    pub(super) path: String,
}

/// What does not change from row to row.
pub(super) struct Question<'q> {
    pub(super) nights: &'q Nights,
    pub(super) selection: &'q Selection,
    pub(super) roots: &'q Roots,
    pub(super) now: i64,
    /// The word `schedule`, if any pipeline has it.
    pub(super) schedule: Option<i64>,
}

impl Question<'_> {
    /// Whether pipelines of schedules are meant.
    pub(super) fn scheduled(&self) -> bool {
        self.schedule
            .is_none_or(|id| holds(self.selection.sources.as_deref(), id))
    }
}

impl Reader<'_> {
    /// `limit` rows of the grid after the first `offset`, and what all rows add up to.
    pub fn grid(
        &self,
        filter: &NightFilter,
        offset: usize,
        limit: usize,
    ) -> Result<Grid, StoreError> {
        let plan = self.grid_plan(filter)?;
        self.grid_window(filter, &plan, offset, limit)
    }

    /// The order of a filter's rows, and what they add up to: the same for all windows.
    pub fn grid_plan(&self, filter: &NightFilter) -> Result<GridPlan, StoreError> {
        let nights = Nights::of(filter)?;
        let roots = self.roots()?;
        let projects = self.project_count()?;
        let Some(selection) = self.night_selection(filter, &nights, &roots)? else {
            return Ok(GridPlan {
                totals: GridTotals {
                    projects,
                    ..GridTotals::default()
                },
                red_projects: vec![0; nights.len()],
                ..GridPlan::default()
            });
        };
        let question = self.question(filter, &nights, &selection, &roots)?;
        let failed = self.failed_in(&selection, &nights, &roots)?;
        self.plan(filter, &question, &failed, projects)
    }

    /// `limit` rows of a plan of the same filter after the first `offset`.
    pub fn grid_window(
        &self,
        filter: &NightFilter,
        plan: &GridPlan,
        offset: usize,
        limit: usize,
    ) -> Result<Grid, StoreError> {
        let nights = Nights::of(filter)?;
        let roots = self.roots()?;
        let window: Vec<i64> = plan
            .order
            .iter()
            .skip(offset)
            .take(limit)
            .copied()
            .collect();
        let mut grid = Grid {
            days: nights.dates.clone(),
            bounds: times(&nights.bounds)?,
            rows: Vec::new(),
            totals: plan.totals,
            sections: plan.sections_in(offset, window.len()),
        };
        if window.is_empty() {
            return Ok(grid);
        }
        let Some(mut selection) = self.night_selection(filter, &nights, &roots)? else {
            return Ok(grid);
        };
        let mut projects = window.clone();
        projects.sort_unstable();
        selection.projects = Some(projects);
        let failed = self.failed_in(&selection, &nights, &roots)?;
        let question = self.question(filter, &nights, &selection, &roots)?;
        grid.rows = self.rows_of(&question, &window, &failed)?;
        Ok(grid)
    }

    fn question<'q>(
        &self,
        filter: &NightFilter,
        nights: &'q Nights,
        selection: &'q Selection,
        roots: &'q Roots,
    ) -> Result<Question<'q>, StoreError> {
        Ok(Question {
            nights,
            selection,
            roots,
            now: filter.now.as_second(),
            schedule: self.word_ids(&["schedule".to_owned()])?.first().copied(),
        })
    }

    fn project_count(&self) -> Result<usize, StoreError> {
        let count: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM sync_projects WHERE state <> 'missing'")?
            .query_row([], |row| row.get(0))?;
        Ok(count as usize)
    }

    /// A failed job as its cell shows it.
    pub(super) fn cell_job(
        &self,
        row: &Failed,
        page: Option<&str>,
        (mark, headline): (Option<Mark>, Option<String>),
        words: &mut Words,
        links: &Links,
    ) -> Result<CellJob, StoreError> {
        let pipeline = (row.job < 0).then(|| PipelineId(-row.job));
        Ok(CellJob {
            job_id: (row.job > 0).then_some(JobId(row.job)),
            pipeline_id: pipeline,
            name: words.text(self, row.name)?,
            web_url: page.map(|page| match pipeline {
                Some(pipeline) => format!("{page}/-/pipelines/{pipeline}"),
                None => format!("{page}/-/jobs/{}", row.job),
            }),
            allow_failure: row.flags & ALLOWED != 0,
            retried: row.flags & RETRIED != 0,
            category: words.optional(self, row.category)?,
            headline: headline.filter(|line| !line.is_empty()),
            group_id: row.group.map(GroupId),
            issue: links.of(self, row.job, row.group)?,
            is_new: mark == Some(Mark::New),
            came_back: mark == Some(Mark::CameBack),
        })
    }
}

/// What decides on the place of each project that has a failure.
pub(super) fn sums(failed: &[Failed]) -> HashMap<i64, Sums> {
    let mut sums: HashMap<i64, Sums> = HashMap::new();
    for row in failed {
        let sum = sums.entry(row.project).or_default();
        sum.jobs += u32::from(row.job > 0);
        sum.last = sum.last.max(Some(row.night_at));
    }
    sums
}

fn times(seconds: &[i64]) -> Result<Vec<Timestamp>, StoreError> {
    let time = |at: &i64| Timestamp::from_second(*at);
    seconds
        .iter()
        .map(time)
        .collect::<Result<_, _>>()
        .map_err(|error| super::corrupt("the nights of a filter", &error))
}
