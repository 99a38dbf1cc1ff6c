//! Which group a reason may join, and new signatures for old reasons.

use std::collections::HashSet;

use labtower_explain::{Category, Explanation, Signature, group::Index};
use labtower_model::JobId;
use labtower_store::{Batch, Failures, Resigned, SignatureKey};
use tracing::info;

use super::Explaining;
use crate::{SyncError, Syncer};

/// Reasons signed again in one transaction.
const SLICE: usize = 500;

/// Signatures that are stored, and the patterns that groups began with.
pub(super) struct Known {
    signatures: HashSet<SignatureKey>,
    index: Index,
    /// The signature each entry of the index stands for, by its id there.
    founders: Vec<SignatureKey>,
}

impl Known {
    /// The signature whose group a reason joins; `None` if its own is stored, or it begins a group.
    /// From then on it counts as stored.
    pub(super) fn near(&mut self, explanation: &Explanation) -> Option<SignatureKey> {
        let signature = &explanation.signature;
        let key = key(signature);
        if signature.pattern.is_empty() || !self.signatures.insert(key) {
            return None;
        }
        let category = explanation.category;
        let nearest = self.index.nearest(&signature.pattern, category);
        let near = nearest.and_then(|(id, _)| self.founders.get(usize::try_from(id).ok()?));
        if let Some(near) = near {
            return Some(*near);
        }
        self.insert(key, &signature.pattern, category);
        None
    }

    fn insert(&mut self, key: SignatureKey, pattern: &str, category: Category) {
        self.index
            .insert(self.founders.len() as i64, pattern, category);
        self.founders.push(key);
    }
}

impl Syncer {
    /// Takes out what is stored of groups: read once, and kept up with from then on by who puts it back.
    pub(super) async fn known(&self, explaining: &mut Explaining) -> Result<Known, SyncError> {
        match explaining.known.take() {
            Some(known) => Ok(known),
            None => self.read_known().await,
        }
    }

    async fn read_known(&self) -> Result<Known, SyncError> {
        let version = version();
        let stored = self.read(move |reader| reader.signatures(version)).await?;
        let mut known = Known {
            signatures: HashSet::new(),
            index: Index::new(),
            founders: Vec::new(),
        };
        for row in stored {
            known.signatures.insert(row.key);
            let category = row.category.parse().unwrap_or(Category::Unknown);
            // Those that joined a group say nothing of where its middle is.
            if row.how == "exact" {
                known.insert(row.key, &row.pattern, category);
            }
        }
        Ok(known)
    }

    /// Signs reasons whose signatures were made the way of another version, so that what comes finds their groups.
    pub(super) async fn sign_again(&self, explaining: &mut Explaining) -> Result<(), SyncError> {
        if explaining.signed {
            return Ok(());
        }
        let mut after = JobId(i64::MIN);
        let mut signed = 0;
        loop {
            let version = version();
            let stale = self
                .read(move |reader| reader.stale_signatures(version, after, SLICE))
                .await?;
            let Some(last) = stale.last() else { break };
            after = last.job_id;
            signed += stale.len();
            let resigned = stale.iter().flat_map(|row| {
                let category = row.category.parse().unwrap_or(Category::Unknown);
                // A reason may have been signed by a part of its headline: both lead to its group.
                let texts = [row.pattern.as_deref(), Some(row.headline.as_str())];
                texts.into_iter().flatten().map(move |text| {
                    let signature = Signature::of(text, category);
                    Resigned {
                        job_id: row.job_id,
                        signature: key(&signature),
                        pattern: signature.pattern,
                    }
                })
            });
            let failures = Failures {
                resigned: resigned.collect(),
                ..Failures::default()
            };
            self.store
                .write(Batch {
                    failures,
                    ..Batch::default()
                })
                .await?;
        }
        explaining.signed = true;
        if signed > 0 {
            info!(signed, "reasons signed the way of this version");
        }
        Ok(())
    }
}

/// A signature as the store names it.
pub(super) fn key(signature: &Signature) -> SignatureKey {
    SignatureKey {
        version: signature.version,
        hash: signature.hash,
    }
}

/// Version of signatures made now.
fn version() -> u16 {
    Signature::of("", Category::Unknown).version
}
