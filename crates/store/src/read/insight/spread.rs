//! How a group of failures spread, day by day.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::{GroupId, Reader, StoreError};

const DAY: i64 = 86_400;

/// Failures of a group on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupDay {
    /// UTC day: days since 1970.
    pub day: i64,
    /// Failures, retried ones too.
    pub failures: u64,
    /// Projects they were in.
    pub projects: u64,
    /// Projects in which the group was not seen before, since the beginning of the days asked for.
    pub new_projects: u64,
}

impl Reader<'_> {
    /// Days on which a group failed, since then, oldest first; with all groups that went into it.
    pub fn group_spread(&self, id: GroupId, since: Timestamp) -> Result<Vec<GroupDay>, StoreError> {
        let roots = self.roots()?;
        let mut statement = self.conn.prepare_cached(
            "SELECT created_at, project_id FROM failed_jobs INDEXED BY failed_jobs_by_group
             WHERE group_id = ?1 AND created_at >= ?2",
        )?;
        let mut days: BTreeMap<i64, (u64, HashSet<i64>)> = BTreeMap::new();
        for member in roots.members(roots.of(id.0)) {
            let mut rows = statement.query((member, since.as_second()))?;
            while let Some(row) = rows.next()? {
                let at: i64 = row.get(0)?;
                let day = days.entry(at.div_euclid(DAY)).or_default();
                day.0 += 1;
                day.1.insert(row.get(1)?);
            }
        }
        let mut seen = HashSet::new();
        Ok(days
            .into_iter()
            .map(|(day, (failures, projects))| GroupDay {
                day,
                failures,
                projects: projects.len() as u64,
                new_projects: projects.iter().filter(|id| seen.insert(**id)).count() as u64,
            })
            .collect())
    }
}
