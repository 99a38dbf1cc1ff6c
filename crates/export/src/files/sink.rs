//! The sink itself.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::ObjectStoreExt;
use object_store::buffered::BufWriter;
use object_store::path::{Path, PathPart};

use super::clean::{Data, remove_half_written};
use super::encode::Encoder;
use super::log::{Entry, File, Known, Log};
use super::objects::shut;
use super::open::{failed, open, shown};
use super::options::{FilesOptions, Target};
use crate::sink::{Batch, Commit, Sink, SinkError, Table, Tell};

/// Parts of a file that are under way at once; each has some megabytes.
const PARTS_AT_ONCE: usize = 2;

/// Rows as files of one instance.
#[derive(Debug)]
pub struct Files {
    options: FilesOptions,
    store: Arc<dyn ObjectStore>,
    /// Folder of the instance.
    directory: Path,
    known: Mutex<HashMap<String, Known>>,
}

impl Files {
    /// Opens the target; a directory is made if it is not there, a bucket is not asked for anything yet.
    ///
    /// # Errors
    /// A setting or environment variable cannot be used.
    pub fn new(options: FilesOptions) -> Result<Self, SinkError> {
        if !(1..=19).contains(&options.level) {
            let detail = format!("is {}; zstd has levels 1 to 19", options.level);
            return Err(SinkError::config("level", detail));
        }
        let (store, prefix) = open(&options.target)?;
        Ok(Self {
            directory: prefix.join(PathPart::from(options.instance.as_str())),
            options,
            store,
            known: Mutex::default(),
        })
    }

    fn stream_directory(&self, stream: &str) -> Path {
        self.directory.clone().join(stream)
    }

    fn log(&self, stream: &str) -> Log {
        Log::new(self.store.clone(), &self.stream_directory(stream), stream)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what was committed since it was last looked, and takes note of it; number of the last commit.
    async fn look(&self, stream: &str) -> Result<u64, SinkError> {
        let before = self.known().remove(stream);
        let known = self.log(stream).read(before, &mut |_, _| Ok(())).await?;
        let number = known.number;
        self.remember(stream, known);
        Ok(number)
    }

    fn remember(&self, stream: &str, known: Known) {
        self.known().insert(stream.to_owned(), known);
    }

    async fn clean(&self, stream: &str, known: &Known) {
        let now = self.options.clock.now();
        let stream_directory = self.stream_directory(stream);
        let data = Data {
            store: &self.store,
            stream_directory: &stream_directory,
        };
        data.remove_orphans(known, now).await;
        if let Target::Directory(root) = &self.options.target {
            let path: PathBuf = root.join(stream_directory.as_ref());
            remove_half_written(path, now).await;
        }
    }

    /// Writes the batch's file, if it has rows.
    async fn write(&self, batch: &Batch, id: &str) -> Result<Option<File>, SinkError> {
        let rows = batch.rows();
        if rows == 0 {
            return Ok(None);
        }
        let extension = self.options.format.extension();
        let name = format!("{:020}-{id}.{extension}", batch.number);
        let path = self
            .stream_directory(&batch.stream)
            .join("data")
            .join(name.as_str());
        let what = || format!("write batch {} of `{}`", batch.number, batch.stream);
        let mut upload =
            BufWriter::new(self.store.clone(), path).with_max_concurrency(PARTS_AT_ONCE);
        let instance = &self.options.instance;
        let mut encoder = Encoder::new(self.options.format, self.options.level, instance, batch)?;
        let mut bytes = 0;
        loop {
            let mut piece = Vec::new();
            let more = encoder.piece(&mut piece)?;
            bytes += piece.len() as u64;
            if !piece.is_empty() {
                let put = upload.put(Bytes::from(piece)).await;
                put.map_err(|error| failed(what(), &error))?;
            }
            if !more {
                break;
            }
            tokio::task::yield_now().await;
        }
        shut(upload, what).await?;
        Ok(Some(File {
            path: format!("data/{name}"),
            rows,
            bytes,
        }))
    }

    /// Takes note of a commit of this sink, and writes a checkpoint when it is time.
    async fn committed(&self, stream: &str, entry: Entry) {
        let mut known = {
            let mut all = self.known();
            match all.remove(stream) {
                Some(known) if known.number + 1 == entry.number => known,
                // Another call looked meanwhile; the next one looks again.
                _ => return,
            }
        };
        known.apply(entry.number, entry.files);
        if known.number >= known.checkpoint + self.options.checkpoint_every {
            self.clean(stream, &known).await;
            match self.log(stream).write_checkpoint().await {
                Ok(after) => known = after,
                // Without it, the next reader only has more to read.
                Err(error) => tracing::debug!(%error, "cannot write a checkpoint"),
            }
        }
        self.remember(stream, known);
    }
}

impl Sink for Files {
    /// There is nothing to prepare but the place itself, which is looked at to tell early what is wrong with it.
    async fn prepare(&self, _tables: &[Table<'_>]) -> Result<(), SinkError> {
        let list = self.store.list_with_delimiter(Some(&self.directory)).await;
        list.map_err(|error| failed(format!("list `{}`", self.options.target), &error))?;
        Ok(())
    }

    async fn positions(
        &self,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let mut numbers = Vec::new();
        for stream in streams {
            let is_first = !self.known().contains_key(*stream);
            let mut tell = |parent: &str, cursor: &str| tell(stream, parent, cursor);
            let known = self.log(stream).read(None, &mut tell).await?;
            if is_first {
                self.clean(stream, &known).await;
            }
            numbers.push(known.number);
            self.remember(stream, known);
        }
        Ok(numbers)
    }

    async fn commit(&self, batch: &Batch) -> Result<Commit, SinkError> {
        let stream = batch.stream.as_str();
        let known = self.known().get(stream).map(|known| known.number);
        let last = match known {
            Some(last) if last + 1 == batch.number => last,
            _ => self.look(stream).await?,
        };
        if batch.number <= last {
            return Ok(Commit::Taken);
        }
        if batch.number > last + 1 {
            return Err(SinkError::Refused {
                what: format!("commit batch {} of `{stream}`", batch.number),
                detail: format!("the last one is {last}"),
            });
        }
        let id = random()?;
        let file = self.write(batch, &id).await?;
        let entry = Entry {
            number: batch.number,
            id,
            data_date: batch.data_date,
            files: file.into_iter().collect(),
            cursors: cursors(batch),
        };
        if self.log(stream).append(&entry).await? {
            self.committed(stream, entry).await;
            return Ok(Commit::Done);
        }
        // Another writer was faster. What is known is behind now, and our file is nobody's.
        for file in &entry.files {
            let path = file
                .path
                .split('/')
                .fold(self.stream_directory(stream), Path::join);
            if let Err(error) = self.store.delete(&path).await {
                let error = shown(&error);
                tracing::debug!(error, "cannot remove a file that was not committed");
            }
        }
        Ok(Commit::Taken)
    }
}

fn cursors(batch: &Batch) -> BTreeMap<String, String> {
    let chunks = batch.chunks.iter();
    chunks
        .map(|chunk| (chunk.parent.clone(), chunk.cursor.clone()))
        .collect()
}

/// 16 random hexadecimal digits.
fn random() -> Result<String, SinkError> {
    let number = getrandom::u64().map_err(|error| SinkError::Unavailable {
        what: "get a random number".to_owned(),
        detail: error.to_string(),
    })?;
    Ok(format!("{number:016x}"))
}
