//! What jobs of a stretch of time took from runners.

use std::collections::BTreeMap;

use jiff::Timestamp;
use labtower_model::Histogram;

use crate::read::words::status_id::{FAILED, SUCCESS};
use crate::{Reader, StoreError};

/// What the jobs of a stretch of time took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct JobUsage {
    /// Runs that passed or failed, retried ones too.
    pub runs: u64,
    /// Waiting times: seconds.
    pub queue: Histogram,
    /// By the tags that jobs asked for; most time first.
    pub tags: Vec<TagUsage>,
}

/// What the jobs that asked for some tags took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagUsage {
    /// The tags, joined by comma; empty for jobs that asked for none.
    pub tags: String,
    /// Runs.
    pub runs: u64,
    /// Their running time: seconds.
    pub seconds: u64,
}

impl Reader<'_> {
    /// What jobs created from (inclusive) to (exclusive) took. It reads each of them: ask for a day, not for a year.
    pub fn job_usage(&self, from: Timestamp, to: Timestamp) -> Result<JobUsage, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT status, coalesce(tags, 0), coalesce(duration, 0), queued_duration
             FROM jobs INDEXED BY jobs_by_time WHERE created_at >= ?1 AND created_at < ?2 AND kind = 0",
        )?;
        let mut rows = statement.query((from.as_second(), to.as_second()))?;
        let mut usage = JobUsage::default();
        let mut tags: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let status: i64 = row.get(0)?;
            usage.runs += u64::from(status == SUCCESS || status == FAILED);
            if let Some(queued) = row.get::<_, Option<f64>>(3)? {
                usage.queue.add(queued);
            }
            let seconds: i64 = row.get(2)?;
            if seconds > 0 {
                let cell = tags.entry(row.get(1)?).or_default();
                *cell = (cell.0 + 1, cell.1 + seconds.unsigned_abs());
            }
        }
        for (id, (runs, seconds)) in tags {
            usage.tags.push(TagUsage {
                tags: if id == 0 {
                    String::new()
                } else {
                    self.word(id)?
                },
                runs,
                seconds,
            });
        }
        usage
            .tags
            .sort_by(|a, b| b.seconds.cmp(&a.seconds).then_with(|| a.tags.cmp(&b.tags)));
        Ok(usage)
    }
}
