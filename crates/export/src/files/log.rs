//! The commit log of a stream: one object for each batch, whose being there is the commit.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Seek, Write};
use std::sync::Arc;

use futures::TryStreamExt;
use futures::future::try_join_all;
use labtower_model::Timestamp;
use object_store::path::Path;
use object_store::{Error, GetResult, ObjectStore, ObjectStoreExt, PutMode, PutPayload};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::open::{failed, shown};
use crate::sink::SinkError;

/// Bytes of an object from which on it is read from a file: a checkpoint of many parents.
const LARGE: u64 = 4 << 20;
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
    /// Those that this batch moved.
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

/// All cursors as of a commit.
#[derive(Debug, Serialize, Deserialize)]
struct Checkpoint<C> {
    number: u64,
    /// Number of the checkpoint before, 0 for none.
    previous: u64,
    /// By parent; there may be megabytes of them, so those that are written are borrowed.
    cursors: C,
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

/// Cursors by parent.
pub(super) type Cursors = BTreeMap<String, String>;

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
                let there: Option<Entry> = self.get(&path).await?;
                Ok(there.is_some_and(|there| there.id == entry.id))
            }
            Err(error) => Err(failed(what(), &error)),
        }
    }

    /// What the log says, beginning with what is known already, and the cursors that were moved after that.
    pub(super) async fn read(&self, known: Option<Known>) -> Result<(Known, Cursors), SinkError> {
        let (mut known, mut cursors) = match known {
            Some(known) => (known, Cursors::new()),
            None => self.newest_checkpoint().await?,
        };
        // Numbers have no gaps, so reading on until one is missing finds the last without a listing.
        let mut width = 1;
        loop {
            let first = known.number + 1;
            let paths: Vec<Path> = (first..first + width).map(|n| self.entry(n)).collect();
            let entries = try_join_all(paths.iter().map(|path| self.get::<Entry>(path))).await?;
            let before = known.number;
            for entry in entries.into_iter().map_while(|entry| entry) {
                cursors.extend(entry.cursors);
                known.apply(entry.number, entry.files);
            }
            if known.number < before + width {
                return Ok((known, cursors));
            }
            width = (width * 2).min(AT_ONCE);
        }
    }

    /// Writes all cursors in one piece, and removes the piece before the previous one; what is known then.
    pub(super) async fn write_checkpoint(&self) -> Result<Known, SinkError> {
        let (known, cursors) = self.read(None).await?;
        let number = known.number;
        if known.checkpoint == number {
            return Ok(known);
        }
        let what = || format!("write checkpoint {number} of `{}`", self.stream);
        let checkpoint = Checkpoint {
            number,
            previous: known.checkpoint,
            cursors: &cursors,
        };
        for (path, content) in [
            (self.checkpoint(number), json(&checkpoint, &what)?),
            (self.last(), json(&Last { number }, &what)?),
        ] {
            let put = self.store.put(&path, content).await;
            put.map_err(|error| failed(what(), &error))?;
        }
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

    async fn newest_checkpoint(&self) -> Result<(Known, Cursors), SinkError> {
        if let Some(last) = self.get::<Last>(&self.last()).await?
            && let Some(known) = self.at_checkpoint(last.number).await?
        {
            return Ok(known);
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
            return Ok(Default::default());
        }
        Ok(self.at_checkpoint(newest).await?.unwrap_or_default())
    }

    async fn at_checkpoint(&self, number: u64) -> Result<Option<(Known, Cursors)>, SinkError> {
        let checkpoint: Option<Checkpoint<Cursors>> = self.get(&self.checkpoint(number)).await?;
        Ok(checkpoint.map(|checkpoint| {
            let known = Known {
                number: checkpoint.number,
                checkpoint: checkpoint.number,
                previous: checkpoint.previous,
                files: Vec::new(),
            };
            (known, checkpoint.cursors)
        }))
    }

    /// An object of the log; `None` if it is not there.
    async fn get<T: DeserializeOwned + Send + 'static>(
        &self,
        path: &Path,
    ) -> Result<Option<T>, SinkError> {
        let what = || format!("read `{path}`");
        let read = match self.store.get(path).await {
            Ok(object) if object.meta.size > LARGE => large(object).await,
            Ok(object) => object.bytes().await.map(|it| serde_json::from_slice(&it)),
            Err(error) => Err(error),
        };
        match read {
            Ok(Ok(value)) => Ok(Some(value)),
            Ok(Err(error)) => Err(SinkError::Refused {
                what: what(),
                detail: format!("it is not what labtower wrote: {error}"),
            }),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed(what(), &error)),
        }
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

/// Reads what may be hundreds of megabytes from a temporary file, so that it is not in memory beside what is in it.
async fn large<T: DeserializeOwned + Send + 'static>(
    object: GetResult,
) -> Result<serde_json::Result<T>, Error> {
    let broken = |source: io::Error| Error::Generic {
        store: "temporary file",
        source: source.into(),
    };
    // Without a place for temporary files memory has to do.
    let Ok(mut file) = tempfile::tempfile() else {
        return Ok(serde_json::from_slice(&object.bytes().await?));
    };
    let mut pieces = object.into_stream();
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).map_err(broken)?;
    }
    file.rewind().map_err(broken)?;
    let read = move || serde_json::from_reader(BufReader::new(file));
    let read = tokio::task::spawn_blocking(read).await;
    read.map_err(|error| broken(io::Error::other(error)))
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
