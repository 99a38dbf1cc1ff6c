//! The grid of nights: projects in rows, nights in columns, failed jobs in cells.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_model::{JobId, PipelineId, ProjectId};
use rusqlite::OptionalExtension;
use serde::Serialize;

use super::marks::Marks;
use super::nights::{Mark, NightFilter, NightSort, Nights};
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
struct Sums {
    jobs: u32,
    last: Option<i64>,
    newest_group: Option<i64>,
    streak: u32,
    path: String,
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
        let nights = Nights::of(filter)?;
        let roots = self.roots()?;
        let mut grid = Grid {
            days: nights.dates.clone(),
            bounds: times(&nights.bounds)?,
            rows: Vec::new(),
            totals: GridTotals {
                projects: self.project_count()?,
                ..GridTotals::default()
            },
        };
        let Some(selection) = self.night_selection(filter, &nights, &roots)? else {
            return Ok(grid);
        };
        let question = Question {
            nights: &nights,
            selection: &selection,
            roots: &roots,
            now: filter.now.as_second(),
            schedule: self.word_ids(&["schedule".to_owned()])?.first().copied(),
        };
        let failed = self.failed_in(&selection, &nights, &roots)?;
        let sums = sums(&failed);
        grid.totals.failing_projects = sums.len();
        self.totals_of(&question, &failed, &mut grid.totals)?;
        let order = self.order(filter, &question, &failed, sums)?;
        grid.totals.rows = order.len();
        let window: Vec<i64> = order.into_iter().skip(offset).take(limit).collect();
        grid.rows = self.rows_of(&question, &window, &failed)?;
        Ok(grid)
    }

    fn project_count(&self) -> Result<usize, StoreError> {
        let count: i64 = self
            .conn
            .prepare_cached("SELECT count(*) FROM sync_projects WHERE state <> 'missing'")?
            .query_row([], |row| row.get(0))?;
        Ok(count as usize)
    }

    fn totals_of(
        &self,
        question: &Question<'_>,
        failed: &[Failed],
        totals: &mut GridTotals,
    ) -> Result<(), StoreError> {
        let nights = question.nights;
        let last = nights.bounds[nights.len() - 1];
        totals.failed_jobs = failed.iter().filter(|row| row.job > 0).count();
        let mut lately = HashSet::new();
        let mut marks = Marks::new(self, question.roots)?;
        for row in failed.iter().filter(|row| row.night_at >= last) {
            lately.insert(row.project);
            if row.job < 0 {
                continue;
            }
            totals.last_night_jobs += 1;
            totals.unexplained += usize::from(row.category.is_none());
            let Some(group) = row.group else { continue };
            let mark = marks.of(self, group, last)?;
            totals.new += usize::from(mark == Some(Mark::New));
            totals.came_back += usize::from(mark == Some(Mark::CameBack));
        }
        totals.last_night_projects = lately.len();
        if question.scheduled() {
            totals.did_not_run = self.missed_projects(question)?;
        }
        Ok(())
    }

    /// Ids of the projects that have a row, in order.
    fn order(
        &self,
        filter: &NightFilter,
        question: &Question<'_>,
        failed: &[Failed],
        mut sums: HashMap<i64, Sums>,
    ) -> Result<Vec<i64>, StoreError> {
        if filter.sort == NightSort::NewestError {
            let first_seen = self.first_seen(question.roots)?;
            for row in failed {
                let seen = row.group.and_then(|group| first_seen.get(&group)).copied();
                if let Some(sum) = sums.get_mut(&row.project) {
                    sum.newest_group = sum.newest_group.max(seen);
                }
            }
        }
        if !filter.only_failing {
            let all = match &question.selection.projects {
                Some(projects) => projects.clone(),
                None => self.column::<i64>("SELECT id FROM projects", [])?,
            };
            for project in all {
                sums.entry(project).or_default();
            }
        }
        if filter.sort == NightSort::Streak {
            let projects: Vec<i64> = sums.keys().copied().collect();
            for (project, streak) in self.streaks(question, &projects, failed)? {
                sums.entry(project).or_default().streak = streak;
            }
        }
        if filter.sort == NightSort::Name {
            let mut statement = self
                .conn
                .prepare_cached("SELECT path_with_namespace FROM projects WHERE id = ?1")?;
            for (project, sum) in &mut sums {
                let path = statement
                    .query_row([project], |row| row.get(0))
                    .optional()?;
                sum.path = path.unwrap_or_default();
            }
        }
        let mut order: Vec<(i64, Sums)> = sums.into_iter().collect();
        order.sort_unstable_by(|(a_id, a), (b_id, b)| {
            // The greater comes first, but for names.
            let order = match filter.sort {
                NightSort::Recent => (b.last, b.jobs).cmp(&(a.last, a.jobs)),
                NightSort::Failures => (b.jobs, b.last).cmp(&(a.jobs, a.last)),
                NightSort::NewestError => (b.newest_group, b.last).cmp(&(a.newest_group, a.last)),
                NightSort::Streak => (b.streak, b.last).cmp(&(a.streak, a.last)),
                NightSort::Name => a.path.cmp(&b.path),
            };
            order.then_with(|| a_id.cmp(b_id))
        });
        Ok(order.into_iter().map(|(project, _)| project).collect())
    }

    /// When each group was seen first.
    fn first_seen(&self, roots: &Roots) -> Result<HashMap<i64, i64>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT id, first_seen FROM failure_groups")?;
        let mut rows = statement.query([])?;
        let mut seen: HashMap<i64, i64> = HashMap::new();
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(1)?;
            let first = seen.entry(roots.of(row.get(0)?)).or_insert(at);
            *first = at.min(*first);
        }
        Ok(seen)
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
fn sums(failed: &[Failed]) -> HashMap<i64, Sums> {
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
