//! Objects of the log, however large they are.

use std::io::{self, BufReader, Seek, Write};

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::buffered::BufWriter;
use object_store::path::Path;
use object_store::{Error, GetResult, ObjectStore, ObjectStoreExt};
use serde::de::DeserializeOwned;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::document;
use super::open::failed;
use crate::sink::SinkError;

/// Bytes of an object from which on it is read from a file, and its cursors are told while another thread reads.
const LARGE: u64 = 4 << 20;
/// Cursors that such a thread is ahead.
const AHEAD: usize = 16;

/// Is told a parent and its cursor.
pub(super) type TellCursor<'t> = dyn FnMut(&str, &str) -> Result<(), SinkError> + Send + 't;

/// Begins to get an object; `None` if it is not there.
pub(super) async fn get(
    store: &dyn ObjectStore,
    path: &Path,
) -> Result<Option<GetResult>, SinkError> {
    match store.get(path).await {
        Ok(object) => Ok(Some(object)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(format!("read `{path}`"), &error)),
    }
}

/// Reads a document of the log to its end, telling its cursors.
pub(super) async fn read<T: DeserializeOwned + Send + 'static>(
    object: GetResult,
    tell: &mut TellCursor<'_>,
) -> Result<T, SinkError> {
    let path = object.meta.location.clone();
    let what = || format!("read `{path}`");
    let read = if object.meta.size > LARGE {
        large(object, tell).await.map_err(|error| match error {
            Told::Store(error) => failed(what(), &error),
            Told::Sink(error) => error,
        })?
    } else {
        let bytes = object.bytes().await;
        small(&bytes.map_err(|error| failed(what(), &error))?, tell)?
    };
    read.map_err(|error| SinkError::Refused {
        what: what(),
        detail: format!("it is not what labtower wrote: {error}"),
    })
}

fn small<T: DeserializeOwned>(
    bytes: &Bytes,
    tell: &mut TellCursor<'_>,
) -> Result<serde_json::Result<T>, SinkError> {
    let mut refused = None;
    let mut tell = |parent: String, cursor: String| {
        tell(&parent, &cursor).map_err(|error| {
            let text = error.to_string();
            refused = Some(error);
            text
        })
    };
    let read = document::read(&bytes[..], &mut tell);
    refused.map_or(Ok(read), Err)
}

enum Told {
    Store(Error),
    Sink(SinkError),
}

/// Reads what may be hundreds of megabytes from a temporary file, so that it is never in memory.
async fn large<T: DeserializeOwned + Send + 'static>(
    object: GetResult,
    tell: &mut TellCursor<'_>,
) -> Result<serde_json::Result<T>, Told> {
    let broken = |source: io::Error| {
        Told::Store(Error::Generic {
            store: "temporary file",
            source: source.into(),
        })
    };
    // Without a place for temporary files memory has to do.
    let Ok(mut file) = tempfile::tempfile() else {
        let bytes = object.bytes().await.map_err(Told::Store)?;
        return small(&bytes, tell).map_err(Told::Sink);
    };
    let mut pieces = object.into_stream();
    while let Some(piece) = pieces.try_next().await.map_err(Told::Store)? {
        file.write_all(&piece).map_err(broken)?;
    }
    file.rewind().map_err(broken)?;
    let (send, mut told) = mpsc::channel(AHEAD);
    let reading = tokio::task::spawn_blocking(move || {
        let mut send = |parent: String, cursor: String| {
            let sent = send.blocking_send((parent, cursor));
            sent.map_err(|_| "nobody listens any more".to_owned())
        };
        document::read(BufReader::new(file), &mut send)
    });
    while let Some((parent, cursor)) = told.recv().await {
        tell(&parent, &cursor).map_err(Told::Sink)?;
    }
    reading
        .await
        .map_err(|error| broken(io::Error::other(error)))
}

/// Writes an object in pieces; it is there with the last one.
pub(super) async fn shut(
    mut upload: BufWriter,
    what: impl Fn() -> String,
) -> Result<(), SinkError> {
    // The writer speaks of its own errors as those of files.
    let Err(error) = upload.shutdown().await else {
        return Ok(());
    };
    let error = match error.downcast::<Error>() {
        Ok(error) => error,
        Err(error) => Error::Generic {
            store: "upload",
            source: error.into(),
        },
    };
    Err(failed(what(), &error))
}
