//! The runs of a job, one by one.

use std::collections::HashMap;

use labtower_model::JobId;
use labtower_model::flaky::Flakiness;
use labtower_store::{GroupId, Run};
use serde::Serialize;

use crate::web::failures::Kind;
use crate::web::format;
use crate::web::pages::value::{Maybe, Seconds, When, short, words};

/// One run.
#[derive(Debug, Serialize)]
pub(super) struct RunRow {
    pub(super) job_id: JobId,
    pub(super) pipeline_id: i64,
    pub(super) created_at: When,
    pub(super) status: String,
    /// What shows that it was a flake: `same_commit`, `sandwich` or `transient`.
    pub(super) evidence: Option<&'static str>,
    pub(super) category: Option<String>,
    pub(super) headline: Option<String>,
    pub(super) group_id: Option<GroupId>,
    #[serde(rename = "ref")]
    pub(super) ref_name: Option<String>,
    pub(super) sha: Option<String>,
    pub(super) source: Option<String>,
    pub(super) duration: Maybe<Seconds>,
    pub(super) queued: Maybe<Seconds>,
    pub(super) runner_id: Option<i64>,
    pub(super) tags: Vec<String>,
    pub(super) retried: bool,
    pub(super) allow_failure: bool,
    pub(super) web_url: Option<String>,
}

/// Runs with what shows that they were flakes.
pub(super) fn rows<'r>(runs: impl Iterator<Item = &'r Run>, found: &Flakiness) -> Vec<RunRow> {
    let evidence: HashMap<JobId, &'static str> = found
        .evidence
        .iter()
        .map(|flake| (flake.job_id, flake.evidence.as_str()))
        .collect();
    runs.map(|run| RunRow {
        job_id: run.job_id,
        pipeline_id: run.pipeline_id.get(),
        created_at: When(run.created_at),
        status: run.status.clone(),
        evidence: evidence.get(&run.job_id).copied(),
        category: run.category.clone(),
        headline: run.headline.clone(),
        group_id: run.group_id,
        ref_name: run.ref_name.clone(),
        sha: run.sha.clone(),
        source: run.source.clone(),
        duration: Maybe(run.duration.map(Seconds::whole)),
        queued: Maybe(run.queued_duration.map(Seconds)),
        runner_id: run.runner_id.map(|id| id.get()),
        tags: run.tags.clone(),
        retried: run.retried,
        allow_failure: run.allow_failure,
        web_url: format::link(run.web_url.clone()),
    })
    .collect()
}

impl RunRow {
    /// Shape and letter of the run: what it failed of, else how it ended.
    pub(super) fn mark(&self) -> &'static str {
        match self.status.as_str() {
            "success" => "✓",
            "failed" => Kind::of(self.category.as_deref()).letter,
            _ => "–",
        }
    }

    pub(super) fn class(&self) -> &'static str {
        match (self.status.as_str(), self.evidence) {
            ("success", _) => "pass",
            ("failed", Some("transient")) => "infra",
            ("failed", Some(_)) => "flake",
            ("failed", None) => "fail",
            _ => "none",
        }
    }

    pub(super) fn title(&self) -> String {
        let mut title = format!("{}: {}", self.created_at, words(&self.status));
        if self.retried {
            title.push_str(", retried");
        }
        if let Some(headline) = &self.headline {
            title = format!("{title}: {headline}");
        }
        title
    }

    pub(super) fn kind(&self) -> &'static str {
        Kind::of(self.category.as_deref()).name
    }

    pub(super) fn short_sha(&self) -> String {
        short(self.sha.as_deref())
    }
}
