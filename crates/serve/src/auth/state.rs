//! What authentication keeps while the process runs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use super::session::Session;
use super::sign::{Signer, random, same};
use super::throttle::Throttle;
use super::{AuthOptions, User, hash_password, password};
use crate::error::ApiError;

/// Passwords that are checked at once: each check takes some memory and a processor.
const CHECKS: usize = 2;

/// Names and their proofs.
pub(crate) struct Auth {
    options: AuthOptions,
    signer: Signer,
    throttle: Throttle,
    checks: Semaphore,
    /// Sessions that were signed out of, and when they would have ended.
    ended: Mutex<HashMap<String, i64>>,
}

impl Auth {
    pub(crate) fn new(options: AuthOptions) -> Self {
        Self {
            signer: Signer::new(&options.key.unwrap_or_else(random)),
            throttle: Throttle::default(),
            checks: Semaphore::new(CHECKS),
            ended: Mutex::default(),
            options,
        }
    }

    pub(crate) fn options(&self) -> &AuthOptions {
        &self.options
    }

    pub(super) fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// Whether this is the token of programs.
    pub(super) fn is_token(&self, given: &str) -> bool {
        self.options.token.as_ref().is_some_and(|token| {
            // Signatures have one length, so that the comparison does not tell that of the token.
            let of = |text: &str| self.signer.sign(&["token", text]);
            same(&of(token.expose_secret()), &of(given))
        })
    }

    /// The session of a cookie, if it is a living one.
    pub(super) fn session(&self, cookie: &str, now: Timestamp) -> Option<Session> {
        let session = Session::read(cookie, &self.options.users, &self.signer, now)?;
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        (!ended.contains_key(&session.nonce)).then_some(session)
    }

    /// The cookie of a new session.
    pub(super) fn begin(&self, user: &User, now: Timestamp) -> String {
        Session::new(user, now, self.options.session.as_secs()).cookie(user, &self.signer)
    }

    /// Ends a session before its time.
    pub(super) fn end(&self, session: &Session, now: Timestamp) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, expires| *expires > now.as_second());
        ended.insert(session.nonce.clone(), session.expires);
    }

    /// The token that forms carry: `nonce` is the secret of the page's reader that only the reader's own cookie has.
    pub(super) fn form_token(&self, nonce: &str) -> String {
        self.signer.sign(&["form", nonce])
    }

    /// Whether a form carries the token of its reader.
    pub(super) fn is_form_token(&self, nonce: &str, given: &str) -> bool {
        same(&self.form_token(nonce), given)
    }

    /// The person of that name and password. An unknown name takes as long as a wrong password.
    ///
    /// # Errors
    /// The server is shutting down.
    pub(super) async fn sign_in(
        &self,
        name: &str,
        password: String,
    ) -> Result<Option<User>, ApiError> {
        let user = self.options.users.iter().find(|user| user.name == name);
        let hash = match user {
            Some(user) => user.password_hash.expose_secret().to_owned(),
            None => decoy(),
        };
        let _permit = self
            .checks
            .acquire()
            .await
            .map_err(|_| ApiError::internal())?;
        let right = tokio::task::spawn_blocking(move || password::is_right(&password, &hash))
            .await
            .map_err(|_| ApiError::internal())?;
        Ok(user.filter(|_| right).cloned())
    }
}

/// The hash of no one's password.
fn decoy() -> String {
    static DECOY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    DECOY
        .get_or_init(|| hash_password("nobody has this").unwrap_or_default())
        .clone()
}
