//! One failure of a group.

use labtower_store::FailureRow;
use serde::Serialize;

use crate::web::format;
use crate::web::pages::link;
use crate::web::pages::value::{When, short};

/// A failure of the group.
#[derive(Debug, Serialize)]
pub(super) struct Member {
    pub(super) job_id: i64,
    pub(super) pipeline_id: i64,
    pub(super) project: String,
    pub(super) job: String,
    pub(super) stage: Option<String>,
    #[serde(rename = "ref")]
    pub(super) ref_name: Option<String>,
    pub(super) sha: Option<String>,
    pub(super) created_at: When,
    pub(super) headline: Option<String>,
    pub(super) retried: bool,
    pub(super) allow_failure: bool,
    pub(super) runner_id: Option<i64>,
    pub(super) web_url: Option<String>,
}

impl Member {
    pub(super) fn new(row: &FailureRow) -> Self {
        Self {
            job_id: row.job_id.get(),
            pipeline_id: row.pipeline_id.get(),
            project: row.project.clone(),
            job: row.name.clone(),
            stage: row.stage.clone(),
            ref_name: row.ref_name.clone(),
            sha: row.sha.clone(),
            created_at: When(row.created_at),
            headline: row.headline.clone(),
            retried: row.retried,
            allow_failure: row.allow_failure,
            runner_id: row.runner_id.map(|id| id.get()),
            web_url: format::link(row.web_url.clone()),
        }
    }

    pub(super) fn project_page(&self) -> String {
        link::project(&self.project)
    }

    pub(super) fn job_page(&self) -> String {
        link::job(&self.project, &self.job)
    }

    pub(super) fn short_sha(&self) -> String {
        short(self.sha.as_deref())
    }
}
