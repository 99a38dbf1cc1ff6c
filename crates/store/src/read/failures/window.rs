//! The rows of one window of the grid.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId};
use rusqlite::OptionalExtension;

use super::grid::{Cell, GridRow, Question};
use super::issues::LinkedIssue;
use super::marks::Marks;
use super::selection::Failed;
use super::{Roots, Words, json};
use crate::read::words::status_id;
use crate::{Reader, StoreError};

/// Links of single jobs that are looked through at once; beyond that each job is looked up.
const MOST_LINKS: usize = 20_000;

/// A pipeline of a night.
struct Ran {
    id: i64,
    at: i64,
    /// Words.
    reference: i64,
    /// Words.
    status: i64,
    scheduled: bool,
}

/// Issues of groups and jobs.
pub(super) struct Links {
    groups: HashMap<i64, LinkedIssue>,
    /// Jobs with a link of their own: most have none, and need not be looked up. `None` when too many have.
    jobs: Option<HashSet<i64>>,
}

impl Links {
    /// The issue of a job or of its group; `None` for neither.
    pub(super) fn of(
        &self,
        reader: &Reader<'_>,
        job: i64,
        group: Option<i64>,
    ) -> Result<Option<LinkedIssue>, StoreError> {
        if self.jobs.as_ref().is_none_or(|jobs| jobs.contains(&job))
            && let Some(own) = LinkedIssue::first(reader.job_links(job)?)
        {
            return Ok(Some(own));
        }
        Ok(group.and_then(|group| self.groups.get(&group)).cloned())
    }
}

