//! Table of projects: how many pipelines, how long, how the last one ended.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use labtower_model::ProjectId;
use rusqlite::Row;
use serde::Serialize;

use super::Filter;
use super::cover::{Cover, spans};
use super::scope::Scope;
use crate::rollup::unpack;
use crate::{Reader, StoreError};

/// Figures over the pipelines of one project.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProjectStats {
    /// The project.
    pub project_id: ProjectId,
    /// Its display name; empty when the project itself is not stored.
    pub project_name: String,
    /// Its full path; empty when the project itself is not stored.
    pub project_full_path: String,
    /// Pipelines of the filter.
    pub count: u64,
    /// Their mean duration: seconds; 0 when none has one.
    pub avg_duration: f64,
    /// Status of the project's newest pipeline, whatever the filter.
    pub last_status: String,
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
    fn into_stats(self, id: i64, name: String, path: String, last_status: String) -> ProjectStats {
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

/// Texts of statuses, each looked up once.
#[derive(Default)]
struct Statuses(HashMap<i64, String>);

impl Statuses {
    fn text(&mut self, reader: &Reader<'_>, id: i64) -> Result<String, StoreError> {
        if let Some(text) = self.0.get(&id) {
            return Ok(text.clone());
        }
        let text = reader.word(id)?;
        self.0.insert(id, text.clone());
        Ok(text)
    }
}

type ByProject = HashMap<i64, Sums, BuildHasherDefault<IdHasher>>;

impl Reader<'_> {
    /// Figures per project that has pipelines of the filter: shortest mean duration first, then by path.
    pub fn project_stats(&self, filter: &Filter) -> Result<Vec<ProjectStats>, StoreError> {
        let Some(scope) = self.scope_in_data(filter)? else {
            return Ok(Vec::new());
        };
        let mut sums = ByProject::default();
        match &scope.projects {
            Some(projects) if projects.len() <= ONE_BY_ONE => {
                self.add_named(&scope, projects, &mut sums)?;
            }
            _ => self.add_all(&scope, &mut sums)?,
        }
        sums.retain(|_, sum| sum.count > 0);
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
            let sum = sums.entry(*project).or_default();
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
        self.raw(scope, lo, hi, &mut |row| {
            let sum = sums.entry(row.project_id).or_default();
            sum.count += sign;
            if let Some(seconds) = row.duration {
                sum.duration_count += sign;
                sum.duration_sum += sign * seconds;
            }
        })
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
                    let sum = sums.entry(part.project_id).or_default();
                    sum.count += part.count;
                    sum.duration_count += part.duration_count;
                    sum.duration_sum += part.duration_sum;
                }
            }
        }
        Ok(())
    }

    /// Adds names and last statuses.
    fn describe(&self, mut sums: ByProject) -> Result<Vec<ProjectStats>, StoreError> {
        let mut statuses = Statuses::default();
        let mut stats = Vec::with_capacity(sums.len());
        let mut describe = |row: &Row<'_>, sums: &mut ByProject| {
            let id = row.get(0)?;
            if let Some(sum) = sums.remove(&id) {
                let last_status = match row.get::<_, Option<i64>>(3)? {
                    Some(status) => statuses.text(self, status)?,
                    None => String::new(),
                };
                stats.push(sum.into_stats(id, row.get(1)?, row.get(2)?, last_status));
            }
            Ok::<(), StoreError>(())
        };
        if sums.len() > ONE_BY_ONE {
            let mut all = self.conn.prepare_cached(
                "SELECT id, name, path_with_namespace, latest_status FROM projects",
            )?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                describe(row, &mut sums)?;
            }
        } else {
            let mut one = self.conn.prepare_cached(
                "SELECT id, name, path_with_namespace, latest_status FROM projects WHERE id = ?1",
            )?;
            for id in sums.keys().copied().collect::<Vec<_>>() {
                let mut rows = one.query([id])?;
                while let Some(row) = rows.next()? {
                    describe(row, &mut sums)?;
                }
            }
        }
        for (id, sum) in sums {
            let last_status = statuses.text(self, self.latest_status(id)?)?;
            stats.push(sum.into_stats(id, String::new(), String::new(), last_status));
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

/// Hashes ids by one multiplication: tens of thousands are looked up per question, and GitLab's ids are no attack.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_i64(i64::from(*byte));
        }
    }

    fn write_i64(&mut self, id: i64) {
        // Fibonacci hashing; the rotation brings the well mixed high bits down to where the table looks.
        self.0 = (self.0 ^ id as u64)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}
