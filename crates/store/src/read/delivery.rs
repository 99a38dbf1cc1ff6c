//! Environments, deployments, schedules and runners.

use jiff::Timestamp;
use labtower_model::{
    Deployment, DeploymentId, Environment, EnvironmentId, JobId, PipelineId, PipelineSchedule,
    ProjectId, Runner, RunnerDetails, RunnerId, ScheduleId, User, UserId,
};
use rusqlite::Row;
use serde::Serialize;

use super::column;
use crate::{Reader, StoreError};

/// A runner with what looking at it told, if that was done already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunnerRow {
    /// As lists show it.
    pub runner: Runner,
    /// Tags, version and last contact.
    pub details: Option<RunnerDetails>,
    /// When those were read.
    pub details_at: Option<Timestamp>,
}

/// How many deployments to an environment have a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeploymentCount {
    /// The environment.
    pub environment_id: EnvironmentId,
    /// GitLab's status.
    pub status: String,
    /// How many.
    pub count: u64,
}

const DEPLOYMENT: &str = "SELECT d.id, d.iid, d.project_id, d.environment_id, s.text, f.text, d.tag, d.sha, \
     d.created_at, d.updated_at, d.finished_at, d.committed_at, d.duration, d.job_id, d.pipeline_id, \
     u.id, u.username, u.name \
     FROM deployments d JOIN words s ON s.id = d.status \
     LEFT JOIN words f ON f.id = d.ref LEFT JOIN users u ON u.id = d.user_id";

impl Reader<'_> {
    /// Every stored environment, by project and name; stopped ones too.
    pub fn environments(&self) -> Result<Vec<Environment>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, project_id, name, slug, state, tier, external_url, created_at, updated_at \
             FROM environments ORDER BY project_id, name, id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Environment {
                id: EnvironmentId(row.get(0)?),
                project_id: ProjectId(row.get(1)?),
                name: row.get(2)?,
                slug: row.get(3)?,
                state: row.get(4)?,
                tier: row.get(5)?,
                external_url: row.get(6)?,
                created_at: column::time_or_none(row, 7)?,
                updated_at: column::time_or_none(row, 8)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The newest deployment to each environment, by environment.
    pub fn latest_deployments(&self) -> Result<Vec<Deployment>, StoreError> {
        let sql = format!(
            "{DEPLOYMENT} WHERE d.id = (SELECT n.id FROM deployments n WHERE n.environment_id = d.environment_id \
             ORDER BY n.created_at DESC, n.id DESC LIMIT 1) ORDER BY d.environment_id"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map([], deployment)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Deployments created from (inclusive) to (exclusive), by time.
    pub fn deployments(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Deployment>, StoreError> {
        let sql = format!(
            "{DEPLOYMENT} WHERE d.created_at >= ?1 AND d.created_at < ?2 ORDER BY d.created_at, d.id"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let rows = statement.query_map([from.as_second(), to.as_second()], deployment)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many deployments each environment has, by status.
    pub fn deployment_counts(&self) -> Result<Vec<DeploymentCount>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT d.environment_id, s.text, d.count FROM ( \
               SELECT environment_id, status, count(*) AS count FROM deployments GROUP BY environment_id, status) d \
             JOIN words s ON s.id = d.status ORDER BY d.environment_id, s.text",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(DeploymentCount {
                environment_id: EnvironmentId(row.get(0)?),
                status: row.get(1)?,
                count: column::count(row, 2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every stored schedule, by project and id.
    pub fn pipeline_schedules(&self) -> Result<Vec<PipelineSchedule>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT p.id, p.project_id, p.description, p.ref, p.cron, p.cron_timezone, p.active, p.next_run_at, \
             p.last_pipeline_id, p.created_at, p.updated_at, u.id, u.username, u.name \
             FROM pipeline_schedules p LEFT JOIN users u ON u.id = p.owner_id ORDER BY p.project_id, p.id",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(PipelineSchedule {
                id: ScheduleId(row.get(0)?),
                project_id: ProjectId(row.get(1)?),
                description: row.get(2)?,
                ref_name: row.get(3)?,
                cron: row.get(4)?,
                cron_timezone: row.get(5)?,
                active: row.get(6)?,
                next_run_at: column::time_or_none(row, 7)?,
                last_pipeline_id: row.get::<_, Option<i64>>(8)?.map(PipelineId),
                created_at: column::time_or_none(row, 9)?,
                updated_at: column::time_or_none(row, 10)?,
                owner: user(row, 11)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every stored runner, by id.
    pub fn runners(&self) -> Result<Vec<RunnerRow>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT id, description, runner_type, status, paused, created_at, tags, version, contacted_at, details_at \
             FROM runners ORDER BY id",
        )?;
        let mut rows = statement.query([])?;
        let mut runners = Vec::new();
        while let Some(row) = rows.next()? {
            let id = RunnerId(row.get(0)?);
            let tags: Option<String> = row.get(6)?;
            let tags: Option<Vec<String>> = tags
                .map(|tags| serde_json::from_str(&tags))
                .transpose()
                .map_err(|error| StoreError::Corrupt {
                    what: format!("the tags of runner {id}"),
                    detail: error.to_string(),
                })?;
            let (version, contacted_at) = (row.get(7)?, column::time_or_none(row, 8)?);
            runners.push(RunnerRow {
                runner: Runner {
                    id,
                    description: row.get(1)?,
                    runner_type: row.get(2)?,
                    status: row.get(3)?,
                    paused: row.get(4)?,
                    created_at: column::time_or_none(row, 5)?,
                },
                details: tags.map(|tags| RunnerDetails {
                    id,
                    tags,
                    version,
                    contacted_at,
                }),
                details_at: column::time_or_none(row, 9)?,
            });
        }
        Ok(runners)
    }
}

fn deployment(row: &Row<'_>) -> rusqlite::Result<Deployment> {
    Ok(Deployment {
        id: DeploymentId(row.get(0)?),
        iid: row.get(1)?,
        project_id: ProjectId(row.get(2)?),
        environment_id: EnvironmentId(row.get(3)?),
        status: row.get(4)?,
        ref_name: row.get(5)?,
        tag: row.get(6)?,
        sha: column::sha(row, 7)?,
        created_at: column::time(row, 8)?,
        updated_at: column::time(row, 9)?,
        finished_at: column::time_or_none(row, 10)?,
        committed_at: column::time_or_none(row, 11)?,
        duration: row.get(12)?,
        job_id: row.get::<_, Option<i64>>(13)?.map(JobId),
        pipeline_id: row.get::<_, Option<i64>>(14)?.map(PipelineId),
        user: user(row, 15)?,
    })
}

/// A person from columns id, username, name.
fn user(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<User>> {
    let Some(id) = row.get::<_, Option<i64>>(first)? else {
        return Ok(None);
    };
    Ok(Some(User {
        id: UserId(id),
        username: row.get(first + 1)?,
        name: row.get(first + 2)?,
    }))
}
