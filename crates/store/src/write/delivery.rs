//! Rows of environments, schedules and runners: short lists that are read whole, and replace what is stored.

use std::collections::BTreeSet;

use labtower_model::{Environment, JobArtifacts, PipelineSchedule, Runner, RunnerDetails};
use rusqlite::{Connection, params};

use super::apply::Apply;
use crate::{Delivery, StoreError};

impl Apply<'_> {
    /// Writes what differs from what is stored.
    pub(super) fn delivery(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let changed = match delivery {
            Delivery::Environments {
                project_id,
                environments,
            } => {
                let kept = environments.iter().map(|row| row.id.get()).collect();
                let removed = self.remove_others("environments", Some(project_id.get()), &kept)?;
                removed + each(environments, |row| put_environment(self.conn, row))?
            }
            Delivery::Deployments(deployments) => {
                each(deployments, |row| self.put_deployment(row))?
            }
            Delivery::Schedules {
                project_id,
                schedules,
            } => {
                let kept = schedules.iter().map(|row| row.id.get()).collect();
                let project = Some(project_id.get());
                let removed = self.remove_others("pipeline_schedules", project, &kept)?;
                removed + each(schedules, |row| self.put_schedule(row))?
            }
            Delivery::Runners(runners) => {
                let kept = runners.iter().map(|row| row.id.get()).collect();
                let removed = self.remove_others("runners", None, &kept)?;
                removed + each(runners, |row| put_runner(self.conn, row))?
            }
            Delivery::RunnerDetails { details, at } => each(details, |row| {
                put_runner_details(self.conn, row, at.as_second())
            })?,
            Delivery::TestReports(reports) => each(reports, |row| self.put_test_report(row))?,
            Delivery::Artifacts(artifacts) => each(artifacts, |row| put_artifacts(self.conn, row))?,
            Delivery::TestCases { pipeline_id, cases } => {
                self.put_test_cases(pipeline_id.get(), cases)?
            }
        };
        self.written.changed_delivery += changed as u64;
        // A number without a row in the feed: who caches by the data's generation must see that rows changed.
        *self.seq += changed as i64;
        Ok(())
    }

    /// Deletes rows of a complete list that are no longer in it.
    fn remove_others(
        &self,
        table: &str,
        project: Option<i64>,
        kept: &BTreeSet<i64>,
    ) -> Result<usize, StoreError> {
        let condition = match project {
            Some(_) => "project_id = ?1",
            None => "?1 IS NULL",
        };
        let stored: Vec<i64> = self
            .conn
            .prepare_cached(&format!("SELECT id FROM {table} WHERE {condition}"))?
            .query_map([project], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut delete = self
            .conn
            .prepare_cached(&format!("DELETE FROM {table} WHERE id = ?1"))?;
        let gone = stored.into_iter().filter(|id| !kept.contains(id));
        gone.map(|id| Ok(delete.execute([id])?)).sum()
    }

    fn put_schedule(&mut self, row: &PipelineSchedule) -> Result<usize, StoreError> {
        if let Some(owner) = &row.owner {
            self.memory.users.put(self.conn, owner)?;
        }
        let changed = self
            .conn
            .prepare_cached(
                "INSERT INTO pipeline_schedules (id, project_id, description, ref, cron, cron_timezone, active,
                   next_run_at, last_pipeline_id, owner_id, created_at, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
                 ON CONFLICT (id) DO UPDATE SET
                   project_id = excluded.project_id, description = excluded.description, ref = excluded.ref,
                   cron = excluded.cron, cron_timezone = excluded.cron_timezone, active = excluded.active,
                   next_run_at = excluded.next_run_at, last_pipeline_id = excluded.last_pipeline_id,
                   owner_id = excluded.owner_id, created_at = excluded.created_at, updated_at = excluded.updated_at
                 WHERE (project_id, description, ref, cron, cron_timezone, active, next_run_at, last_pipeline_id,
                        owner_id, created_at, updated_at)
                   IS NOT (excluded.project_id, excluded.description, excluded.ref, excluded.cron,
                           excluded.cron_timezone, excluded.active, excluded.next_run_at,
                           excluded.last_pipeline_id, excluded.owner_id, excluded.created_at, excluded.updated_at)",
            )?
            .execute(params![
                row.id.get(),
                row.project_id.get(),
                row.description,
                row.ref_name,
                row.cron,
                row.cron_timezone,
                row.active,
                row.next_run_at.map(jiff::Timestamp::as_second),
                row.last_pipeline_id.map(labtower_model::PipelineId::get),
                row.owner.as_ref().map(|owner| owner.id.get()),
                row.created_at.map(jiff::Timestamp::as_second),
                row.updated_at.map(jiff::Timestamp::as_second),
            ])?;
        Ok(changed)
    }
}

