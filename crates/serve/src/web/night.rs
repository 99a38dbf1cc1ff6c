//! What failed last night: scheduled pipelines of the last column of the grid.

use std::collections::HashMap;

use jiff::Timestamp;
use labtower_model::{JobId, Nights};
use labtower_store::{FailureFilter, Filter, Page, PipelineRow, Reader, StoreError, Summary};

use super::format;
use super::moment::Moment;
use super::pipeline::Line;
use crate::options::FailureOptions;

/// Failed pipelines shown at most.
const MAX_PIPELINES: usize = 50;
/// Failed jobs shown of each.
const MAX_JOBS: usize = 8;

/// Scheduled pipelines of the last night.
#[derive(Debug)]
pub(crate) struct Night {
    pub(crate) since: Moment,
    pub(crate) scheduled: u64,
    pub(crate) succeeded: u64,
    pub(crate) failed: u64,
    pub(crate) failures: Vec<Failure>,
}

/// A scheduled pipeline that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) line: Line,
    /// Its own reason, when no job is to blame.
    pub(crate) reason: Option<String>,
    pub(crate) jobs: Vec<FailedJob>,
    /// Failed jobs beyond those listed.
    pub(crate) more_jobs: usize,
}

/// A job that made a pipeline fail.
#[derive(Debug)]
pub(crate) struct FailedJob {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) reason: String,
    pub(crate) url: Option<String>,
    /// The reason its log gives; empty before it was read.
    pub(crate) headline: String,
}

/// Rows of the last night, as read.
#[derive(Debug)]
pub(crate) struct NightRows {
    since: Timestamp,
    summary: Summary,
    failures: Vec<(PipelineRow, Vec<labtower_store::JobRow>)>,
    /// Reasons by job.
    headlines: HashMap<JobId, String>,
}

impl NightRows {
    /// Reads the night that `now` is in, as the grid counts nights.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn read(
        reader: &Reader<'_>,
        options: &FailureOptions,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let nights = Nights::new(options.time_zone.clone(), options.day_starts_at);
        let since = nights.start_of(nights.day_of(now));
        let scheduled = Filter {
            sources: vec!["schedule".to_owned()],
            from: Some(since),
            ..Filter::default()
        };
        let failed = Filter {
            statuses: vec!["failed".to_owned()],
            ..scheduled.clone()
        };
        let page = Page {
            limit: MAX_PIPELINES,
            before: None,
        };
        let mut failures = Vec::new();
        for row in reader.pipelines(&failed, &page)? {
            let mut jobs = reader.jobs_of(row.id)?;
            jobs.retain(|job| job.status == "failed" && !job.retried && !job.allow_failure);
            failures.push((row, jobs));
        }
        let explained = FailureFilter {
            from: Some(since),
            source: Some("schedule".to_owned()),
            ..FailureFilter::default()
        };
        let most = Page {
            limit: MAX_PIPELINES * MAX_JOBS,
            before: None,
        };
        let headlines = reader
            .failures(&explained, &most)?
            .into_iter()
            .filter_map(|row| Some((row.job_id, row.headline?)))
            .collect();
        Ok(Self {
            since,
            headlines,
            summary: reader.summary(&scheduled)?,
            failures,
        })
    }

    /// Makes them ready for reading.
    pub(crate) fn view(self, now: Timestamp) -> Night {
        Night {
            since: Moment::new(self.since, now),
            scheduled: self.summary.total_count,
            succeeded: self.summary.success_count,
            failed: self.summary.failed_count,
            failures: self
                .failures
                .into_iter()
                .map(|(row, jobs)| failure(row, jobs, &self.headlines, now))
                .collect(),
        }
    }
}

fn failure(
    row: PipelineRow,
    jobs: Vec<labtower_store::JobRow>,
    headlines: &HashMap<JobId, String>,
    now: Timestamp,
) -> Failure {
    let more_jobs = jobs.len().saturating_sub(MAX_JOBS);
    Failure {
        reason: row
            .failure_reason
            .as_ref()
            .map(|reason| reason.replace('_', " ")),
        jobs: jobs
            .into_iter()
            .take(MAX_JOBS)
            .map(|job| FailedJob {
                id: job.id.get(),
                headline: headlines.get(&job.id).cloned().unwrap_or_default(),
                reason: reason(job.failure_reason.as_deref(), job.exit_code),
                url: format::link(job.web_url),
                name: job.name,
            })
            .collect(),
        more_jobs,
        line: Line::new(row, now),
    }
}

/// Reason in words; the exit code only where it says more than 1.
fn reason(reason: Option<&str>, exit_code: Option<i64>) -> String {
    let mut text = reason.unwrap_or_default().replace('_', " ");
    if let Some(code) = exit_code.filter(|code| *code != 1) {
        text = format!("{text}, exit {code}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_code_one_goes_without_saying() {
        assert_eq!(reason(Some("script_failure"), Some(1)), "script failure");
        assert_eq!(
            reason(Some("script_failure"), Some(137)),
            "script failure, exit 137"
        );
    }
}
