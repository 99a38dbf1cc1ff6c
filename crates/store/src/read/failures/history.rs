//! Every run of a job of a project.

use jiff::Timestamp;
use labtower_model::{JobId, PipelineId, ProjectId, RunnerId};
use serde::Serialize;

use crate::read::column;
use crate::{GroupId, Reader, StoreError};

/// Which runs of which jobs are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Full path of the project.
    pub project: String,
    /// Names of jobs; empty for all jobs of the project.
    pub names: Vec<String>,
    /// Created then or later.
    pub from: Timestamp,
    /// Refs; empty for all.
    pub refs: Vec<String>,
    /// What started the pipelines; empty for all.
    pub sources: Vec<String>,
    /// At most so many runs, the newest.
    pub limit: usize,
}

/// One run of a job.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    /// The job.
    pub job_id: JobId,
    /// Its pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// Name.
    pub name: String,
    /// Stage.
    pub stage: Option<String>,
    /// Status.
    pub status: String,
    /// Whether it is allowed to fail.
    pub allow_failure: bool,
    /// Whether a newer run in the same pipeline replaced it.
    pub retried: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Running time: seconds.
    pub duration: Option<i64>,
    /// Waiting time: seconds.
    pub queued_duration: Option<f64>,
    /// Commit.
    pub sha: Option<String>,
    /// Ref.
    #[serde(rename = "ref")]
    pub ref_name: Option<String>,
    /// What started the pipeline.
    pub source: Option<String>,
    /// Runner that took it.
    pub runner_id: Option<RunnerId>,
    /// Tags it asked for.
    pub tags: Vec<String>,
    /// GitLab's word, of failed ones.
    pub failure_reason: Option<String>,
    /// Kind of failure, as people say, else as computed.
    pub category: Option<String>,
    /// Who can mend it.
    pub whose: Option<String>,
    /// The reason in a line.
    pub headline: Option<String>,
    /// The group its failure belongs to.
    pub group_id: Option<GroupId>,
    /// Its page in GitLab.
    pub web_url: Option<String>,
}

impl Reader<'_> {
    /// Runs of jobs that a runner took (builds), newest first, retried ones too.
    pub fn job_history(&self, filter: &HistoryFilter) -> Result<Vec<Run>, StoreError> {
        let projects = self.project_ids(std::slice::from_ref(&filter.project))?;
        let names = self.named_words(&filter.names)?;
        let (refs, sources) = (
            self.named_words(&filter.refs)?,
            self.named_words(&filter.sources)?,
        );
        let (Some(project), false) = (
            projects.first(),
            [&names, &refs, &sources]
                .into_iter()
                .flatten()
                .any(Vec::is_empty),
        ) else {
            return Ok(Vec::new());
        };
        let within = |column: &str, ids: &Option<Vec<i64>>| {
            ids.as_ref().map_or_else(String::new, |ids| {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                format!("AND {column} IN ({})", ids.join(", "))
            })
        };
        let roots = self.roots()?;
        let mut statement = self.conn.prepare(&format!(
            "SELECT j.id, j.pipeline_id, n.text, g.text, t.text, j.allow_failure, j.retried, j.created_at, j.started_at,
               j.finished_at, j.duration, j.queued_duration, p.sha, b.text, s.text, j.runner_id, k.text, w.text,
               c.text, o.text, r.headline, f.group_id, q.web_url
             FROM jobs j INDEXED BY jobs_by_project JOIN pipelines p ON p.id = j.pipeline_id
             JOIN words n ON n.id = j.name JOIN words t ON t.id = j.status
             LEFT JOIN projects q ON q.id = j.project_id
             LEFT JOIN words g ON g.id = j.stage LEFT JOIN words b ON b.id = p.ref LEFT JOIN words s ON s.id = p.source
             LEFT JOIN words k ON k.id = j.tags LEFT JOIN words w ON w.id = j.failure_reason
             LEFT JOIN failed_jobs f ON f.job_id = j.id LEFT JOIN words c ON c.id = f.category
             LEFT JOIN reasons r ON r.job_id = j.id LEFT JOIN words o ON o.id = r.whose
             WHERE j.project_id = ?1 AND j.created_at >= ?2 AND j.kind = 0 {} {} {}
             ORDER BY j.created_at DESC, j.id DESC LIMIT ?3",
            within("j.name", &names),
            within("p.ref", &refs),
            within("p.source", &sources),
        ))?;
        let rows = statement.query_map(
            (project, filter.from.as_second(), filter.limit as i64),
            |row| {
                let id: i64 = row.get(0)?;
                let tags: Option<String> = row.get(16)?;
                let page: Option<String> = row.get(22)?;
                Ok(Run {
                    job_id: JobId(id),
                    pipeline_id: PipelineId(row.get(1)?),
                    project_id: ProjectId(*project),
                    name: row.get(2)?,
                    stage: row.get(3)?,
                    status: row.get(4)?,
                    allow_failure: row.get(5)?,
                    retried: row.get(6)?,
                    created_at: column::time(row, 7)?,
                    started_at: column::time_or_none(row, 8)?,
                    finished_at: column::time_or_none(row, 9)?,
                    duration: row.get(10)?,
                    queued_duration: row.get(11)?,
                    sha: column::sha(row, 12)?,
                    ref_name: row.get(13)?,
                    source: row.get(14)?,
                    runner_id: row.get::<_, Option<i64>>(15)?.map(RunnerId),
                    tags: column::tags(tags.as_deref()),
                    failure_reason: row.get(17)?,
                    category: row.get(18)?,
                    whose: row.get(19)?,
                    headline: row
                        .get::<_, Option<String>>(20)?
                        .filter(|line| !line.is_empty()),
                    group_id: roots.id(row.get(21)?),
                    web_url: page.map(|page| format!("{page}/-/jobs/{id}")),
                })
            },
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
