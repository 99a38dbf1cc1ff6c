//! The key that signs sessions, kept beside the store so that people stay signed in over a restart.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Name of the file.
const FILE: &str = "session.key";

/// The key beside the store, made if it is not there. It is not in the store: copies of that get around.
///
/// # Errors
/// The file can be neither read nor made, or holds something else.
pub(crate) fn session_key(store: &Path) -> std::io::Result<[u8; 32]> {
    let path = beside(store);
    match std::fs::File::open(&path) {
        Ok(mut file) => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            <[u8; 32]>::try_from(bytes).map_err(|_| {
                std::io::Error::new(ErrorKind::InvalidData, "it does not hold 32 bytes")
            })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = labtower_serve::new_session_key();
            let mut how = OpenOptions::new();
            let mut file = how.write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) => Err(error),
    }
}

/// Where the key of a store is.
pub(crate) fn beside(store: &Path) -> PathBuf {
    store.with_file_name(FILE)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("pipelines.db");
        let key = session_key(&store).unwrap();
        assert_eq!(session_key(&store).unwrap(), key);
        let mode = std::fs::metadata(beside(&store))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        std::fs::write(beside(&store), "short").unwrap();
        assert!(session_key(&store).is_err());
    }
}
