//! Removes what writers left behind that were killed: files that no commit names.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::log::Known;
use super::open::shown;

/// Age at which a file of a batch that is not committed yet belongs to nobody any more.
const ABANDONED: SignedDuration = SignedDuration::from_hours(24);

/// The folder of a stream's files.
#[derive(Debug)]
pub(super) struct Data<'a> {
    pub(super) store: &'a Arc<dyn ObjectStore>,
    pub(super) stream_directory: &'a Path,
}

impl Data<'_> {
    /// Removes files of batches after the last checkpoint that no commit names.
    ///
    /// Where the batch is committed, no writer can commit another file for it, so the file goes at once; otherwise its
    /// writer may still be at work, and it goes after a day. Nothing depends on the success of this.
    pub(super) async fn remove_orphans(&self, known: &Known, now: Timestamp) {
        if let Err(error) = self.try_remove(known, now).await {
            let error = shown(&error);
            tracing::debug!(error, "cannot clean up after a writer that was killed");
        }
    }

    async fn try_remove(&self, known: &Known, now: Timestamp) -> object_store::Result<()> {
        let named: HashSet<&str> = known.files.iter().map(String::as_str).collect();
        let directory = self.stream_directory.clone().join("data");
        let from = directory
            .clone()
            .join(format!("{:020}", known.checkpoint + 1));
        let mut objects = self.store.list_with_offset(Some(&directory), &from);
        while let Some(object) = objects.try_next().await? {
            let Some((name, number)) = name(&object) else {
                continue;
            };
            let is_committed = number <= known.number;
            let age = now.as_second() - object.last_modified.timestamp();
            let is_orphan = number > known.checkpoint
                && !named.contains(format!("data/{name}").as_str())
                && (is_committed || age > ABANDONED.as_secs());
            if is_orphan {
                tracing::info!(file = %object.location, "removing a file that no commit names");
                self.store.delete(&object.location).await?;
            }
        }
        Ok(())
    }
}

/// Name of a file, and the batch it is of.
fn name(object: &ObjectMeta) -> Option<(&str, u64)> {
    let name = object.location.filename()?;
    let number = name.split_once('-')?.0.parse().ok()?;
    Some((name, number))
}

/// Removes half-written files of a directory's stream, whose names end in `#1`: the store itself does not show them.
pub(super) async fn remove_half_written(stream_directory: PathBuf, now: Timestamp) {
    let removed = tokio::task::spawn_blocking(move || {
        for folder in ["data", "_log"] {
            let Ok(entries) = std::fs::read_dir(stream_directory.join(folder)) else {
                continue;
            };
            for entry in entries.flatten() {
                let name = entry.file_name();
                let is_half = name
                    .to_str()
                    .and_then(|name| name.rsplit_once('#'))
                    .is_some_and(|(_, end)| end.bytes().all(|byte| byte.is_ascii_digit()));
                if is_half
                    && is_abandoned(&entry, now)
                    && std::fs::remove_file(entry.path()).is_ok()
                {
                    tracing::info!(file = %entry.path().display(), "removed a half-written file");
                }
            }
        }
    });
    if let Err(error) = removed.await {
        tracing::debug!(%error, "cannot clean up half-written files");
    }
}

fn is_abandoned(entry: &std::fs::DirEntry, now: Timestamp) -> bool {
    let modified = entry.metadata().and_then(|metadata| metadata.modified());
    modified
        .ok()
        .and_then(|at| Timestamp::try_from(at).ok())
        .is_some_and(|at| now.duration_since(at) > ABANDONED)
}
