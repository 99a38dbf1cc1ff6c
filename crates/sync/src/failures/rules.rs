//! The explainer: rules built in, and files of the user's own that are read again when they change.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::SystemTime};

use labtower_explain::Explainer;
use labtower_store::{Batch, Failures};
use tracing::{info, warn};

use super::Explaining;
use crate::{SyncError, Syncer};

/// Scope of the problem row.
const SCOPE: &str = "failure rules";

/// What the files looked like when they were last read: length and time of change.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    files: BTreeMap<PathBuf, Option<(u64, SystemTime)>>,
}

impl Syncer {
    /// The explainer with the rules as they are now. Rules that cannot be used leave the last good ones at work.
    pub(super) async fn current_rules(
        &self,
        explaining: &mut Explaining,
    ) -> Result<Arc<Explainer>, SyncError> {
        let paths = self.options.failures.rules.clone();
        let seen = tokio::task::spawn_blocking(move || look(paths)).await?;
        if let Some(explainer) = &explaining.explainer
            && seen == explaining.rules
        {
            return Ok(Arc::clone(explainer));
        }
        let paths = self.options.failures.rules.clone();
        let made = tokio::task::spawn_blocking(move || make(&paths)).await?;
        explaining.rules = seen;
        let explainer = match made {
            Ok(explainer) => {
                self.keep_problem(SCOPE.to_owned(), None).await?;
                Arc::new(explainer)
            }
            Err(why) => {
                warn!(why, "rules of failures cannot be used");
                self.keep_problem(SCOPE.to_owned(), Some(why)).await?;
                match &explaining.explainer {
                    Some(explainer) => return Ok(Arc::clone(explainer)),
                    None => Arc::new(Explainer::builtin()),
                }
            }
        };
        info!(version = explainer.version(), "rules of failures read");
        let version = Some(explainer.version().to_owned());
        let failures = Failures {
            version,
            ..Failures::default()
        };
        self.store
            .write(Batch {
                failures,
                ..Batch::default()
            })
            .await?;
        explaining.explainer = Some(Arc::clone(&explainer));
        Ok(explainer)
    }
}

fn look(paths: Vec<PathBuf>) -> Seen {
    let state = |path: &PathBuf| {
        let file = std::fs::metadata(path).ok()?;
        Some((file.len(), file.modified().ok()?))
    };
    Seen {
        files: paths
            .into_iter()
            .map(|path| {
                let state = state(&path);
                (path, state)
            })
            .collect(),
    }
}

/// The explainer, or in words why it cannot be made.
fn make(paths: &[PathBuf]) -> Result<Explainer, String> {
    let mut packs = Vec::with_capacity(paths.len());
    for path in paths {
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => packs.push((name, text)),
            Err(error) => return Err(format!("failed to read `{name}`: {error}")),
        }
    }
    let packs: Vec<(&str, &str)> = packs
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    Explainer::with_rules(&packs).map_err(|error| format!("failed to use rules: {error}"))
}
