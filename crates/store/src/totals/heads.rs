//! The newest pipeline of each ref.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::StoreError;
use crate::rollup::{Fact, Facts, Sign};

/// Condition for pipelines that are nobody's child; `?5` or a column is the source.
pub(super) fn is_own(source: &str) -> String {
    format!(
        "({source} IS NULL OR {source} NOT IN (SELECT id FROM words WHERE text = 'parent_pipeline'))"
    )
}

/// Moves the heads of refs to the pipelines that came, and away from those that went.
pub(super) fn apply(conn: &Connection, facts: &Facts) -> Result<(), StoreError> {
    // The last word on each pipeline under each ref.
    let mut last: BTreeMap<(i64, i64, i64, i64), (Sign, Fact)> = BTreeMap::new();
    for (sign, fact) in facts.iter() {
        if let Some(ref_id) = fact.ref_id {
            let place = (fact.project_id, ref_id, fact.ref_kind, fact.id);
            last.insert(place, (*sign, *fact));
        }
    }
    let mut came = conn.prepare_cached(&format!(
        "INSERT INTO ref_heads (project_id, ref, ref_kind, pipeline_id, created_at)
         SELECT ?1, ?2, ?3, ?4, ?5 WHERE {}
         ON CONFLICT (project_id, ref, ref_kind) DO UPDATE SET
           pipeline_id = excluded.pipeline_id, created_at = excluded.created_at
         WHERE (excluded.created_at, excluded.pipeline_id) > (created_at, pipeline_id)",
        is_own("?6")
    ))?;
    // Retention takes the oldest first, so a ref whose head goes has no other pipeline left.
    let mut went = conn.prepare_cached(
        "DELETE FROM ref_heads WHERE project_id = ?1 AND ref = ?2 AND ref_kind = ?3 AND pipeline_id = ?4",
    )?;
    for ((project_id, ref_id, ref_kind, id), (sign, fact)) in last {
        match sign {
            Sign::Gained => came.execute((
                project_id,
                ref_id,
                ref_kind,
                id,
                fact.created_at,
                fact.source,
            ))?,
            Sign::Lost => went.execute((project_id, ref_id, ref_kind, id))?,
        };
    }
    Ok(())
}
