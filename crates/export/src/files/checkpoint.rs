//! All cursors of a stream as of one of its commits, as one object.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStore;
use object_store::buffered::BufWriter;
use object_store::path::Path;

use super::objects::shut;
use super::open::failed;
use crate::sink::SinkError;
use crate::texts::{Spot, Texts};

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// Cursors by parent, out of memory until they are written.
#[derive(Debug, Default)]
pub(super) struct Cursors {
    newest: BTreeMap<String, Spot>,
    texts: Texts,
}

impl Cursors {
    /// Takes a cursor in the place of an older one of its parent.
    pub(super) fn put(&mut self, parent: &str, cursor: &str) -> Result<(), SinkError> {
        let spot = self.texts.put(cursor).map_err(|error| broken(&error))?;
        self.newest.insert(parent.to_owned(), spot);
        Ok(())
    }

    /// Writes `{"number":…,"previous":…,"cursors":{…}}`.
    pub(super) async fn write(
        mut self,
        store: &Arc<dyn ObjectStore>,
        path: Path,
        (number, previous): (u64, u64),
    ) -> Result<(), SinkError> {
        let what = || format!("write `{path}`");
        let mut upload = BufWriter::new(store.clone(), path.clone()).with_max_concurrency(1);
        let head = format!("{{\"number\":{number},\"previous\":{previous},\"cursors\":{{");
        let mut piece = head.into_bytes();
        for (index, (parent, spot)) in self.newest.iter().enumerate() {
            if index > 0 {
                piece.push(b',');
            }
            let cursor = self.texts.get(*spot).map_err(|error| broken(&error))?;
            // Writing a text to memory cannot fail.
            let _ = serde_json::to_writer(&mut piece, parent);
            piece.push(b':');
            let _ = serde_json::to_writer(&mut piece, &cursor);
            if piece.len() >= PIECE {
                let put = upload.put(Bytes::from(std::mem::take(&mut piece))).await;
                put.map_err(|error| failed(what(), &error))?;
            }
        }
        piece.extend_from_slice(b"}}");
        let put = upload.put(Bytes::from(piece)).await;
        put.map_err(|error| failed(what(), &error))?;
        shut(upload, what).await
    }
}

fn broken(error: &io::Error) -> SinkError {
    SinkError::Unavailable {
        what: "keep cursors in a temporary file".to_owned(),
        detail: error.to_string(),
    }
}
