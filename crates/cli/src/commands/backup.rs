//! `labtower backup` and `labtower restore`.

use std::path::PathBuf;

use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};
use labtower_store::{Copied, StoreError};

use super::loaded;
use crate::output::say;
use crate::{Exit, Failure, Globals};

#[derive(Debug, Args)]
pub struct BackupArguments {
    /// The file to write; it must not exist.
    file: PathBuf,
    /// The database to copy; `store.path` of the configuration without it.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// A file that `labtower backup` wrote.
    file: PathBuf,
    /// The database whose place it takes; `store.path` of the configuration without it.
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
}

pub(crate) fn backup(globals: &Globals, arguments: BackupArguments) -> Result<Exit, Failure> {
    let store = store_path(globals, arguments.store);
    let bar = bar();
    let copied = labtower_store::backup(&store, &arguments.file, shown(&bar));
    bar.finish_and_clear();
    let copied = copied.map_err(explained)?;
    say(format!(
        "Backed up {} to {}: {}, schema version {}.",
        store.display(),
        arguments.file.display(),
        HumanBytes(copied.bytes),
        copied.schema
    ));
    Ok(Exit::Ok)
}

pub(crate) fn restore(globals: &Globals, arguments: RestoreArguments) -> Result<Exit, Failure> {
    let store = store_path(globals, arguments.store);
    let bar = bar();
    let copied = labtower_store::restore(&arguments.file, &store, shown(&bar));
    bar.finish_and_clear();
    let Copied {
        bytes,
        schema,
        replaced,
    } = copied.map_err(explained)?;
    say(format!(
        "Restored {} from {}: {}, schema version {schema}.",
        store.display(),
        arguments.file.display(),
        HumanBytes(bytes)
    ));
    if let Some(replaced) = replaced {
        say(format!(
            "What was there before is kept as {}.",
            replaced.display()
        ));
    }
    say("The next start reads from GitLab what changed since the backup.");
    Ok(Exit::Ok)
}

/// Only the path is needed, so a problem elsewhere in the configuration does not matter here.
fn store_path(globals: &Globals, given: Option<PathBuf>) -> PathBuf {
    given.unwrap_or_else(|| loaded(globals).config.store.path)
}

/// Drawn on a terminal only.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn shown(bar: &ProgressBar) -> impl FnMut(u64, u64) {
    |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    }
}

fn explained(error: StoreError) -> Failure {
    let hint = match &error {
        StoreError::Exists { .. } => "name a file that does not exist, or remove that one",
        StoreError::InUse { .. } => "stop the labtower that uses it first",
        StoreError::NotOurs { .. } => {
            "name the database with --store or store.path, and the backup as the argument"
        }
        StoreError::NewerSchema { .. } => {
            "use the version of labtower that wrote it, or a newer one"
        }
        StoreError::Corrupt { .. } => "the file is damaged; use another backup",
        _ => "the directory must be one this user may write to, with room for the whole database",
    };
    Failure::with_hint(Exit::Failed, error, hint)
}
