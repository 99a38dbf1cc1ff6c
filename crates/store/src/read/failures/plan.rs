//! The order of the grid's rows: all that does not depend on the window, so that it can be kept from one to the next.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::OptionalExtension;
use serde::Serialize;

use super::Roots;
use super::grid::{GridTotals, Question, Sums, sums};
use super::json;
use super::marks::Marks;
use super::nights::{Mark, NightFilter, NightGrouping, NightSort, Nights};
use super::selection::Failed;
use crate::{GroupId, Reader, StoreError};

/// The rows of a filter in order, and what they add up to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridPlan {
    /// Projects.
    pub(super) order: Vec<i64>,
    pub(super) totals: GridTotals,
    pub(super) sections: Vec<GridSection>,
    pub(super) red_projects: Vec<usize>,
}

/// Rows that have something in common, in all windows together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GridSection {
    /// Namespace, topic, or title of the failure group; empty for those without.
    pub name: String,
    /// The failure group, where rows are put under groups.
    pub group_id: Option<GroupId>,
    /// Place of its first row among all rows, from 0.
    pub first: usize,
    /// Its rows.
    pub rows: usize,
    /// Failed jobs of each night; pipelines that failed without a job count as one.
    pub failed_jobs: Vec<u32>,
}

impl GridPlan {
    /// What all rows add up to.
    pub fn totals(&self) -> &GridTotals {
        &self.totals
    }

    /// Projects with a failure, by night, oldest first.
    pub fn red_projects(&self) -> &[usize] {
        &self.red_projects
    }

    /// The sections that have a row in a window.
    pub(super) fn sections_in(&self, offset: usize, rows: usize) -> Vec<GridSection> {
        let touched = |section: &&GridSection| {
            section.first < offset + rows && section.first + section.rows > offset
        };
        self.sections.iter().filter(touched).cloned().collect()
    }
}

/// What a row is put under.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Text(String),
    Group(Option<i64>),
}

impl Reader<'_> {
    /// The order of a filter's rows, of its failed jobs.
    pub(super) fn plan(
        &self,
        filter: &NightFilter,
        question: &Question<'_>,
        failed: &[Failed],
        projects: usize,
    ) -> Result<GridPlan, StoreError> {
        let sums = sums(failed);
        let mut totals = GridTotals {
            projects,
            failing_projects: sums.len(),
            ..GridTotals::default()
        };
        self.totals_of(question, failed, &mut totals)?;
        let mut order = self.order(filter, question, failed, sums)?;
        totals.rows = order.len();
        let sections = self.sections(filter.grouping, question.nights, &mut order, failed)?;
        Ok(GridPlan {
            red_projects: red_projects(question.nights, failed),
            order,
            totals,
            sections,
        })
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

    /// Puts rows under what they have in common: sections in the order of their first rows, rows in theirs.
    fn sections(
        &self,
        grouping: NightGrouping,
        nights: &Nights,
        order: &mut Vec<i64>,
        failed: &[Failed],
    ) -> Result<Vec<GridSection>, StoreError> {
        if grouping == NightGrouping::None {
            return Ok(Vec::new());
        }
        let keys = self.keys(grouping, order, failed)?;
        let mut sections: Vec<GridSection> = Vec::new();
        let mut places: HashMap<&Key, usize> = HashMap::new();
        let mut members: Vec<Vec<i64>> = Vec::new();
        let mut place_of: HashMap<i64, usize> = HashMap::new();
        for project in order.iter() {
            let key = &keys[project];
            let place = if let Some(place) = places.get(key) {
                *place
            } else {
                places.insert(key, sections.len());
                members.push(Vec::new());
                sections.push(self.section(key, nights.len())?);
                sections.len() - 1
            };
            members[place].push(*project);
            place_of.insert(*project, place);
        }
        for row in failed {
            if let Some(place) = place_of.get(&row.project) {
                sections[*place].failed_jobs[nights.index(row.night_at)] += 1;
            }
        }
        order.clear();
        for (section, members) in sections.iter_mut().zip(members) {
            section.first = order.len();
            section.rows = members.len();
            order.extend(members);
        }
        Ok(sections)
    }

    fn section(&self, key: &Key, nights: usize) -> Result<GridSection, StoreError> {
        let (name, group_id) = match key {
            Key::Text(name) => (name.clone(), None),
            Key::Group(None) => (String::new(), None),
            Key::Group(Some(group)) => {
                let group = GroupId(*group);
                (self.group_title(group)?, Some(group))
            }
        };
        Ok(GridSection {
            name,
            group_id,
            first: 0,
            rows: 0,
            failed_jobs: vec![0; nights],
        })
    }

    fn keys(
        &self,
        grouping: NightGrouping,
        projects: &[i64],
        failed: &[Failed],
    ) -> Result<HashMap<i64, Key>, StoreError> {
        if grouping == NightGrouping::Group {
            return Ok(top_groups(projects, failed));
        }
        let mut statement = self
            .conn
            .prepare_cached("SELECT path_with_namespace, topics FROM projects WHERE id = ?1")?;
        let mut keys = HashMap::with_capacity(projects.len());
        for project in projects {
            let row: Option<(String, String)> = statement
                .query_row([project], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let (path, topics) = row.unwrap_or_else(|| (String::new(), "[]".to_owned()));
            let text = if grouping == NightGrouping::Topic {
                let topics: Vec<String> = json(&topics, "the topics of a project")?;
                topics.into_iter().next().unwrap_or_default()
            } else {
                let namespace = path.rsplit_once('/').map(|(namespace, _)| namespace);
                namespace.unwrap_or_default().to_owned()
            };
            keys.insert(*project, Key::Text(text));
        }
        Ok(keys)
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
}

/// The group that most failures of a project are of; the older one of equals.
fn top_groups(projects: &[i64], failed: &[Failed]) -> HashMap<i64, Key> {
    let mut counts: HashMap<i64, BTreeMap<i64, usize>> = HashMap::new();
    for row in failed {
        if let Some(group) = row.group {
            *counts
                .entry(row.project)
                .or_default()
                .entry(group)
                .or_default() += 1;
        }
    }
    let top = |project: &i64| {
        let groups = counts.get(project)?.iter();
        groups
            .max_by_key(|(group, count)| (**count, -**group))
            .map(|(group, _)| *group)
    };
    projects
        .iter()
        .map(|project| (*project, Key::Group(top(project))))
        .collect()
}

/// Projects with a failure, by night.
fn red_projects(nights: &Nights, failed: &[Failed]) -> Vec<usize> {
    let mut seen: Vec<HashSet<i64>> = vec![HashSet::new(); nights.len()];
    for row in failed {
        seen[nights.index(row.night_at)].insert(row.project);
    }
    seen.iter().map(HashSet::len).collect()
}
