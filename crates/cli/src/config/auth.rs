//! `[server.auth]`.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};

use super::problem::Finding;
use super::secret;
use super::section::section;
use super::tables::Login;

section! {
    /// Who may assign, classify and group failures, and who may read.
    ///
    /// Without it everybody reads and nobody writes.
    "server.auth" => Auth {
        /// Token of programs, sent as `Authorization: Bearer`; the audit trail calls them `api`.
        token: SecretString = SecretString::from(""), example "\"a long random text\"";
        /// File that holds the token, such as a mounted secret; white space around it is ignored.
        token_file: Option<PathBuf> = None, example "\"/run/secrets/labtower_token\"";
        /// People who sign in with a password.
        ///
        /// `labtower config hash-password` makes the hash; a new hash ends the sessions of its person.
        /// In the environment they are `name:hash`, separated by spaces.
        users: Vec<Login> = Vec::new(), example "[{ name = \"ann\", password_hash = \"$argon2id$v=19$...\" }]";
        /// Hours after which people have to sign in again.
        ///
        /// Sessions outlive a restart: the key that signs them is in the file `session.key` beside the store.
        session_hours: u32 = 168;
        /// Header in which a reverse proxy names the person it let through, such as `X-Forwarded-User`.
        ///
        /// It counts from `trusted_proxies` only. The proxy must remove it from what browsers send.
        trusted_header: String = String::new(), example "\"X-Forwarded-User\"";
        /// Addresses of reverse proxies, as addresses or networks.
        ///
        /// Their `X-Forwarded-For`, `-Proto` and `-Host` are believed too.
        trusted_proxies: Vec<IpNet> = Vec::new(), example "[\"10.0.0.0/8\", \"::1\"]";
        /// Whether reading needs a name too.
        ///
        /// Only `/healthz` and `/readyz` stay open; a Prometheus needs the token for `/metrics` then.
        require_auth_for_read: bool = false;
    }
}

impl Auth {
    /// The token: as written, or read from `token_file`; absent when neither is set.
    ///
    /// # Errors
    /// A finding when the file cannot be read or is empty.
    pub fn secret(&self) -> Result<Option<SecretString>, Finding> {
        let file = self.token_file.as_deref();
        let hint = "write a long random text into it";
        secret::kept("token_file", &self.token, file, hint)
    }

    /// How long a session lasts.
    pub fn session(&self) -> Duration {
        Duration::from_secs(u64::from(self.session_hours) * 3600)
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let token = match self.secret() {
            Ok(token) => token,
            Err(finding) => {
                findings.push(finding);
                None
            }
        };
        if token
            .as_ref()
            .is_some_and(|token| token.expose_secret().len() < 16)
        {
            findings.push(Finding::warning(
                "token",
                "a token this short can be guessed",
                "`openssl rand -hex 32` makes a good one",
            ));
        }
        if !self.token.expose_secret().is_empty() && self.token_file.is_some() {
            findings.push(Finding::warning(
                "token",
                "there is a token and a token_file; the file counts",
                "remove one of them",
            ));
        }
        findings.extend(self.users_findings());
        findings.extend(self.proxy_findings());
        if self.session_hours == 0 {
            findings.push(Finding::error(
                "session_hours",
                "every session would end at once",
                "168 hours are a week",
            ));
        }
        let nobody = token.is_none() && self.users.is_empty() && self.trusted_header.is_empty();
        if self.require_auth_for_read && nobody {
            findings.push(Finding::error(
                "require_auth_for_read",
                "nobody could read",
                "set `users`, `token` or `trusted_header`",
            ));
        }
        findings
    }

    fn users_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (place, user) in self.users.iter().enumerate() {
            if user.name.trim() != user.name || user.name.is_empty() || user.name == "api" {
                findings.push(Finding::error(
                    "users",
                    format!("`{}` is no name for a person", user.name),
                    "a name is not empty, has no space at its ends and is not `api`, which is the token's",
                ));
            }
            if self.users[..place]
                .iter()
                .any(|other| other.name == user.name)
            {
                findings.push(Finding::error(
                    "users",
                    format!("`{}` is there twice", user.name),
                    "give each person a name of their own",
                ));
            }
            if let Err(error) = labtower_serve::check_hash(user.password_hash.expose_secret()) {
                findings.push(Finding::error(
                    "users",
                    format!("the password_hash of `{}` is {error}", user.name),
                    "`labtower config hash-password` makes one; in single quotes no shell or TOML changes it",
                ));
            }
        }
        findings
    }

    fn proxy_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.trusted_header.is_empty() {
            return findings;
        }
        if labtower_serve::header_name(&self.trusted_header).is_none() {
            findings.push(Finding::error(
                "trusted_header",
                format!("`{}` is no name of a header", self.trusted_header),
                "`X-Forwarded-User` is a common one",
            ));
        }
        if self.trusted_proxies.is_empty() {
            findings.push(Finding::error(
                "trusted_header",
                "no proxy is trusted, so the header never counts",
                "name the proxy's address in `trusted_proxies`",
            ));
        }
        let everybody = |proxy: &IpNet| proxy.prefix_len() == 0;
        if self.trusted_proxies.iter().any(everybody) {
            findings.push(Finding::warning(
                "trusted_proxies",
                "every address is trusted: whoever reaches labtower can take any name",
                "name the proxy's own address",
            ));
        }
        findings
    }
}
