//! Nights in which a schedule should have run and did not.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use labtower_model::Cron;

use super::grid::Question;
use super::nights::Nights;
use crate::read::scope::holds;
use crate::{Reader, StoreError};

/// Seconds that a run may come before its due time, by GitLab's and our clock.
const TOLERANCE: i64 = 60;

/// Seconds after which a run that did not come has not run; the same as for `labtower_schedule_missed`.
const GRACE: i64 = 3600;

/// An active schedule of which times are known.
pub(super) struct Expected {
    cron: Cron,
    zone: TimeZone,
    /// Words; 0 when no pipeline ever ran on it.
    pub(super) reference: i64,
    /// Runs before are not expected: unix seconds.
    since: i64,
}

impl Expected {
    /// Whether a run was due in a night and none came. `runs`: when scheduled pipelines on its ref were created, sorted.
    pub(super) fn missing(&self, nights: &Nights, night: usize, runs: &[i64], now: i64) -> bool {
        let from = nights.bounds[night].max(self.since);
        let to = nights.bounds[night + 1].min(now - GRACE);
        if from >= to {
            return false;
        }
        let time = |at: i64| Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let Some(due) = self.cron.first_between(time(from), time(to), &self.zone) else {
            return false;
        };
        let due = due.as_second() - TOLERANCE;
        // It may have started when the night was over.
        let late = nights.bounds[night + 1] + GRACE;
        let next = runs.partition_point(|run| *run < due);
        runs.get(next).is_none_or(|run| *run >= late)
    }
}

impl Reader<'_> {
    /// Active schedules of a project whose runs can be expected. What was before its history is not known.
    pub(super) fn expected(&self, project: i64) -> Result<Vec<Expected>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT s.cron, s.cron_timezone, coalesce(w.id, 0), max(
               coalesce(s.created_at, 0), coalesce(y.backfill_from, y.watermark, 0),
               coalesce((SELECT min(p.created_at) FROM pipelines p INDEXED BY pipelines_by_project
                         WHERE p.project_id = s.project_id), 0))
             FROM pipeline_schedules s JOIN sync_projects y ON y.project_id = s.project_id
             LEFT JOIN words w ON w.text = s.ref
             WHERE s.project_id = ?1 AND s.active AND y.state = 'live'",
        )?;
        let mut rows = statement.query([project])?;
        let mut expected = Vec::new();
        while let Some(row) = rows.next()? {
            let cron: Option<String> = row.get(0)?;
            let zone: Option<String> = row.get(1)?;
            let cron = cron.as_deref().and_then(Cron::parse);
            let (Some(cron), Some(zone)) = (cron, zone_of(zone.as_deref())) else {
                continue;
            };
            expected.push(Expected {
                cron,
                zone,
                reference: row.get(2)?,
                since: row.get(3)?,
            });
        }
        Ok(expected)
    }

    /// How many projects have a schedule that should have run in the last night and did not.
    pub(super) fn missed_projects(&self, question: &Question<'_>) -> Result<usize, StoreError> {
        let nights = question.nights;
        let last = nights.len() - 1;
        // Most have run: they are found in one sweep.
        let mut ran: HashSet<(i64, i64)> = HashSet::new();
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, coalesce(ref, 0) FROM pipelines INDEXED BY pipelines_by_time
             WHERE created_at >= ?1 AND source = ?2",
        )?;
        let mut rows = statement.query((nights.bounds[last], question.schedule))?;
        while let Some(row) = rows.next()? {
            ran.insert((row.get(0)?, row.get(1)?));
        }
        let mut statement = self.conn.prepare_cached(
            "SELECT project_id, ref FROM pipeline_schedules WHERE active ORDER BY project_id",
        )?;
        let mut rows = statement.query([])?;
        let mut words: HashMap<String, i64> = HashMap::new();
        let mut candidates: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let project: i64 = row.get(0)?;
            if !holds(question.selection.projects.as_deref(), project) {
                continue;
            }
            let name = row.get_ref(1)?.as_str().unwrap_or_default();
            let reference = if let Some(id) = words.get(name) {
                *id
            } else {
                let id = self.word_ids(&[name.to_owned()])?;
                let id = id.first().copied().unwrap_or(0);
                words.insert(name.to_owned(), id);
                id
            };
            if !ran.contains(&(project, reference)) {
                candidates.entry(project).or_default().push(reference);
            }
        }
        let projects: Vec<i64> = candidates.keys().copied().collect();
        let defaults = self.default_refs(Some(&projects))?;
        let mut missed = 0;
        for (project, refs) in candidates {
            let default = defaults.get(&project).copied();
            let late = self.expected(project)?.into_iter().any(|expected| {
                refs.contains(&expected.reference)
                    && question
                        .selection
                        .holds_pipeline(project, expected.reference, default)
                    && expected.missing(nights, last, &[], question.now)
            });
            missed += usize::from(late);
        }
        Ok(missed)
    }
}

/// A time zone by name; GitLab's default is UTC. Names only Rails knows are none.
fn zone_of(name: Option<&str>) -> Option<TimeZone> {
    match name {
        None | Some("" | "UTC" | "Etc/UTC") => Some(TimeZone::UTC),
        Some(name) => TimeZone::get(name).ok(),
    }
}
