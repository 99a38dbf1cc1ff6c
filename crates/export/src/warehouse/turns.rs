//! Which batch of a stream comes next, and when what is remembered of the old ones is too much.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::sink::{Commit, SinkError};

/// Cursors are cleared away when there are this many times as many as are needed, and some more.
const CLEAR_FACTOR: u64 = 4;
const CLEAR_SLACK: u64 = 1000;

/// Number of the last batch of each stream, as far as it is known here.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<String, u64>>);

impl Turns {
    /// Whether a batch is the next of its stream; false if its number is taken. A later one is refused.
    ///
    /// `last` asks for the number of the last one, which is done only if it is not known here.
    pub(crate) async fn is_next(
        &self,
        stream: &str,
        number: u64,
        what: &str,
        last: impl Future<Output = Result<u64, SinkError>>,
    ) -> Result<bool, SinkError> {
        if self.known(stream) == number.checked_sub(1) {
            return Ok(true);
        }
        let last = last.await?;
        self.remember(stream, last);
        if last + 1 < number {
            let (what, detail) = (what.to_owned(), format!("the last one is {last}"));
            return Err(SinkError::Refused { what, detail });
        }
        Ok(last < number)
    }

    /// What became of a batch that somebody has committed.
    pub(crate) fn decided(&self, stream: &str, number: u64, is_ours: bool) -> Commit {
        self.remember(stream, number);
        if is_ours { Commit::Done } else { Commit::Taken }
    }

    pub(crate) fn remember(&self, stream: &str, number: u64) {
        self.lock().insert(stream.to_owned(), number);
    }

    pub(crate) fn forget(&self, stream: &str) {
        self.lock().remove(stream);
    }

    fn known(&self, stream: &str) -> Option<u64> {
        self.lock().get(stream).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether so many cursors are stored that it is time to clear away what is not needed.
pub(crate) fn is_cluttered(stored: u64, needed: usize) -> bool {
    stored > needed as u64 * CLEAR_FACTOR + CLEAR_SLACK
}
