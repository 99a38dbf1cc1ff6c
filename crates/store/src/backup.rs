//! Copies of a database, made while it is in use, and the way back from one.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::files::{beside, move_if_there, remove_if_there, sync};
use crate::import::{Content, content, discard, finish, is_staged, mark, staging};
use crate::lock::Lock;
use crate::migrate;

/// Pages (4 KiB) between two words on the progress.
const STEP: i32 = 4096;

/// How long to wait for a moment in which another process neither copies its log back nor recovers it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Size of the copy: bytes.
    pub bytes: u64,
    /// Version of its schema.
    pub schema: i64,
    /// Where the database that was there before is now.
    pub replaced: Option<PathBuf>,
}

/// Copies the database at `path` to the new file `target`, as it was at one moment, while others may write to it.
///
/// The copy is one file, checked, and there only when it is whole. `progress` is told bytes copied and bytes in all.
///
/// # Errors
/// There is no database of this program at `path`, `target` exists, or one of them cannot be read or written.
pub fn backup(
    path: &Path,
    target: &Path,
    progress: impl FnMut(u64, u64),
) -> Result<Copied, StoreError> {
    let schema = known_schema(path)?;
    is_free(target)?;
    // Its own for each process: two backups to one file must not mix.
    let partial = beside(target, &format!(".{}.partial", std::process::id()));
    remove_if_there(&partial)?;
    if let Err(error) = copy(path, &partial, progress) {
        remove_if_there(&partial)?;
        return Err(error);
    }
    sync(&partial)?;
    is_free(target)?;
    move_if_there(&partial, target)?;
    sync(target)?;
    described(target, schema, None)
}

/// Puts a copy in the place of the database at `path`, which is kept beside it as `.bak`.
///
/// A kill at any moment leaves the old database or the restored one; the next open of the store finishes the rest.
/// What counts in numbers of the change feed begins anew, because the feed goes on from an older one.
///
/// # Errors
/// `from` is no whole database of this program, the database at `path` is in use, or a file cannot be written.
pub fn restore(
    from: &Path,
    path: &Path,
    progress: impl FnMut(u64, u64),
) -> Result<Copied, StoreError> {
    let schema = known_schema(from)?;
    let _lock = Lock::take(path)?;
    let made = beside(path, ".restore");
    if [&made, &staging(path)].contains(&&from.to_owned()) {
        let detail = "a file that a restore makes cannot be restored; name another".to_owned();
        return Err(StoreError::Impossible { detail });
    }
    if !path.exists() && is_staged(path)? {
        finish(path)?;
    }
    // A copy has a name that nothing takes for a whole one until it is checked and marked.
    remove_if_there(&made)?;
    discard(path)?;
    let replaced = copy(from, &made, progress).and_then(|mut conn| {
        let whole = conn.transaction()?;
        // An old feed goes on with numbers that sinks have seen in the one that is lost.
        whole.execute(
            "UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'feed_id'",
            [],
        )?;
        let replaced = mark(path, &whole)?;
        // Whoever remembers an answer of the lost store by its generation must not take it for one of this.
        whole.execute(
            "UPDATE meta SET value = max(CAST(value AS INTEGER) + 1, unixepoch() * 1000)
             WHERE key IN ('generation', 'data_generation')",
            [],
        )?;
        whole.commit()?;
        Ok(replaced)
    });
    let replaced = match replaced {
        Ok(replaced) => replaced,
        Err(error) => {
            remove_if_there(&made)?;
            return Err(error);
        }
    };
    belongs_like(&made, path)?;
    sync(&made)?;
    move_if_there(&made, &staging(path))?;
    finish(path)?;
    let kept = replaced.exists().then_some(replaced);
    described(path, schema, kept)
}

/// A file that is there is never overwritten.
fn is_free(target: &Path) -> Result<(), StoreError> {
    if target.exists() {
        return Err(StoreError::Exists {
            path: target.to_owned(),
        });
    }
    Ok(())
}

/// Gives a file the owner and the rights of the database whose place it takes, or of its folder's owner: root restores
/// what another user runs.
fn belongs_like(made: &Path, path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::{MetadataExt as _, chown};

    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let failed = |source| StoreError::Io {
        path: made.to_owned(),
        source,
    };
    let old = std::fs::metadata(path);
    let like = old.as_ref().map_or_else(
        |_| std::fs::metadata(folder.unwrap_or(Path::new("."))),
        |old| Ok(old.clone()),
    );
    let (like, own) = (
        like.map_err(failed)?,
        std::fs::metadata(made).map_err(failed)?,
    );
    if (like.uid(), like.gid()) != (own.uid(), own.gid()) {
        chown(made, Some(like.uid()), Some(like.gid())).map_err(failed)?;
    }
    match old {
        Ok(old) => std::fs::set_permissions(made, old.permissions()).map_err(failed),
        Err(_) => Ok(()),
    }
}

/// Version of the schema of a database of this program.
fn known_schema(path: &Path) -> Result<i64, StoreError> {
    if content(path)? != Content::Ours {
        return Err(StoreError::NotOurs {
            path: path.to_owned(),
        });
    }
    let found = migrate::version(&read_only(path)?)?;
    let known = migrate::newest();
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    Ok(found)
}

fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        // Not `READ_ONLY`: the log of a database that is in use, or was killed, has to be read too.
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.busy_timeout(PATIENCE)?;
        Ok(conn)
    };
    open().map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

/// Copies everything into a new file, all of one moment, and checks it; returns the new one.
fn copy(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64),
) -> Result<Connection, StoreError> {
    let mut source = read_only(from)?;
    // One transaction around all steps: without it a commit of another process would begin the copy anew.
    let moment = source.transaction()?;
    moment.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut target = Connection::open(to).map_err(|source| StoreError::Open {
        path: to.to_owned(),
        source,
    })?;
    let backup = Backup::new(&moment, &mut target)?;
    loop {
        let step = backup.step(STEP)?;
        let at = backup.progress();
        let bytes = |pages: i32| u64::try_from(pages).unwrap_or(0) * 4096;
        progress(bytes(at.pagecount - at.remaining), bytes(at.pagecount));
        match step {
            StepResult::Done => break,
            StepResult::More => {}
            // Another process holds the file; the steps so far are not lost.
            _ => std::thread::sleep(Duration::from_millis(50)),
        }
    }
    drop(backup);
    check(to, &target)?;
    Ok(target)
}

/// Makes one file of a copy, and makes sure that it can be read as a whole.
fn check(path: &Path, conn: &Connection) -> Result<(), StoreError> {
    conn.pragma_update(None, "journal_mode", "DELETE")?;
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt {
            what: format!("`{}`", path.display()),
            detail: verdict,
        });
    }
    Ok(())
}

fn described(path: &Path, schema: i64, replaced: Option<PathBuf>) -> Result<Copied, StoreError> {
    let bytes = std::fs::metadata(path).map_err(|source| StoreError::Io {
        path: path.to_owned(),
        source,
    })?;
    Ok(Copied {
        bytes: bytes.len(),
        schema,
        replaced,
    })
}
