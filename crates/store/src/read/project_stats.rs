//! Table of projects: how many pipelines, how long, how the last one ended.

use std::collections::HashMap;
use std::sync::Arc;

use labtower_model::ProjectId;
use serde::Serialize;

use super::Filter;
use super::cover::{Cover, spans};
use super::described::Description;
use super::scope::Scope;
use crate::rollup::unpack;
use crate::{Reader, StoreError};

/// Figures over the pipelines of one project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectStats {
    /// The project.
    pub project_id: ProjectId,
    /// Its display name; empty when the project itself is not stored.
    pub project_name: Arc<str>,
    /// Its full path; empty when the project itself is not stored.
    pub project_full_path: Arc<str>,
    /// Pipelines of the filter.
    pub count: u64,
    /// Their mean duration: seconds; 0 when none has one.
    pub avg_duration: f64,
    /// Status of the project's newest pipeline, whatever the filter.
    pub last_status: Arc<str>,
}

/// Up to this many named projects are added up one by one.
const ONE_BY_ONE: usize = 100;

/// Stands for all refs, and for all statuses.
const ALL: i64 = 0;

#[derive(Default)]
struct Sums {
    count: i64,
    duration_count: i64,
    duration_sum: i64,
}

impl Sums {
    fn into_stats(
        self,
        id: i64,
        name: Arc<str>,
        path: Arc<str>,
        last_status: Arc<str>,
    ) -> ProjectStats {
        ProjectStats {
            project_id: ProjectId(id),
            project_name: name,
            project_full_path: path,
            count: self.count as u64,
            avg_duration: if self.duration_count > 0 {
                self.duration_sum as f64 / self.duration_count as f64
            } else {
                0.0
            },
            last_status,
        }
    }
}

/// Sums of all projects, in the order of their descriptions.
struct ByProject {
    projects: Arc<Vec<Description>>,
    sums: Vec<Sums>,
    /// Of projects that are themselves not stored.
    others: HashMap<i64, Sums>,
    last: usize,
}

impl ByProject {
    fn new(projects: Arc<Vec<Description>>) -> Self {
        let mut sums = Vec::new();
        sums.resize_with(projects.len(), Sums::default);
        Self {
            projects,
            sums,
            others: HashMap::new(),
            last: 0,
        }
    }

    /// What is added up for a project. Tens of thousands are asked for per question, most of them in their order.
    fn of(&mut self, id: i64) -> &mut Sums {
        let is_next = |at: usize| self.projects.get(at).is_some_and(|next| next.id == id);
        let found = if is_next(self.last + 1) {
            Ok(self.last + 1)
        } else {
            self.projects
                .binary_search_by_key(&Description::place(id), |project| {
                    Description::place(project.id)
                })
        };
        match found {
            Ok(at) => {
                self.last = at;
                &mut self.sums[at]
            }
            Err(_) => self.others.entry(id).or_default(),
        }
    }
}