impl Reader<'_> {
    /// The rows of some projects, in their order.
    pub(super) fn rows_of(
        &self,
        question: &Question<'_>,
        projects: &[i64],
        failed: &[Failed],
    ) -> Result<Vec<GridRow>, StoreError> {
        let mut of_project: HashMap<i64, Vec<&Failed>> =
            projects.iter().map(|id| (*id, Vec::new())).collect();
        for row in failed {
            if let Some(rows) = of_project.get_mut(&row.project) {
                rows.push(row);
            }
        }
        let mut words = Words::default();
        let mut marks = Marks::new(self, question.roots)?;
        let mut headline = self
            .conn
            .prepare_cached("SELECT headline FROM reasons WHERE job_id = ?1")?;
        let jobs = || failed.iter().map(|row| row.job);
        let range = jobs().min().zip(jobs().max());
        let links = self.links(question.roots, range)?;
        let defaults = self.default_refs(Some(projects))?;
        projects
            .iter()
            .map(|project| {
                let failed = &of_project[project];
                let default = defaults.get(project).copied();
                let mut row = self.empty_row(*project)?;
                let ran = self.ran(question, *project, default)?;
                let mut cells = self.night_cells(question, (*project, default), &ran, failed)?;
                for failed in failed {
                    let night = question.nights.index(failed.night_at);
                    let begins = question.nights.bounds[night];
                    let mark = match failed.group {
                        Some(group) => marks.of(self, group, begins)?,
                        None => None,
                    };
                    let line = headline
                        .query_row([failed.job], |row| row.get(0))
                        .optional()?;
                    let job = self.cell_job(
                        failed,
                        row.web_url.as_deref(),
                        (mark, line),
                        &mut words,
                        &links,
                    )?;
                    cells
                        .entry(night)
                        .or_insert_with(|| cell(night))
                        .jobs
                        .push(job);
                }
                row.cells = cells.into_values().collect();
                for cell in &mut row.cells {
                    cell.jobs
                        .sort_by(|a, b| (&a.name, a.job_id).cmp(&(&b.name, b.job_id)));
                }
                row.streak = streak(&row.cells);
                row.failed_by_night = vec![0; question.nights.len()];
                for cell in &row.cells {
                    row.failed_by_night[usize::from(cell.day)] = cell.jobs.len() as u32;
                }
                row.failed_jobs = failed.iter().filter(|row| row.job > 0).count() as u32;
                row.last_failed_at = failed
                    .iter()
                    .map(|row| row.night_at)
                    .max()
                    .and_then(|at| Timestamp::from_second(at).ok());
                Ok(row)
            })
            .collect()
    }

    /// Nights in a row with failures, by project; only of those whose newest run failed.
    pub(super) fn streaks(
        &self,
        question: &Question<'_>,
        projects: &[i64],
        failed: &[Failed],
    ) -> Result<HashMap<i64, u32>, StoreError> {
        let mut last: HashMap<i64, i64> = HashMap::new();
        let mut of_project: HashMap<i64, Vec<&Failed>> = HashMap::new();
        for row in failed {
            let at = last.entry(row.project).or_insert(row.night_at);
            *at = row.night_at.max(*at);
            of_project.entry(row.project).or_default().push(row);
        }
        let defaults = self.default_refs(None)?;
        let mut streaks = HashMap::new();
        for project in projects {
            let Some(at) = last.get(project) else {
                continue;
            };
            let default = defaults.get(project).copied();
            if self.ran_after(question, *project, default, *at)? {
                continue;
            }
            let ran = self.ran(question, *project, default)?;
            let mut cells = self.night_cells(question, (*project, default), &ran, &[])?;
            for row in &of_project[project] {
                let night = question.nights.index(row.night_at);
                cells.entry(night).or_insert_with(|| cell(night)).failed += 1;
            }
            let cells: Vec<Cell> = cells.into_values().collect();
            streaks.insert(*project, streak(&cells));
        }
        Ok(streaks)
    }

    fn empty_row(&self, project: i64) -> Result<GridRow, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT path_with_namespace, name, web_url, topics FROM projects WHERE id = ?1",
        )?;
        let mut rows = statement.query([project])?;
        let (path, name, web_url, topics) = match rows.next()? {
            Some(row) => {
                let topics: String = row.get(3)?;
                let topics = json(&topics, "the topics of a project")?;
                (row.get(0)?, row.get(1)?, row.get(2)?, topics)
            }
            None => (String::new(), String::new(), None, Vec::new()),
        };
        Ok(GridRow {
            project_id: ProjectId(project),
            path,
            name,
            web_url,
            topics,
            cells: Vec::new(),
            streak: 0,
            failed_jobs: 0,
            failed_by_night: Vec::new(),
            last_failed_at: None,
        })
    }

    /// Default branches of projects as words; `None` for all projects.
    pub(super) fn default_refs(
        &self,
        projects: Option<&[i64]>,
    ) -> Result<HashMap<i64, i64>, StoreError> {
        let mut refs = HashMap::new();
        let mut names: HashMap<String, Option<i64>> = HashMap::new();
        let mut put = |project: i64, name: Option<String>| -> Result<(), StoreError> {
            let Some(name) = name else { return Ok(()) };
            let id = if let Some(id) = names.get(&name) {
                *id
            } else {
                let id = self.word_ids(std::slice::from_ref(&name))?.first().copied();
                names.insert(name, id);
                id
            };
            refs.extend(id.map(|id| (project, id)));
            Ok(())
        };
        if let Some(projects) = projects {
            let mut statement = self
                .conn
                .prepare_cached("SELECT default_branch FROM projects WHERE id = ?1")?;
            for project in projects {
                let mut rows = statement.query([project])?;
                if let Some(row) = rows.next()? {
                    put(*project, row.get(0)?)?;
                }
            }
        } else {
            let mut statement = self
                .conn
                .prepare_cached("SELECT id, default_branch FROM projects")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                put(row.get(0)?, row.get(1)?)?;
            }
        }
        Ok(refs)
    }

    /// Whether a pipeline of the filter was created after a second.
    fn ran_after(
        &self,
        question: &Question<'_>,
        project: i64,
        default: Option<i64>,
        after: i64,
    ) -> Result<bool, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT coalesce(source, 0), coalesce(ref, 0) FROM pipelines INDEXED BY pipelines_by_project
             WHERE project_id = ?1 AND created_at > ?2 AND created_at < ?3 AND status IN (7, 8)",
        )?;
        let mut rows = statement.query([project, after, question.nights.end()])?;
        while let Some(row) = rows.next()? {
            let (source, reference): (i64, i64) = (row.get(0)?, row.get(1)?);
            let selection = question.selection;
            if crate::read::scope::holds(selection.sources.as_deref(), source)
                && selection.holds_pipeline(project, reference, default)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Pipelines of a project that the filter means, by time.
    fn ran(
        &self,
        question: &Question<'_>,
        project: i64,
        default: Option<i64>,
    ) -> Result<Vec<Ran>, StoreError> {
        let nights = question.nights;
        let selection = question.selection;
        let mut ran = Vec::new();
        let mut take = |rows: &mut rusqlite::Rows<'_>| -> Result<(), StoreError> {
            while let Some(row) = rows.next()? {
                let reference = row.get(2)?;
                if selection.holds_pipeline(project, reference, default) {
                    ran.push(Ran {
                        id: row.get(0)?,
                        at: row.get(1)?,
                        reference,
                        status: row.get(3)?,
                        scheduled: row.get::<_, Option<i64>>(4)? == question.schedule,
                    });
                }
            }
            Ok(())
        };
        let columns = "id, created_at, coalesce(ref, 0), status, source";
        if let Some(sources) = &selection.sources {
            let mut statement = self.conn.prepare_cached(&format!(
                "SELECT {columns} FROM pipelines INDEXED BY pipelines_by_source
                 WHERE project_id = ?1 AND source = ?2 AND created_at >= ?3 AND created_at < ?4"
            ))?;
            for source in sources {
                take(&mut statement.query([project, *source, nights.begin(), nights.end()])?)?;
            }
        } else {
            let mut statement = self.conn.prepare_cached(&format!(
                "SELECT {columns} FROM pipelines INDEXED BY pipelines_by_project
                 WHERE project_id = ?1 AND created_at >= ?2 AND created_at < ?3"
            ))?;
            take(&mut statement.query([project, nights.begin(), nights.end()])?)?;
        }
        ran.sort_by_key(|row| (row.at, row.id));
        Ok(ran)
    }

    /// The nights of a project in which something ran or should have run, without their failed jobs.
    fn night_cells(
        &self,
        question: &Question<'_>,
        (project, default): (i64, Option<i64>),
        ran: &[Ran],
        failed: &[&Failed],
    ) -> Result<BTreeMap<usize, Cell>, StoreError> {
        let nights = question.nights;
        let mut cells: BTreeMap<usize, Cell> = BTreeMap::new();
        for row in ran {
            let night = nights.index(row.at);
            let cell = cells.entry(night).or_insert_with(|| cell(night));
            cell.runs += 1;
            cell.passed += u32::from(row.status == status_id::SUCCESS);
            cell.failed += u32::from(row.status == status_id::FAILED);
            cell.pipeline = Some(PipelineId(row.id));
        }
        let quiet = |night: &usize| {
            !cells.contains_key(night)
                && !failed
                    .iter()
                    .any(|row| nights.index(row.night_at) == *night)
        };
        let quiet: Vec<usize> = (0..nights.len()).filter(quiet).collect();
        if quiet.is_empty() || !question.scheduled() {
            return Ok(cells);
        }
        for expected in self.expected(project)? {
            if !question
                .selection
                .holds_pipeline(project, expected.reference, default)
            {
                continue;
            }
            let runs: Vec<i64> = ran
                .iter()
                .filter(|row| row.scheduled && row.reference == expected.reference)
                .map(|row| row.at)
                .collect();
            for night in &quiet {
                if expected.missing(nights, *night, &runs, question.now) {
                    cells.entry(*night).or_insert_with(|| cell(*night)).missing = true;
                }
            }
        }
        Ok(cells)
    }

    /// Issues of all groups, by group as people know it, and which jobs of a range of ids have their own.
    pub(super) fn links(
        &self,
        roots: &Roots,
        jobs: Option<(i64, i64)>,
    ) -> Result<Links, StoreError> {
        let mut of_group: HashMap<i64, Vec<LinkedIssue>> = HashMap::new();
        for (group, link) in self.group_links(None)? {
            of_group.entry(roots.of(group)).or_default().push(link);
        }
        let groups = of_group
            .into_iter()
            .filter_map(|(group, links)| Some((group, LinkedIssue::first(links)?)))
            .collect();
        let jobs = match jobs {
            Some(range) => self.linked_jobs(range, MOST_LINKS)?,
            None => None,
        };
        Ok(Links { groups, jobs })
    }
}

fn cell(night: usize) -> Cell {
    Cell {
        day: night as u16,
        passed: 0,
        failed: 0,
        runs: 0,
        pipeline: None,
        jobs: Vec::new(),
        missing: false,
    }
}

/// Nights in a row with failures, from the last one that ran back.
fn streak(cells: &[Cell]) -> u32 {
    let ran = cells
        .iter()
        .rev()
        .filter(|cell| cell.runs > 0 || !cell.jobs.is_empty() || cell.failed > 0);
    ran.take_while(|cell| cell.failed > 0 || !cell.jobs.is_empty())
        .count() as u32
}
