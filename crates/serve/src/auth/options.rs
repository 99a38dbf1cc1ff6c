//! What is configured of people and programs.

use std::fmt;
use std::time::Duration;

use axum::http::HeaderName;
use ipnet::IpNet;
use secrecy::SecretString;

/// Who may write, and who may read. The default lets everybody read and nobody write.
#[derive(Clone)]
pub struct AuthOptions {
    /// Token of programs, sent as `Authorization: Bearer`.
    pub token: Option<SecretString>,
    /// People who sign in with a password.
    pub users: Vec<User>,
    /// Header in which a trusted proxy names the person it let through.
    pub trusted_header: Option<HeaderName>,
    /// Addresses whose headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether reading needs a name too.
    pub require_auth_for_read: bool,
    /// How long a session lasts.
    pub session: Duration,
    /// Signs sessions; a random one, and with it the end of all sessions at each start, when absent.
    pub key: Option<[u8; 32]>,
}

/// Somebody who signs in with a password.
#[derive(Clone)]
pub struct User {
    /// What they type, and how the audit trail calls them.
    pub name: String,
    /// As [`hash_password`](super::hash_password) gives it.
    pub password_hash: SecretString,
}

/// The name of a header, if it is one.
pub fn header_name(name: &str) -> Option<HeaderName> {
    name.parse().ok()
}

/// A key for [`AuthOptions::key`].
pub fn new_session_key() -> [u8; 32] {
    super::sign::random()
}

impl Default for AuthOptions {
    fn default() -> Self {
        Self {
            token: None,
            users: Vec::new(),
            trusted_header: None,
            trusted_proxies: Vec::new(),
            require_auth_for_read: false,
            session: Duration::from_secs(7 * 24 * 3600),
            key: None,
        }
    }
}

impl AuthOptions {
    /// Whether anybody could have a name.
    pub(crate) fn is_configured(&self) -> bool {
        self.token.is_some() || !self.users.is_empty() || self.trusted_header.is_some()
    }
}

impl fmt::Debug for AuthOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthOptions")
            .field("token", &self.token.is_some())
            .field("users", &self.users)
            .field("trusted_header", &self.trusted_header)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("require_auth_for_read", &self.require_auth_for_read)
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("User").field(&self.name).finish()
    }
}
