//! What a green run of the same job printed: only hashes and versions of it are kept.

use std::sync::Arc;

use labtower_explain::{Explainer, Facts, GreenLines, Trace};
use labtower_gitlab::{Priority, TraceBytes};
use labtower_store::{GreenCandidate, GreenRow, JobToExplain, Package};

use super::{convert::packages, due};
use crate::{SyncError, Syncer};

/// A green run to compare with.
pub(super) struct Green {
    /// Hashes of its lines; absent when its log is gone.
    pub(super) lines: Option<GreenLines>,
    /// The job.
    pub(super) candidate: Option<GreenCandidate>,
    /// Id of the job the lines are of.
    pub(super) job_id: labtower_model::JobId,
    /// Versions it printed.
    pub(super) versions: Vec<Package>,
    /// To be stored, if it was read just now.
    pub(super) fresh: Option<GreenRow>,
}

impl Syncer {
    /// The last green run of the same job on the same ref, else on the default branch; `None` where there is none.
    ///
    /// Its log is read at most once a day, however often the job fails. A log that cannot be read is as good as none.
    pub(super) async fn green(
        &self,
        job: &JobToExplain,
        explainer: &Arc<Explainer>,
    ) -> Result<Option<Green>, SyncError> {
        let refs: Vec<String> = [&job.ref_name, &job.default_branch]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
        let (project, name, before) = (job.project_id, job.name.clone(), job.created_at);
        let found = self
            .read(move |reader| {
                for ref_name in &refs {
                    let stored = reader.green_lines(project, &name, ref_name)?;
                    let candidate = reader.last_green(project, &name, ref_name, before)?;
                    if stored.is_some() || candidate.is_some() {
                        return Ok(Some((stored, candidate)));
                    }
                }
                Ok(None)
            })
            .await?;
        let Some((stored, candidate)) = found else {
            return Ok(None);
        };
        let now = self.gitlab_now();
        if let Some(row) = stored {
            let newest = candidate
                .as_ref()
                .is_none_or(|candidate| candidate.job_id == row.job_id);
            if newest || !due::green_is_old(now, row.read_at) {
                return Ok(Some(known(row, candidate)));
            }
        }
        match candidate {
            Some(candidate) => self.read_green(job, candidate, explainer).await,
            None => Ok(None),
        }
    }

    async fn read_green(
        &self,
        job: &JobToExplain,
        candidate: GreenCandidate,
        explainer: &Arc<Explainer>,
    ) -> Result<Option<Green>, SyncError> {
        let answer = self
            .client
            .trace(job.project_id, candidate.job_id, Priority::Enrichment)
            .await;
        let bytes = match answer {
            Ok(answer) => answer.value,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                tracing::debug!(job = %candidate.job_id, %error, "log of a green run could not be read");
                // Not worth to wait for; the next failure may have more luck.
                if error.is_retryable() {
                    return Ok(None);
                }
                None
            }
        };
        let (explainer, name) = (Arc::clone(explainer), job.name.clone());
        let look = move |bytes: TraceBytes| {
            let trace = Trace::clean(&bytes.head, &bytes.tail, bytes.skipped);
            let facts = Facts {
                status: "success",
                name: &name,
                ..Facts::default()
            };
            let printed = explainer.explain(&facts, Some(&trace), None);
            (GreenLines::from_trace(&trace), packages(&printed))
        };
        let (lines, versions) = match bytes {
            Some(bytes) => self.worker.run(move || look(bytes)).await,
            None => Default::default(),
        };
        let fresh = GreenRow {
            project_id: job.project_id,
            name: job.name.clone(),
            ref_name: candidate.ref_name.clone(),
            job_id: candidate.job_id,
            read_at: self.gitlab_now(),
            hashes: lines.to_bytes(),
            versions: versions.clone(),
        };
        Ok(Some(Green {
            lines: Some(lines).filter(|lines| !lines.is_empty()),
            job_id: candidate.job_id,
            candidate: Some(candidate),
            versions,
            fresh: Some(fresh),
        }))
    }
}

fn known(row: GreenRow, candidate: Option<GreenCandidate>) -> Green {
    Green {
        lines: GreenLines::from_bytes(&row.hashes).filter(|lines| !lines.is_empty()),
        job_id: row.job_id,
        // Its commit is known only if it is still the newest.
        candidate: candidate.filter(|candidate| candidate.job_id == row.job_id),
        versions: row.versions,
        fresh: None,
    }
}
