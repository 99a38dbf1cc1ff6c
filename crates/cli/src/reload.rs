//! Taking up a changed configuration while running.
//!
//! Looked for are the file itself and every file that it names, such as tokens and certificates, by what is in them:
//! mounted secrets are swapped by links, and network disks tell of no changes. SIGHUP asks for it at once.

use std::iter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use labtower_gitlab::Client;
use labtower_model::{SystemClock, Timestamp, content_hash};
use labtower_store::{Batch, Store, SyncUpdate};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::commands::loaded;
use crate::config::{Config, DEFAULT_FILE, Loaded};
use crate::{Failure, Globals, ServiceOptions, wiring};

/// Time between two looks. What has changed has to look the same twice: somebody may still be writing.
const LOOK: Duration = Duration::from_secs(2);

/// What the row on the status page is about.
const SCOPE: &str = "configuration";

/// How the last change was taken, for `/metrics`.
#[derive(Debug, Clone, Default)]
pub struct Reloads(Arc<Mutex<Taken>>);

/// How the last change was taken.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    /// Whether what is in the files is what runs.
    pub(crate) current: bool,
    /// When what runs was read; absent before the service says so.
    pub(crate) at: Option<Timestamp>,
}

impl Default for Taken {
    fn default() -> Self {
        Self {
            current: true,
            at: None,
        }
    }
}

impl Reloads {
    pub(crate) fn get(&self) -> Taken {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, taken: Taken) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = taken;
    }

    /// A service starts with what was read at this moment, unless it was told of an earlier one.
    pub(crate) fn begun(&self, now: Timestamp) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.at.get_or_insert(now);
    }

    /// What is in the files runs now.
    pub(crate) async fn taken(&self, store: &Store, at: Timestamp) {
        self.set(Taken {
            current: true,
            at: Some(at),
        });
        let scope = SCOPE.to_owned();
        note(store, SyncUpdate::Solved { scope }).await;
    }

    /// What is in the files cannot be used; what ran before goes on.
    pub(crate) async fn refused(&self, store: &Store, why: String, now: Timestamp) {
        tracing::error!(
            why,
            "the changed configuration cannot be used; the one before goes on"
        );
        let at = self.get().at;
        self.set(Taken { current: false, at });
        let problem = SyncUpdate::Problem {
            scope: SCOPE.to_owned(),
            message: format!("what has changed cannot be used, and what was before goes on: {why}"),
            at: now,
        };
        note(store, problem).await;
    }
}

/// Puts a row on the status page, or takes it away.
async fn note(store: &Store, update: SyncUpdate) {
    let written = store.write(Batch {
        sync: vec![update],
        ..Batch::default()
    });
    if let Err(error) = written.await {
        tracing::warn!(%error, "the state of the configuration could not be noted");
    }
}

/// Watches the files of a configuration.
pub(crate) struct Watch {
    globals: Globals,
    hangup: Signal,
    looks: Interval,
    /// What is in the files that run, or were refused.
    known: i64,
    /// What was seen at the last look.
    seen: i64,
}

impl Watch {
    /// Watches from now on.
    ///
    /// # Errors
    /// When the system refuses a signal handler.
    pub(crate) fn new(globals: &Globals, config: &Config) -> std::io::Result<Self> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let known = fingerprint(&file(globals), config);
        Ok(Self {
            globals: globals.clone(),
            hangup: signal(SignalKind::hangup())?,
            looks,
            known,
            seen: known,
        })
    }

    /// Waits for a change, and reads what is there then: what to run, or why it cannot be used.
    pub(crate) async fn next(&mut self) -> Result<ServiceOptions, String> {
        loop {
            let asked = tokio::select! {
                _ = self.hangup.recv() => true,
                _ = self.looks.tick() => false,
            };
            let globals = self.globals.clone();
            let read = move || {
                let now = loaded(&globals);
                (fingerprint(&file(&globals), &now.config), now)
            };
            let Ok((found, now)) = tokio::task::spawn_blocking(read).await else {
                continue;
            };
            let settled = found == std::mem::replace(&mut self.seen, found);
            if asked || (settled && found != self.known) {
                self.known = found;
                tracing::info!("the configuration is read again");
                return usable(now).await;
            }
        }
    }
}

/// What to run, or why not.
async fn usable(loaded: Loaded) -> Result<ServiceOptions, String> {
    for problem in &loaded.problems {
        tracing::warn!(%problem, "in the configuration");
    }
    if !loaded.is_usable() {
        let problems: Vec<String> = loaded.problems.iter().map(ToString::to_string).collect();
        return Err(problems.join("; "));
    }
    let options = wiring::service_options(&loaded.config).await;
    let options = options.map_err(|failure| words(&failure))?;
    // Authorities are read when a client is made: better now than when nothing runs any more.
    for client in iter::once(&options.client).chain(&options.issue_client) {
        let made = Client::new(client.clone(), Arc::new(SystemClock));
        made.map_err(|error| words(&error.into()))?;
    }
    Ok(options)
}

/// A failure in one line.
pub(crate) fn words(failure: &Failure) -> String {
    let text = failure.text().unwrap_or_default();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("; ")
}

fn file(globals: &Globals) -> PathBuf {
    globals
        .config
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT_FILE))
}

/// Moves when the file, or one that it names, has other content.
fn fingerprint(file: &Path, config: &Config) -> i64 {
    let mut contents = vec![content(file)];
    for section in config.sections() {
        let named = section
            .keys()
            .into_iter()
            .filter(|key| key.name.ends_with("_file"));
        for key in named {
            let path = section.show(key.name).and_then(|shown| path(&shown));
            contents.push(path.and_then(|path| content(&path)));
        }
    }
    content_hash(&contents)
}

/// What is in a file. A pipe would give it to nobody else.
fn content(path: &Path) -> Option<Vec<u8>> {
    let is_file = std::fs::metadata(path).is_ok_and(|about| about.is_file());
    is_file.then(|| std::fs::read(path).ok()).flatten()
}

/// A path as a section shows it: a text of TOML.
fn path(shown: &str) -> Option<PathBuf> {
    let table: toml::Table = format!("path = {shown}").parse().ok()?;
    table.get("path")?.as_str().map(PathBuf::from)
}