impl Reader<'_> {
    /// Figures per project that has pipelines of the filter: shortest mean duration first, then by path.
    pub fn project_stats(&self, filter: &Filter) -> Result<Vec<ProjectStats>, StoreError> {
        let Some(scope) = self.scope_in_data(filter)? else {
            return Ok(Vec::new());
        };
        let mut sums = ByProject::new(self.descriptions()?);
        match &scope.projects {
            Some(projects) if projects.len() <= ONE_BY_ONE => {
                self.add_named(&scope, projects, &mut sums)?;
            }
            _ => self.add_all(&scope, &mut sums)?,
        }
        let mut stats = self.describe(sums)?;
        stats.sort_unstable_by(|a, b| {
            a.avg_duration
                .total_cmp(&b.avg_duration)
                .then_with(|| a.project_full_path.cmp(&b.project_full_path))
                .then_with(|| a.project_id.cmp(&b.project_id))
        });
        Ok(stats)
    }

    fn add_named(
        &self,
        scope: &Scope,
        projects: &[i64],
        sums: &mut ByProject,
    ) -> Result<(), StoreError> {
        for project in projects {
            let sum = sums.of(*project);
            let alone = Scope {
                projects: Some(vec![*project]),
                ..scope.clone()
            };
            self.cells(&alone, &mut |cell| {
                sum.count += cell.sign * cell.count;
                sum.duration_count += cell.sign * cell.duration_count;
                sum.duration_sum += cell.sign * cell.duration_sum;
            })?;
        }
        Ok(())
    }

    fn add_all(&self, scope: &Scope, sums: &mut ByProject) -> Result<(), StoreError> {
        // Spans know refs or statuses, and no sources.
        let spanned = scope.sources.is_none() && (scope.refs.is_none() || scope.statuses.is_none());
        if !spanned || self.rollups_deferred()? {
            return self.add_raw(scope, scope.lo, scope.hi, 1, sums);
        }
        let cover = Cover::of(scope.lo, scope.hi);
        for edge in &cover.edges {
            self.add_raw(scope, edge.lo, edge.hi, edge.sign, sums)?;
        }
        if let Some((first, last)) = cover.days {
            for (days, start) in spans(first, last) {
                for reference in scope.refs.as_deref().unwrap_or(&[ALL]) {
                    for status in scope.statuses.as_deref().unwrap_or(&[ALL]) {
                        self.add_span(scope, (*reference, *status, days, start), sums)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn add_raw(
        &self,
        scope: &Scope,
        lo: i64,
        hi: i64,
        sign: i64,
        sums: &mut ByProject,
    ) -> Result<(), StoreError> {
        let mut add = |project: i64, duration: Option<i64>| {
            let sum = sums.of(project);
            sum.count += sign;
            if let Some(seconds) = duration {
                sum.duration_count += sign;
                sum.duration_sum += sign * seconds;
            }
        };
        if scope.holds_nearly_all() {
            return self.durations(lo, hi, |project, duration| {
                if scope.holds_project(project) {
                    add(project, duration);
                }
            });
        }
        self.raw(scope, lo, hi, &mut |row| add(row.project_id, row.duration))
    }

    fn add_span(
        &self,
        scope: &Scope,
        key: (i64, i64, i64, i64),
        sums: &mut ByProject,
    ) -> Result<(), StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT projects FROM spans WHERE ref = ?1 AND status = ?2 AND days = ?3 AND start = ?4",
        )?;
        let mut rows = statement.query(key)?;
        while let Some(row) = rows.next()? {
            for part in unpack(row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?) {
                if scope.holds_project(part.project_id) {
                    let sum = sums.of(part.project_id);
                    sum.count += part.count;
                    sum.duration_count += part.duration_count;
                    sum.duration_sum += part.duration_sum;
                }
            }
        }
        Ok(())
    }

    /// Adds names and last statuses to what was counted.
    fn describe(&self, by_project: ByProject) -> Result<Vec<ProjectStats>, StoreError> {
        let counted = |sum: &Sums| sum.count > 0;
        let described = by_project.projects.iter().zip(by_project.sums);
        let mut stats: Vec<ProjectStats> = described
            .filter(|(_, sum)| counted(sum))
            .map(|(project, sum)| {
                let name = Arc::clone(&project.name);
                let path = Arc::clone(&project.path);
                sum.into_stats(project.id, name, path, Arc::clone(&project.last_status))
            })
            .collect();
        let nothing: Arc<str> = Arc::from("");
        for (id, sum) in by_project
            .others
            .into_iter()
            .filter(|(_, sum)| counted(sum))
        {
            let last_status = self.word(self.latest_status(id)?)?.into();
            stats.push(sum.into_stats(id, nothing.clone(), nothing.clone(), last_status));
        }
        Ok(stats)
    }

    /// Status of the newest pipeline of a project that is itself not stored.
    fn latest_status(&self, project: i64) -> Result<i64, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT status FROM pipelines WHERE project_id = ?1 ORDER BY created_at DESC, id DESC LIMIT 1",
        )?;
        Ok(statement.query_row([project], |row| row.get(0))?)
    }
}
