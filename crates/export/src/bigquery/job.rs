//! Jobs: begun under a name of our own choosing, at most once each, and waited for.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::client::{Answer, passes};
use super::dataset::Dataset;
use super::upload;
use crate::sink::SinkError;
use crate::warehouse::beginning;

/// First pause between two looks at a job.
const FIRST_LOOK: Duration = Duration::from_millis(100);
/// Longest pause between two looks at a job.
const LONGEST_LOOK: Duration = Duration::from_secs(5);

/// A job to be begun.
#[derive(Debug)]
pub(super) struct Job<'a> {
    /// Its name; a second job of the same name is refused by BigQuery for half a year.
    pub(super) id: &'a str,
    /// Its `configuration`.
    pub(super) configuration: Value,
    /// What it reads, if it is a load.
    pub(super) body: Option<&'a [u8]>,
    /// For errors: what it does.
    pub(super) what: &'a str,
}

/// How a job ended, and who had begun it.
#[derive(Debug)]
pub(super) struct Ended {
    /// Whether a job of that name was there before; it may still be an earlier try of this very call.
    pub(super) was_there: bool,
    /// What went wrong, and whether it may pass.
    pub(super) error: Option<SinkError>,
}

impl Dataset {
    /// Begins a job, or finds the one of that name, and waits until it is done.
    pub(super) async fn run(&self, job: &Job<'_>, limit: Duration) -> Result<Ended, SinkError> {
        let location = self.location().await?;
        let begun = json!({
            "jobReference": {"projectId": self.project, "jobId": job.id, "location": location},
            "configuration": job.configuration,
        });
        let answer = if let Some(body) = job.body {
            upload::send(&self.client, &begun, body, job.what).await?
        } else {
            let url = self.client.url("jobs");
            self.client
                .json(Method::POST, url, Some(&begun), job.what)
                .await?
        };
        let was_there = answer.is_conflict();
        let first = if was_there {
            self.look(job, location).await?
        } else {
            answer.ok(job.what)?
        };
        let status = self.wait(first, job, location, limit).await?;
        let error = status.get("errorResult").map(|error| failure(error, job));
        Ok(Ended { was_there, error })
    }

    async fn wait(
        &self,
        first: Answer,
        job: &Job<'_>,
        location: &str,
        limit: Duration,
    ) -> Result<Value, SinkError> {
        let mut pause = FIRST_LOOK;
        let mut waited = Duration::ZERO;
        let mut answer = first;
        loop {
            let status = answer.body["status"].take();
            if status["state"].as_str() == Some("DONE") {
                return Ok(status);
            }
            if waited >= limit {
                let detail = format!("the job `{}` is not done after {waited:?}", job.id);
                return Err(SinkError::Unavailable {
                    what: job.what.to_owned(),
                    detail,
                });
            }
            tokio::time::sleep(pause).await;
            waited += pause;
            pause = (pause * 2).min(LONGEST_LOOK);
            answer = self.look(job, location).await?;
        }
    }

    async fn look(&self, job: &Job<'_>, location: &str) -> Result<Answer, SinkError> {
        let mut url = self.client.url(&format!("jobs/{}", job.id));
        url.query_pairs_mut().append_pair("location", location);
        let answer = self.client.json(Method::GET, url, None, job.what).await?;
        answer.ok(job.what)
    }
}

fn failure(error: &Value, job: &Job<'_>) -> SinkError {
    let reason = error["reason"].as_str().unwrap_or_default();
    let message = beginning(error["message"].as_str().unwrap_or_default());
    let (what, detail) = (job.what.to_owned(), format!("{reason}: {message}"));
    // Two transactions that changed the same table: one of them is ended, and the reason is that of a wrong query.
    if passes(reason) || message.contains("concurrent update") {
        SinkError::Unavailable { what, detail }
    } else {
        SinkError::Refused { what, detail }
    }
}
