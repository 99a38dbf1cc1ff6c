//! When the token expires, for the alert that tells before it does.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use labtower_gitlab::{Client, TokenInfo};
use labtower_model::Timestamp;
use tokio_util::sync::CancellationToken;

/// Time between two looks at the token: a new one may be given a later end while we run.
const INTERVAL: Duration = Duration::from_secs(86_400);

/// When the token expires, as last told by GitLab.
#[derive(Debug, Clone, Default)]
pub(crate) struct TokenExpiry(Arc<Mutex<Option<Timestamp>>>);

impl TokenExpiry {
    /// The instant; `None` when it never does, GitLab does not tell, or has not been asked yet.
    pub(crate) fn get(&self) -> Option<Timestamp> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks now and then, until `stop`.
    pub(crate) async fn watch(self, client: Client, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => {}
            }
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                asked = client.token() => asked,
            };
            match asked {
                Ok(info) => {
                    let end = info.as_ref().and_then(end);
                    *self.0.lock().unwrap_or_else(PoisonError::into_inner) = end;
                }
                // A poll that fails too reports what is wrong.
                Err(error) => tracing::debug!(%error, "the token could not be looked at"),
            }
        }
    }
}

/// The beginning of the day of expiry in GitLab's time zone, which is when the token stops working.
fn end(info: &TokenInfo) -> Option<Timestamp> {
    let midnight = info.expires_at?.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_ends_when_its_day_of_expiry_begins() {
        let mut info = TokenInfo {
            name: None,
            scopes: Vec::new(),
            expires_at: Some("2026-11-21".parse().unwrap()),
            active: None,
        };
        assert_eq!(end(&info), Some("2026-11-21T00:00:00Z".parse().unwrap()));
        info.expires_at = None;
        assert_eq!(end(&info), None);
    }
}
