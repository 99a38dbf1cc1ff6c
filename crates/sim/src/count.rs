//! Counting requests per endpoint, and queries per name.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Requests answered, by route (`GET /projects/:id/pipelines`, `POST /api/graphql`).
#[derive(Debug, Default)]
pub(crate) struct Counter(Mutex<BTreeMap<String, u64>>);

impl Counter {
    /// Counts one request.
    pub(crate) fn add(&self, route: String) {
        *self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(route)
            .or_default() += 1;
    }

    /// All counts.
    pub(crate) fn all(&self) -> BTreeMap<String, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Starts again at nothing.
    pub(crate) fn reset(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
