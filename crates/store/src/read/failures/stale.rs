//! Reasons that other rules gave than those at work now.

use labtower_model::JobId;
use rusqlite::OptionalExtension;

use super::unpacked;
use crate::{Reader, ReasonBody, SignatureKey, StoreError, TraceState};

/// A stored reason, with what it takes to look at it again.
#[derive(Debug, Clone, PartialEq)]
pub struct StaleReason {
    /// The job.
    pub job_id: JobId,
    /// Its name.
    pub name: String,
    /// Its stage; may be empty.
    pub stage: String,
    /// GitLab's own reason.
    pub failure_reason: Option<String>,
    /// Exit code of the script.
    pub exit_code: Option<i64>,
    /// Seconds it ran.
    pub duration: Option<i64>,
    /// Section of the log that was open when it died.
    pub phase: String,
    /// Kind of failure, as computed.
    pub category: String,
    /// The reason in a line.
    pub headline: String,
    /// `rule`, `score`, `novelty` or `none`.
    pub decided_kind: String,
    /// Name of the rule.
    pub decided_name: String,
    /// Its identity.
    pub signature: SignatureKey,
    /// What became of its log.
    pub trace: TraceState,
    /// The long part.
    pub body: ReasonBody,
}

impl Reader<'_> {
    /// The version of the explainer that all reasons were looked at with last.
    pub fn revised_version(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = 'revised_version'")?
            .query_row([], |row| row.get(0))
            .optional()?)
    }

    /// Reasons with an excerpt that a rule or a score decided in another version, of jobs before this one, newest first.
    pub fn stale_reasons(
        &self,
        version: &str,
        before: JobId,
        limit: usize,
    ) -> Result<Vec<StaleReason>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT r.job_id, n.text, g.text, w.text, j.exit_code, j.duration, h.text, c.text, r.headline, k.text, d.text,
               r.signature_version, r.signature, t.text, r.body
             FROM reasons r JOIN jobs j ON j.id = r.job_id JOIN words n ON n.id = j.name
             JOIN words h ON h.id = r.phase JOIN words c ON c.id = r.category JOIN words k ON k.id = r.decided_kind
             JOIN words d ON d.id = r.decided_name JOIN words t ON t.id = r.trace_state
             LEFT JOIN words g ON g.id = j.stage LEFT JOIN words w ON w.id = j.failure_reason
             WHERE r.job_id < ?2 AND r.version <> coalesce((SELECT id FROM words WHERE text = ?1), -1)
               AND k.text IN ('rule', 'score', 'novelty', 'none') AND t.text = 'read'
             ORDER BY r.job_id DESC LIMIT ?3",
        )?;
        let mut rows = statement.query((version, before.get(), limit as i64))?;
        let mut stale = Vec::new();
        while let Some(row) = rows.next()? {
            let body: Vec<u8> = row.get(14)?;
            let trace: String = row.get(13)?;
            stale.push(StaleReason {
                job_id: JobId(row.get(0)?),
                name: row.get(1)?,
                stage: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                failure_reason: row.get(3)?,
                exit_code: row.get(4)?,
                duration: row.get(5)?,
                phase: row.get(6)?,
                category: row.get(7)?,
                headline: row.get(8)?,
                decided_kind: row.get(9)?,
                decided_name: row.get(10)?,
                signature: SignatureKey {
                    version: row.get(11)?,
                    hash: u128::from_be_bytes(row.get(12)?),
                },
                trace: TraceState::parse(&trace).unwrap_or(TraceState::Failed),
                body: unpacked::<ReasonBody>(&body, "the reason of a job")?,
            });
        }
        Ok(stale)
    }
}
