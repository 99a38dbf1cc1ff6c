//! The commit log of a stream: one object for each batch, whose being there is the commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::TryStreamExt;
use futures::future::try_join_all;
use labtower_model::Timestamp;
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use serde::{Deserialize, Serialize};

use super::checkpoint::Cursors;
use super::objects::{TellCursor, get, read};
use super::open::{failed, shown};
use crate::sink::SinkError;

/// Most entries that are asked for at once.
const AT_ONCE: u64 = 16;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) number: u64,
    /// Random, so that a writer knows its own entry when an answer was lost.
    pub(super) id: String,
    pub(super) data_date: Timestamp,
    pub(super) files: Vec<File>,
    /// Those that this batch moved; none where they were told when it was read.
    #[serde(default)]
    pub(super) cursors: BTreeMap<String, String>,
}

/// A file of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// Below the stream's folder.
    pub(super) path: String,
    pub(super) rows: usize,
    pub(super) bytes: u64,
}

/// What a checkpoint has beside all cursors as of a commit.
#[derive(Debug, Deserialize)]
struct Checkpoint {
    number: u64,
    /// Number of the checkpoint before, 0 for none.
    previous: u64,
}

/// Where to begin to look; only a hint, since two writers may put it.
#[derive(Debug, Serialize, Deserialize)]
struct Last {
    number: u64,
}

/// What is known of a stream from its log; not its cursors, which would be megabytes of every stream.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Number of the last commit.
    pub(super) number: u64,
    /// Number of the newest checkpoint, 0 for none.
    pub(super) checkpoint: u64,
    /// That of the one before.
    previous: u64,
    /// Files of the commits after the checkpoint.
    pub(super) files: Vec<String>,
}

impl Known {
    /// Takes the next commit in.
    pub(super) fn apply(&mut self, number: u64, files: Vec<File>) {
        self.number = number;
        self.files.extend(files.into_iter().map(|file| file.path));
    }
}

/// The log of one stream.
#[derive(Debug, Clone)]
pub(super) struct Log {
    store: Arc<dyn ObjectStore>,
    directory: Path,
    stream: String,
}

impl Log {
    pub(super) fn new(store: Arc<dyn ObjectStore>, stream_directory: &Path, stream: &str) -> Self {
        Self {
            store,
            directory: stream_directory.clone().join("_log"),
            stream: stream.to_owned(),
        }
    }

    /// Appends an entry; `false` if its number is taken by another.
    pub(super) async fn append(&self, entry: &Entry) -> Result<bool, SinkError> {
        let path = self.entry(entry.number);
        let what = || format!("commit batch {} of `{}`", entry.number, self.stream);
        let put = self
            .store
            .put_opts(&path, json(entry, &what)?, PutMode::Create.into())
            .await;
        match put {
            Ok(_) => Ok(true),
            // The answer to an earlier try may have been lost on the way.
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                let Some(there) = get(&self.store, &path).await? else {
                    return Ok(false);
                };
                let there: Entry = read(there, &mut |_, _| Ok(())).await?;
                Ok(there.id == entry.id)
            }
            Err(error) => Err(failed(what(), &error)),
        }
    }

    /// What the log says, beginning with what is known already; the cursors that were moved after that are told.
    pub(super) async fn read(
        &self,
        known: Option<Known>,
        tell: &mut TellCursor<'_>,
    ) -> Result<Known, SinkError> {
        let mut known = match known {
            Some(known) => known,
            None => self.newest_checkpoint(tell).await?,
        };
        // Numbers have no gaps, so reading on until one is missing finds the last without a listing.
        let mut width = 1;
        loop {
            let first = known.number + 1;
            let paths: Vec<Path> = (first..first + width).map(|n| self.entry(n)).collect();
            let entries = paths.iter().map(|path| get(&self.store, path));
            let entries = try_join_all(entries).await?;
            let before = known.number;
            // They are asked for at once, and come one by one: each may be as large as a batch.
            for entry in entries.into_iter().map_while(|entry| entry) {
                let entry: Entry = read(entry, tell).await?;
                known.apply(entry.number, entry.files);
            }
            if known.number < before + width {
                return Ok(known);
            }
            width = (width * 2).min(AT_ONCE);
        }
    }

    /// Writes all cursors as one object, and removes the one before the previous one; what is known then.
    pub(super) async fn write_checkpoint(&self) -> Result<Known, SinkError> {
        let mut cursors = Cursors::default();
        let mut put = |parent: &str, cursor: &str| cursors.put(parent, cursor);
        let known = self.read(None, &mut put).await?;
        let number = known.number;
        if known.checkpoint == number {
            return Ok(known);
        }
        let numbers = (number, known.checkpoint);
        let path = self.checkpoint(number);
        cursors.write(&self.store, path, numbers).await?;
        let what = || format!("write checkpoint {number} of `{}`", self.stream);
        let hint = json(&Last { number }, &what)?;
        let put = self.store.put(&self.last(), hint).await;
        put.map_err(|error| failed(what(), &error))?;
        if known.previous > 0 {
            // Whoever read the hint just before still finds the one before.
            let old = self.checkpoint(known.previous);
            if let Err(error) = self.store.delete(&old).await {
                let error = shown(&error);
                tracing::debug!(error, "cannot remove an old checkpoint");
            }
        }
        Ok(Known {
            number,
            checkpoint: number,
            previous: known.checkpoint,
            files: Vec::new(),
        })
    }

    async fn newest_checkpoint(&self, tell: &mut TellCursor<'_>) -> Result<Known, SinkError> {
        if let Some(hint) = get(&self.store, &self.last()).await? {
            let last: Last = read(hint, &mut |_, _| Ok(())).await?;
            if let Some(known) = self.at_checkpoint(last.number, tell).await? {
                return Ok(known);
            }
        }
        // No hint: the log is short, or the hint's writer was killed; a listing finds what there is.
        let what = || format!("list the log of `{}`", self.stream);
        let newest = self
            .store
            .list(Some(&self.directory))
            .try_fold(0, |newest, object| async move {
                Ok(newest.max(checkpoint_number(&object.location).unwrap_or(0)))
            })
            .await
            .map_err(|error| failed(what(), &error))?;
        if newest == 0 {
            return Ok(Known::default());
        }
        let known = self.at_checkpoint(newest, tell).await?;
        Ok(known.unwrap_or_default())
    }

    async fn at_checkpoint(
        &self,
        number: u64,
        tell: &mut TellCursor<'_>,
    ) -> Result<Option<Known>, SinkError> {
        let Some(object) = get(&self.store, &self.checkpoint(number)).await? else {
            return Ok(None);
        };
        let checkpoint: Checkpoint = read(object, tell).await?;
        Ok(Some(Known {
            number: checkpoint.number,
            checkpoint: checkpoint.number,
            previous: checkpoint.previous,
            files: Vec::new(),
        }))
    }

    fn entry(&self, number: u64) -> Path {
        self.directory.clone().join(format!("{number:020}.json"))
    }

    fn checkpoint(&self, number: u64) -> Path {
        let name = format!("{number:020}.checkpoint.json");
        self.directory.clone().join(name)
    }

    fn last(&self) -> Path {
        self.directory.clone().join("_last_checkpoint.json")
    }
}

fn checkpoint_number(path: &Path) -> Option<u64> {
    path.filename()?
        .strip_suffix(".checkpoint.json")?
        .parse()
        .ok()
}

fn json(value: &impl Serialize, what: &dyn Fn() -> String) -> Result<PutPayload, SinkError> {
    match serde_json::to_vec(value) {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(SinkError::Refused {
            what: what(),
            detail: error.to_string(),
        }),
    }
}
