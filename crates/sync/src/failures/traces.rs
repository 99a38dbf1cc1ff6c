//! Logs of failed jobs: each read once, explained, and stored with its group.

use std::sync::Arc;

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use labtower_explain::{Explainer, Explanation, Facts, FailedTest, Trace};
use labtower_gitlab::{GitlabError, Priority, TraceBytes};
use labtower_model::JobKind;
use labtower_store::{
    Batch, BlockLinks, DependencyChanges, Failures, GreenRow, JobToExplain, TraceState, TraceTry,
};
use tracing::{debug, warn};

use super::{Explaining, FailureCycle, convert, due, green::Green, lock_files::LockFiles};
use crate::{SyncError, Syncer, fetch::may_concern_one_project};

/// Jobs explained in one look.
const AT_ONCE: usize = 200;

/// Logs read at once; the client's own limits come on top.
const CONCURRENT: usize = 4;

/// Reasons written in one transaction. Each is worth a request or two, so a kill loses few.
const SLICE: usize = 16;

/// A log may lack its end for so long after the job.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// Scope of the problem row.
const SCOPE: &str = "failure logs";

/// A job with what was found out about it.
struct Found {
    job: JobToExplain,
    outcome: Outcome,
}

enum Outcome {
    /// It is explained, with or without a log.
    Explained {
        explanation: Box<Explanation>,
        trace: TraceState,
        green: Option<GreenRow>,
        changes: Option<DependencyChanges>,
    },
    /// Its log could not be read; later.
    Later(TraceTry),
}

/// A log, or why there is none.
enum Log {
    Read(TraceBytes),
    None(TraceState),
    /// To be tried again.
    Failed(String),
}

impl Syncer {
    /// Explains the newest jobs that wait.
    pub(super) async fn explain_some(
        &self,
        explaining: &mut Explaining,
        explainer: &Arc<Explainer>,
    ) -> Result<FailureCycle, SyncError> {
        let now = self.gitlab_now();
        let kept = SignedDuration::from_hours(24 * i64::from(self.options.failures.days));
        let since = now.saturating_sub(kept).unwrap_or(now);
        let due = self
            .read(move |reader| reader.unexplained(now, since, AT_ONCE))
            .await?;
        let mut cycle = FailureCycle {
            more: due.len() == AT_ONCE,
            ..FailureCycle::default()
        };
        if due.is_empty() {
            self.tell_tries(None).await?;
            return Ok(cycle);
        }
        let lock_files = LockFiles::default();
        let lock_files = &lock_files;
        let mut found = stream::iter(due)
            .map(|job| async move { self.found(job, explainer, lock_files).await })
            .buffered(CONCURRENT)
            .chunks(SLICE);
        let mut unreachable = None;
        while let Some(slice) = found.next().await {
            let mut batch = Vec::with_capacity(slice.len());
            for one in slice {
                match one {
                    Ok(one) => batch.push(one),
                    Err(SyncError::Gitlab(error)) if error.is_fatal() => return Err(error.into()),
                    Err(SyncError::Gitlab(error)) => unreachable = Some(error.sentence()),
                    Err(error) => return Err(error),
                }
            }
            let (explained, failed) = self.store_found(explaining, batch).await?;
            cycle.explained += explained;
            cycle.failed += failed;
            if unreachable.is_some() {
                cycle.more = false;
                break;
            }
        }
        drop(found);
        self.tell_tries(unreachable).await?;
        Ok(cycle)
    }

    /// Keeps the one problem row about logs.
    async fn tell_tries(&self, unreachable: Option<String>) -> Result<(), SyncError> {
        let message = match unreachable {
            Some(why) => Some(why),
            None => self
                .read(|reader| reader.failing_traces())
                .await?
                .map(|(count, error)| {
                    format!("{count} logs could not be read yet; the last error is: {error}")
                }),
        };
        self.keep_problem(SCOPE.to_owned(), message).await
    }

    async fn found(
        &self,
        job: JobToExplain,
        explainer: &Arc<Explainer>,
        lock_files: &LockFiles,
    ) -> Result<Found, SyncError> {
        let log = if job.kind == JobKind::Build && explainer.needs_trace(&facts(&job)) {
            self.log(&job).await?
        } else {
            Log::None(TraceState::NotNeeded)
        };
        let outcome = match log {
            Log::Failed(error) if job.tries + 1 < due::MOST_TRIES => Outcome::Later(
                due::failed_try(job.job_id, job.tries + 1, self.gitlab_now(), error),
            ),
            Log::Failed(_) => without_log(&job, explainer, TraceState::Failed),
            Log::None(state) => without_log(&job, explainer, state),
            Log::Read(bytes) => self.with_log(&job, bytes, explainer, lock_files).await?,
        };
        Ok(Found { job, outcome })
    }

    /// The log of a job.
    ///
    /// # Errors
    /// When GitLab cannot be asked at all.
    async fn log(&self, job: &JobToExplain) -> Result<Log, SyncError> {
        let answer = self
            .client
            .trace(job.project_id, job.job_id, Priority::Enrichment)
            .await;
        Ok(match answer {
            Ok(answer) => match answer.value {
                None => Log::None(TraceState::Gone),
                Some(bytes) if self.is_cut(job, &bytes) => {
                    Log::Failed("failed to read the log: it has no end yet".to_owned())
                }
                Some(bytes) => Log::Read(bytes),
            },
            Err(GitlabError::Forbidden { .. }) => Log::None(TraceState::Refused),
            Err(error) if may_concern_one_project(&error) => {
                warn!(job = %job.job_id, %error, "log of a failed job could not be read");
                Log::Failed(error.sentence())
            }
            Err(error) => return Err(error.into()),
        })
    }

