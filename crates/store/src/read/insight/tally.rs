//! Failed jobs per day by kind: for trends.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::{Reader, StoreError};

const DAY: i64 = 86_400;
/// Flags of `failed_jobs`.
const ALLOWED: i64 = 1;
const RETRIED: i64 = 2;

/// Failed jobs of one day and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureTally {
    /// UTC day on which their pipelines were created: days since 1970.
    pub day: i64,
    /// Kind of failure, as people say, else as computed; absent without a reason yet.
    pub category: Option<String>,
    /// Whose it is to mend, as computed; absent without a reason yet.
    pub whose: Option<String>,
    /// Failed for good: neither retried nor allowed to fail.
    pub failed: u64,
    /// Failed for good and allowed to.
    pub allowed: u64,
    /// Failed and retried.
    pub retried: u64,
    /// Of those retried: no later run in the same pipeline failed.
    pub undone: u64,
}

/// The failures of each source: its own range of an index.
const SQL: &str = "WITH RECURSIVE sources(id) AS (
       SELECT min(source) FROM failed_jobs
       UNION ALL SELECT (SELECT min(f.source) FROM failed_jobs f WHERE f.source > sources.id) FROM sources
       WHERE sources.id IS NOT NULL)
     SELECT f.night_at, coalesce(f.category, 0), coalesce(r.whose, 0), f.flags, f.pipeline_id, f.name
     FROM sources CROSS JOIN failed_jobs f INDEXED BY failed_jobs_by_night
       ON f.source = sources.id AND f.night_at >= ?1
     LEFT JOIN reasons r ON r.job_id = f.job_id
     WHERE f.job_id > 0";

impl Reader<'_> {
    /// Failed jobs of pipelines created then or later, by day, kind and whose.
    pub fn failure_tallies(&self, since: Timestamp) -> Result<Vec<FailureTally>, StoreError> {
        let mut statement = self.conn.prepare_cached(SQL)?;
        let mut rows = statement.query([since.as_second()])?;
        let mut cells: BTreeMap<(i64, i64, i64), [u64; 4]> = BTreeMap::new();
        let mut lasting: HashSet<(i64, i64)> = HashSet::new();
        let mut retried = Vec::new();
        while let Some(row) = rows.next()? {
            let at: i64 = row.get(0)?;
            let key = (at.div_euclid(DAY), row.get(1)?, row.get(2)?);
            let flags: i64 = row.get(3)?;
            let job: (i64, i64) = (row.get(4)?, row.get(5)?);
            let cell = cells.entry(key).or_default();
            if flags & RETRIED != 0 {
                cell[2] += 1;
                retried.push((key, job));
            } else {
                cell[usize::from(flags & ALLOWED != 0)] += 1;
                lasting.insert(job);
            }
        }
        for (key, job) in retried {
            if !lasting.contains(&job) {
                cells.entry(key).or_default()[3] += 1;
            }
        }
        let mut words: HashMap<i64, Option<String>> = HashMap::from([(0, None)]);
        let mut text = |id: i64| -> Result<Option<String>, StoreError> {
            if let Some(text) = words.get(&id) {
                return Ok(text.clone());
            }
            let found = Some(self.word(id)?);
            words.insert(id, found.clone());
            Ok(found)
        };
        let mut tallies = Vec::with_capacity(cells.len());
        for ((day, category, whose), [failed, allowed, retried, undone]) in cells {
            tallies.push(FailureTally {
                day,
                category: text(category)?,
                whose: text(whose)?,
                failed,
                allowed,
                retried,
                undone,
            });
        }
        Ok(tallies)
    }
}
