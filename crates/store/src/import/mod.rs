//! Import of the `pipelines.db` of gitlab-ci-exporter, which has the same name and other tables.
//!
//! Three steps, each of which can be cut short by a kill and is taken up at the next open:
//! 1. `rows`: its pipelines go into a new database, `pipelines.db.import`; a mark is written last.
//!    Without the mark the file is thrown away and made anew.
//! 2. The old file is moved to `pipelines.db.bak` (the first free name), with its write-ahead log.
//! 3. The new file takes its name. "No database, but a marked import" means that a kill came before this step.
//!
//! The old program's finish times and durations are not believed (it stored `updated_at`, and durations that include
//! queueing), so they are left empty, and every imported row gives way to any read from GitLab.

mod detect;
mod rows;
mod swap;

use std::path::Path;
use std::sync::Arc;

use labtower_model::Clock;

use crate::StoreError;
pub(crate) use detect::{Content, content};
pub(crate) use swap::{discard, finish, is_staged, mark, staging};

/// Makes sure that `path` is ours or absent: imports an old database, finishes an import or a restore that was cut short.
pub(crate) fn settle(path: &Path, feed: bool, clock: Arc<dyn Clock>) -> Result<(), StoreError> {
    match detect::content(path)? {
        Content::Nothing if swap::is_staged(path)? => swap::finish(path),
        Content::Nothing | Content::Ours => swap::discard(path),
        Content::Exporter => {
            let imported = rows::stage(path, feed, clock)?;
            swap::finish(path)?;
            tracing::info!(
                pipelines = imported,
                "imported a database of gitlab-ci-exporter; the old file is kept beside it"
            );
            Ok(())
        }
        Content::Foreign => Err(StoreError::Foreign {
            path: path.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests;
