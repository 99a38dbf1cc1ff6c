//! Rows on failures: which jobs failed, why, and what people do about it.

mod act;
mod create;
mod groups;
mod issues;
mod jobs;
mod links;
mod reasons;
mod undo;

use serde::Serialize;

use super::apply::Apply;
use crate::{Failures, StoreError};

pub(super) use jobs::{forget, forget_green};

impl Apply<'_> {
    /// Writes what sync learnt of failures.
    pub(super) fn failures(&mut self, failures: &Failures) -> Result<(), StoreError> {
        let mut changed = 0;
        for reason in &failures.reasons {
            changed += self.reason(reason)?;
        }
        for reason in &failures.revised {
            changed += self.revised(reason)?;
        }
        for resigned in &failures.resigned {
            changed += self.resigned(resigned)?;
        }
        for green in &failures.green {
            self.green(green)?;
            self.sync_rows += 1;
        }
        for (job, changes) in &failures.changes {
            changed += self.dependency_changes(*job, changes)?;
        }
        for issue in &failures.issues {
            changed += issues::put(self.conn, issue)?;
        }
        for links in &failures.blocks {
            changed += links::block(self.conn, links, self.now)?;
        }
        for attempt in &failures.tries {
            self.sync_rows += self.trace_try(attempt)?;
        }
        for tracker in &failures.trackers {
            self.sync_rows += issues::put_tracker(self.conn, tracker)?;
        }
        for (key, version) in [
            ("explainer_version", &failures.version),
            ("revised_version", &failures.revised_version),
        ] {
            let Some(version) = version else { continue };
            self.sync_rows += self
                .conn
                .prepare_cached(
                    "INSERT INTO meta (key, value) VALUES (?1, ?2)
                     ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
                )?
                .execute([key, version])?;
        }
        self.written.changed_failures += changed as u64;
        // Numbers without a row in the feed, as for delivery.
        *self.seq += changed as i64;
        Ok(())
    }
}

/// JSON, compressed.
fn packed<T: Serialize>(value: &T) -> Result<Vec<u8>, StoreError> {
    let json = serde_json::to_vec(value).map_err(|error| StoreError::Corrupt {
        what: "a failure".to_owned(),
        detail: error.to_string(),
    })?;
    compressed(&json)
}

fn compressed(bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::bulk::compress(bytes, 3).map_err(|error| StoreError::Corrupt {
        what: "a failure".to_owned(),
        detail: error.to_string(),
    })
}
