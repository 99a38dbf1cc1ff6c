//! Writing the rows a transaction touched.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::contribution::{Key, of_job, of_pipeline};
use super::heads;
use crate::StoreError;
use crate::rollup::{Facts, Sign};

/// How a row changes.
#[derive(Debug, Clone, Copy, Default)]
struct Delta {
    count: i64,
    sum: i64,
}

/// Adds what a transaction's pipelines and jobs gained to the stored rows; what they lost moves to `gone`.
pub(crate) fn apply(conn: &Connection, facts: &Facts) -> Result<(), StoreError> {
    let mut rows: BTreeMap<Key, Delta> = BTreeMap::new();
    for (sign, fact) in facts.iter() {
        of_pipeline(fact, |key, sum| count(&mut rows, *sign, key, sum));
    }
    for (sign, fact) in facts.jobs() {
        of_job(fact, |key, sum| count(&mut rows, *sign, key, sum));
    }
    // What comes and goes in one transaction has not been seen by anyone, so only the difference counts.
    let mut put = conn.prepare_cached(
        "INSERT INTO totals (measure, project_id, ref, ref_kind, source, stage, name, tags, status, failure_reason,
                             bucket, count, gone, sum, gone_sum)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, max(-?12, 0), ?13, max(-?13, 0))
         ON CONFLICT DO UPDATE SET count = count + excluded.count, gone = gone + excluded.gone,
                                   sum = sum + excluded.sum, gone_sum = gone_sum + excluded.gone_sum",
    )?;
    for (key, delta) in rows {
        if delta.count != 0 || delta.sum != 0 {
            put.execute(params![
                key.measure as i64,
                key.project_id,
                key.ref_id,
                key.ref_kind,
                key.source,
                key.stage,
                key.name,
                key.tags,
                key.status,
                key.failure_reason,
                key.bucket,
                delta.count,
                delta.sum,
            ])?;
        }
    }
    heads::apply(conn, facts)
}

fn count(rows: &mut BTreeMap<Key, Delta>, sign: Sign, key: Key, sum: i64) {
    let by = match sign {
        Sign::Gained => 1,
        Sign::Lost => -1,
    };
    let delta = rows.entry(key).or_default();
    delta.count += by;
    delta.sum += by * sum;
}
