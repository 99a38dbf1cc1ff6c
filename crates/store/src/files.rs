//! Files beside the database.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// The path with something appended to its file name: `pipelines.db` and `.bak` make `pipelines.db.bak`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Moves a file; one that does not exist is fine.
pub(crate) fn move_if_there(from: &Path, to: &Path) -> Result<(), StoreError> {
    tolerant(from, fs::rename(from, to))
}

/// Removes a file; one that does not exist is fine.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    tolerant(path, fs::remove_file(path))
}

/// Has the system write a file and its folder's entries to the disk.
pub(crate) fn sync(path: &Path) -> Result<(), StoreError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    for file in [path, folder] {
        tolerant(file, File::open(file).and_then(|file| file.sync_all()))?;
    }
    Ok(())
}

fn tolerant(path: &Path, result: io::Result<()>) -> Result<(), StoreError> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(StoreError::Io {
            path: path.to_owned(),
            source,
        }),
        Ok(()) => Ok(()),
    }
}