    /// Whether a log breaks off before the runner's last words, which a script's failure always has: GitLab may be late,
    /// or something between us may have cut it. Believed after a second look.
    fn is_cut(&self, job: &JobToExplain, bytes: &TraceBytes) -> bool {
        let end = if bytes.tail.is_empty() {
            &bytes.head
        } else {
            &bytes.tail
        };
        let end = &end[end.len().saturating_sub(4096)..];
        let ended = [b"Job failed".as_slice(), b"Job succeeded"]
            .iter()
            .any(|words| end.windows(words.len()).any(|window| window == *words));
        let script = job.failure_reason.as_deref() == Some("script_failure");
        let fresh = job
            .finished_at
            .is_some_and(|at| self.gitlab_now().duration_since(at) < LATE);
        !ended && script && (job.tries < 2 || fresh)
    }

    async fn with_log(
        &self,
        job: &JobToExplain,
        bytes: TraceBytes,
        explainer: &Arc<Explainer>,
        lock_files: &LockFiles,
    ) -> Result<Outcome, SyncError> {
        let mut green = self.green(job, explainer).await?;
        let lines = green.as_mut().and_then(|green| green.lines.take());
        let tests = self.failed_tests(job).await?;
        let (explainer, of) = (Arc::clone(explainer), job.clone());
        let explain = move || {
            let trace = Trace::clean(&bytes.head, &bytes.tail, bytes.skipped);
            let facts = Facts {
                tests: &tests,
                ..facts(&of)
            };
            explainer.explain(&facts, Some(&trace), lines.as_ref())
        };
        let explanation = self.worker.run(explain).await;
        let changes = match &green {
            Some(green) => self.changes(job, green, &explanation, lock_files).await?,
            None => None,
        };
        Ok(Outcome::Explained {
            explanation: Box::new(explanation),
            trace: TraceState::Read,
            green: green.and_then(|green: Green| green.fresh),
            changes,
        })
    }

    /// Tests of the job that failed, where single tests are read.
    async fn failed_tests(&self, job: &JobToExplain) -> Result<Vec<FailedTest>, SyncError> {
        if !self.options.test_cases {
            return Ok(Vec::new());
        }
        let pipeline = job.pipeline_id;
        let cases = self.read(move |reader| reader.test_cases(pipeline)).await?;
        let failed = cases
            .into_iter()
            .filter(|case| case.suite == job.name && case.is_failed());
        Ok(failed
            .map(|case| FailedTest {
                suite: case.suite,
                name: case.name,
                classname: case.classname,
                message: case.message,
                ..FailedTest::default()
            })
            .collect())
    }

    /// Stores what was found out; returns how many jobs are explained, and how many have to wait.
    async fn store_found(
        &self,
        explaining: &mut Explaining,
        found: Vec<Found>,
    ) -> Result<(usize, usize), SyncError> {
        let now: Timestamp = self.gitlab_now();
        let mut failures = Failures::default();
        let blocks = self.blocks(explaining).await?.clone();
        // Taken out, so that it is made anew from what is stored if this ends before the write.
        let mut known = self.known(explaining).await?;
        for Found { job, outcome } in found {
            match outcome {
                Outcome::Later(attempt) => failures.tries.push(attempt),
                Outcome::Explained {
                    explanation,
                    trace,
                    green,
                    changes,
                } => {
                    debug!(job = %job.job_id, headline = explanation.headline, "explained");
                    for issue in blocks.matching(&job.name, &explanation) {
                        failures.blocks.push(BlockLinks {
                            issue,
                            jobs: vec![job.job_id],
                            more: true,
                        });
                    }
                    failures.green.extend(green);
                    failures
                        .changes
                        .extend(changes.map(|changes| (job.job_id, changes)));
                    let near = known.near(&explanation);
                    failures.reasons.push(convert::reason(
                        *explanation,
                        (job.job_id, now),
                        near,
                        trace,
                        self.options.failures.keep_excerpts,
                    ));
                }
            }
        }
        let counts = (failures.reasons.len(), failures.tries.len());
        let written = self
            .store
            .write(Batch {
                failures,
                ..Batch::default()
            })
            .await;
        written?;
        explaining.known = Some(known);
        Ok(counts)
    }
}

fn without_log(job: &JobToExplain, explainer: &Explainer, trace: TraceState) -> Outcome {
    Outcome::Explained {
        explanation: Box::new(explainer.explain(&facts(job), None, None)),
        trace,
        green: None,
        changes: None,
    }
}

/// What GitLab says of a job.
fn facts(job: &JobToExplain) -> Facts<'_> {
    Facts {
        status: &job.status,
        failure_reason: job.failure_reason.as_deref(),
        name: &job.name,
        stage: &job.stage,
        exit_code: job.exit_code,
        duration: job.duration.map(|seconds| seconds as f64),
        tests: &[],
    }
}
