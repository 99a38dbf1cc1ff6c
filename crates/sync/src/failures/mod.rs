//! Why jobs failed: logs read once, explained, put into groups and linked to issues.
//!
//! What is left to do is derived from the store: a failed job without a reason. The newest come first, a reason is
//! written in one transaction with its group, and a job whose reason is stored is never asked about again.
//!
//! One pass ([`Syncer::failures_cycle`]): rules that changed ([`rules`]), signatures of an older version ([`groups`]),
//! issues ([`issues`], [`blocks`]), then logs ([`traces`], compared with [`green`] runs, [`lock_files`] beside them), and
//! reasons of older rules ([`revise`]).
//! Nothing here stops the rest of syncing: what fails is a problem row and tried again.

mod blocks;
mod convert;
mod due;
mod green;
mod groups;
mod issues;
mod lock_files;
mod lock_parse;
mod revise;
mod rules;
mod traces;
mod worker;

use std::{path::PathBuf, sync::Arc};

use labtower_explain::Explainer;
use serde::Serialize;

use crate::{SyncError, Syncer};

use self::{blocks::Blocks, groups::Known, issues::Looked};

pub(crate) use self::worker::Worker;

/// What a user may choose about failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureOptions {
    /// Whether logs of failed jobs are read at all.
    pub enabled: bool,
    /// Failures of so many days are explained.
    pub days: u32,
    /// Files with rules of the user's own, which come before those built in. They are read again when they change.
    pub rules: Vec<PathBuf>,
    /// Full paths of projects whose issues are read in any case.
    pub trackers: Vec<String>,
    /// Whether lines around the reason are kept; without, the reason alone is.
    pub keep_excerpts: bool,
}

impl Default for FailureOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            days: 30,
            rules: Vec::new(),
            trackers: Vec::new(),
            keep_excerpts: true,
        }
    }
}

/// What one look at failures did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FailureCycle {
    /// Jobs that have a reason now.
    pub explained: usize,
    /// Logs that could not be read, and are tried again.
    pub failed: usize,
    /// Whether more jobs wait.
    pub more: bool,
}

/// What is kept in memory between looks; all of it can be made anew from the store.
#[derive(Default)]
pub(crate) struct Explaining {
    explainer: Option<Arc<Explainer>>,
    rules: rules::Seen,
    /// Whether all stored signatures are of this version.
    signed: bool,
    known: Option<Known>,
    blocks: Option<Blocks>,
    looked: Looked,
    revising: revise::Revising,
}

impl Syncer {
    /// Explains failed jobs, some hundreds at most, and reads the issues they belong to.
    ///
    /// # Errors
    /// When the token is refused or the store fails. Anything else is a problem row, and is tried again.
    pub async fn failures_cycle(&self) -> Result<FailureCycle, SyncError> {
        if !self.options.failures.enabled {
            return Ok(FailureCycle::default());
        }
        // One look at a time: what is known of groups and blocks must be what is stored.
        let mut explaining = self.explaining.lock().await;
        let explainer = self.current_rules(&mut explaining).await?;
        self.sign_again(&mut explaining).await?;
        self.issues_cycle(&mut explaining).await?;
        let mut cycle = self.explain_some(&mut explaining, &explainer).await?;
        cycle.more |= self.revise_some(&mut explaining, &explainer).await?;
        Ok(cycle)
    }

    /// All failures there are; for a single pass.
    pub(crate) async fn failures_pass(&self) -> Result<FailureCycle, SyncError> {
        let mut all = FailureCycle::default();
        loop {
            let cycle = self.failures_cycle().await?;
            all.explained += cycle.explained;
            all.failed += cycle.failed;
            if !cycle.more {
                return Ok(all);
            }
        }
    }
}
