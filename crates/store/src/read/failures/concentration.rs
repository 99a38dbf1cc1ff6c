//! Where the failures of a group concentrate: counts for a test of whether one place has more than its share.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::Words;
use crate::{GroupId, Reader, StoreError};

/// Values of one property named at most.
const MOST: usize = 20;

/// Failures read at most: enough to see a share.
const SAMPLE: i64 = 20_000;

/// How a group's failures are spread, against all other failures of the same time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupSpread {
    /// Failures of the group that were counted.
    pub inside: u32,
    /// Other failures that were counted.
    pub outside: u32,
    /// By property, then by how many failures of the group have it.
    pub shares: Vec<Share>,
}

/// One value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// `runner`, `tag`, `job` or `stage`.
    pub property: &'static str,
    /// Id of the runner, else the text.
    pub value: String,
    /// Failures of the group that have it.
    pub inside: u32,
    /// Other failures that have it.
    pub outside: u32,
}

impl Reader<'_> {
    /// Where the failures of a group since then concentrate: runner, tag, name of the job, stage.
    pub fn group_concentration(
        &self,
        id: GroupId,
        since: Timestamp,
    ) -> Result<GroupSpread, StoreError> {
        let roots = self.roots()?;
        let root = roots.of(id.0);
        let mut statement = self.conn.prepare_cached(
            "SELECT coalesce(f.group_id, 0), coalesce(j.runner_id, 0), coalesce(j.tags, 0), f.name, coalesce(j.stage, 0)
             FROM (SELECT id FROM jobs INDEXED BY jobs_failed WHERE status = 8 AND created_at >= ?1
                   ORDER BY created_at DESC LIMIT ?2) n
             JOIN failed_jobs f ON f.job_id = n.id JOIN jobs j ON j.id = n.id",
        )?;
        let mut rows = statement.query((since.as_second(), SAMPLE))?;
        let mut concentration = GroupSpread::default();
        let mut counts: BTreeMap<(usize, String), [u32; 2]> = BTreeMap::new();
        let mut words = Words::default();
        while let Some(row) = rows.next()? {
            let group: i64 = row.get(0)?;
            let other = usize::from(group == 0 || roots.of(group) != root);
            if other == 0 {
                concentration.inside += 1;
            } else {
                concentration.outside += 1;
            }
            let runner: i64 = row.get(1)?;
            let mut add = |property, value: String| {
                if !value.is_empty() {
                    counts.entry((property, value)).or_default()[other] += 1;
                }
            };
            if runner != 0 {
                add(0, runner.to_string());
            }
            for tag in words.text(self, row.get(2)?)?.split(',') {
                add(1, tag.to_owned());
            }
            add(2, words.text(self, row.get(3)?)?);
            add(3, words.text(self, row.get(4)?)?);
        }
        for (property, name) in ["runner", "tag", "job", "stage"].into_iter().enumerate() {
            let mut shares: Vec<Share> = counts
                .iter()
                .filter(|((of, _), [inside, _])| *of == property && *inside > 0)
                .map(|((_, value), [inside, outside])| Share {
                    property: name,
                    value: value.clone(),
                    inside: *inside,
                    outside: *outside,
                })
                .collect();
            shares.sort_by(|a, b| b.inside.cmp(&a.inside).then_with(|| a.value.cmp(&b.value)));
            shares.truncate(MOST);
            concentration.shares.extend(shares);
        }
        Ok(concentration)
    }
}
