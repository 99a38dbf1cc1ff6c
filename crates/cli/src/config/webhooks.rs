//! `[webhooks]`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::problem::Finding;
use super::secret;
use super::section::section;

section! {
    /// Webhooks of GitLab at `/webhooks/gitlab`: changes are there within a second, and cost no request; [Webhooks](webhooks.md) says how.
    ///
    /// Without a secret none is taken.
    "webhooks" => Webhooks {
        /// Secret token of the webhooks, which GitLab sends as `X-Gitlab-Token`. Better is `token_file`.
        token: SecretString = SecretString::from(""), example "\"a long random text\"";
        /// File that holds the secret token, such as a mounted secret; white space around it is ignored.
        token_file: Option<PathBuf> = None, example "\"/run/secrets/webhook_token\"";
        /// Signing token of the webhooks, for signatures by the rules of Standard Webhooks. Better is `signing_token_file`.
        signing_token: SecretString = SecretString::from(""), example "\"whsec_...\"";
        /// File that holds the signing token.
        signing_token_file: Option<PathBuf> = None, example "\"/run/secrets/webhook_signing_token\"";
        /// Address of labtower as GitLab reaches it, for `labtower hooks`; without a path it is that of webhooks.
        url: Option<Url> = None, example "\"https://labtower.example.com/webhooks/gitlab\"";
        /// Seconds between two polls of a project whose webhooks tell everything.
        ///
        /// When a poll finds what no webhook told, the project is polled as often as others again.
        reconcile_interval_seconds: Duration = Duration::from_secs(600);
    }
}

/// What to do about an empty file.
const HINT: &str = "`openssl rand -hex 32` makes a good one";

impl Webhooks {
    /// The secret token; absent when there is none.
    ///
    /// # Errors
    /// A finding when the file cannot be read or is empty.
    pub fn secret(&self) -> Result<Option<SecretString>, Finding> {
        let file = self.token_file.as_deref();
        secret::kept("token_file", &self.token, file, HINT)
    }

    /// The signing token; absent when there is none.
    ///
    /// # Errors
    /// A finding when the file cannot be read or is empty.
    pub fn signing_secret(&self) -> Result<Option<SecretString>, Finding> {
        let file = self.signing_token_file.as_deref();
        secret::kept("signing_token_file", &self.signing_token, file, HINT)
    }

    /// Whether webhooks are taken.
    pub fn is_on(&self) -> bool {
        matches!((self.secret(), self.signing_secret()), (Ok(token), Ok(signing)) if token.is_some() || signing.is_some())
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.secret().err());
        findings.extend(self.signing_secret().err());
        if let Some(url) = &self.url
            && !matches!(url.scheme(), "http" | "https")
        {
            findings.push(Finding::error(
                "url",
                format!(
                    "`{}` is not a scheme GitLab sends webhooks by",
                    url.scheme()
                ),
                "the address begins with https:// or http://",
            ));
        }
        if self.reconcile_interval_seconds.is_zero() {
            findings.push(Finding::error(
                "reconcile_interval_seconds",
                "polling without a pause would ask GitLab for ever",
                "600 is a good value",
            ));
        }
        findings
    }
}