/// Sum of what writing each row changed.
fn each<T>(
    rows: &[T],
    mut put: impl FnMut(&T) -> Result<usize, StoreError>,
) -> Result<usize, StoreError> {
    rows.iter().map(&mut put).sum()
}

fn put_environment(conn: &Connection, row: &Environment) -> Result<usize, StoreError> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO environments (id, project_id, name, slug, state, tier, external_url, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT (id) DO UPDATE SET
               project_id = excluded.project_id, name = excluded.name, slug = excluded.slug,
               state = excluded.state, tier = excluded.tier, external_url = excluded.external_url,
               created_at = excluded.created_at, updated_at = excluded.updated_at
             WHERE (project_id, name, slug, state, tier, external_url, created_at, updated_at)
               IS NOT (excluded.project_id, excluded.name, excluded.slug, excluded.state, excluded.tier,
                       excluded.external_url, excluded.created_at, excluded.updated_at)",
        )?
        .execute(params![
            row.id.get(),
            row.project_id.get(),
            row.name,
            row.slug,
            row.state,
            row.tier,
            row.external_url,
            row.created_at.map(jiff::Timestamp::as_second),
            row.updated_at.map(jiff::Timestamp::as_second),
        ])?;
    Ok(changed)
}

fn put_runner(conn: &Connection, row: &Runner) -> Result<usize, StoreError> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO runners (id, description, runner_type, status, paused, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET
               description = excluded.description, runner_type = excluded.runner_type, status = excluded.status,
               paused = excluded.paused, created_at = excluded.created_at
             WHERE (description, runner_type, status, paused, created_at)
               IS NOT (excluded.description, excluded.runner_type, excluded.status, excluded.paused,
                       excluded.created_at)",
        )?
        .execute(params![
            row.id.get(),
            row.description,
            row.runner_type,
            row.status,
            row.paused,
            row.created_at.map(jiff::Timestamp::as_second),
        ])?;
    Ok(changed)
}

fn put_runner_details(
    conn: &Connection,
    row: &RunnerDetails,
    at: i64,
) -> Result<usize, StoreError> {
    let changed = conn
        .prepare_cached(
            "UPDATE runners SET tags = ?2, version = ?3, contacted_at = ?4, details_at = ?5 WHERE id = ?1",
        )?
        .execute(params![
            row.id.get(),
            serde_json::to_string(&row.tags).unwrap_or_default(),
            row.version,
            row.contacted_at.map(jiff::Timestamp::as_second),
            at,
        ])?;
    Ok(changed)
}

fn put_artifacts(conn: &Connection, row: &JobArtifacts) -> Result<usize, StoreError> {
    Ok(conn
        .prepare_cached(
            "INSERT INTO job_artifacts (pipeline_id, job_id, size) VALUES (?1, ?2, ?3)
             ON CONFLICT (pipeline_id, job_id) DO UPDATE SET size = excluded.size WHERE size <> excluded.size",
        )?
        .execute(params![row.pipeline_id.get(), row.job_id.get(), row.size as i64])?)
}
