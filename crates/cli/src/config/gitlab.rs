//! `[gitlab]`.

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::problem::Finding;
use super::secret;
use super::section::section;
use super::setting::{Input, ProjectPattern, Setting};

/// How the token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Personal, group and project access tokens, in `PRIVATE-TOKEN`.
    Private,
    /// OAuth access tokens, in `Authorization: Bearer`.
    Bearer,
}

impl Setting for TokenKind {
    const KIND: &'static str = "`private` or `bearer`";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match String::read(input)?.to_lowercase().as_str() {
            "private" => Ok(Self::Private),
            "bearer" => Ok(Self::Bearer),
            other => Err(format!("expected {}, found `{other}`", Self::KIND)),
        }
    }

    fn show(&self) -> Option<String> {
        let name = match self {
            Self::Private => "private",
            Self::Bearer => "bearer",
        };
        Some(format!("\"{name}\""))
    }
}

section! {
    /// Which GitLab is read, as whom, and what of it.
    "gitlab" => GitLab {
        /// Address of the GitLab, with its path if it is not at the root of its host.
        ///
        /// The variable `GITLAB_URL` sets it too.
        url: Option<Url> = None, example "\"https://gitlab.example.com\"";
        /// Access token with the scope `read_api`.
        ///
        /// The variable `GITLAB_TOKEN` sets it too; better than either is `token_file`.
        token: SecretString = SecretString::from(""), example "\"glpat-...\"";
        /// File that holds the token, such as a mounted secret; white space around it is ignored.
        token_file: Option<PathBuf> = None, example "\"/run/secrets/gitlab_token\"";
        /// Access token with the scope `api`, used for nothing but issues that people create from a page, and by `labtower hooks`.
        ///
        /// Without it the pages lead to GitLab's own form for a new issue. Better than this is `write_token_file`.
        write_token: SecretString = SecretString::from(""), example "\"glpat-...\"";
        /// File that holds the token for new issues; white space around it is ignored.
        write_token_file: Option<PathBuf> = None, example "\"/run/secrets/gitlab_write_token\"";
        /// How the token is sent: `private` for access tokens, `bearer` for OAuth tokens.
        token_kind: TokenKind = TokenKind::Private;
        /// Groups to read, by full path or id.
        monitor_groups: Vec<String> = Vec::new(), example "[\"my-group\"]";
        /// Single projects to read, by full path or id, besides those of the groups.
        projects: Vec<String> = Vec::new(), example "[\"my-group/my-project\"]";
        /// Read the projects of subgroups too.
        recursive: bool = true;
        /// Read the projects that others shared with the groups too.
        shared: bool = true;
        /// Read archived projects too.
        archived: bool = false;
        /// Read only projects whose full path matches one of these patterns.
        ///
        /// `*` stands for any text without a slash, `**` for any text; an empty list is every project.
        include: Vec<ProjectPattern> = Vec::new(), example "[\"my-group/backend/**\"]";
        /// Leave out projects whose full path matches one of these patterns.
        exclude: Vec<ProjectPattern> = Vec::new(), example "[\"**/sandbox-*\"]";
        /// Keep only pipelines whose branch or tag matches; not anchored, so write `^main$` for `main` alone.
        branch_filter_regex: Regex = everything(), example "\".*\"";
        /// Seconds to wait for one answer.
        timeout_seconds: Duration = Duration::from_secs(30);
        /// Do not check the certificate of GitLab; `ca_file` is the safe way for a private authority.
        skip_invalid_certs: bool = false;
        /// PEM file with certificate authorities to trust besides those of the system.
        ca_file: Option<PathBuf> = None, example "\"/etc/ssl/company-ca.pem\"";
        /// Proxy for requests to GitLab: `http://`, `https://` or `socks5://`.
        ///
        /// Without it the variables `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count.
        proxy: Option<Url> = None, example "\"http://proxy.example.com:3128\"";
        /// Most requests per second; fractions such as 0.5 are allowed.
        ///
        /// Without it the limits that GitLab itself announces are kept, and nothing else.
        requests_per_second: Option<f64> = None, example "10.0";
        /// Most requests under way at the same time.
        concurrency: usize = 10;
    }
}

/// The pattern that keeps every branch.
const EVERYTHING: &str = ".*";

#[expect(clippy::expect_used, reason = "a constant that a test reads too")]
fn everything() -> Regex {
    Regex::new(EVERYTHING).expect("`.*` is a regular expression")
}

/// The hint for a missing token.
const TOKEN_HINT: &str = "make an access token with the scope `read_api`, then set GITLAB_TOKEN, gitlab.token or gitlab.token_file";

/// The hint for a missing token of new issues.
const WRITE_TOKEN_HINT: &str =
    "make an access token with the scope `api`, or leave out gitlab.write_token_file";

impl GitLab {
    /// The token: as written, or read from `token_file`.
    ///
    /// # Errors
    /// A finding when there is none or the file cannot be read.
    pub fn secret(&self) -> Result<SecretString, Finding> {
        let file = self.token_file.as_deref();
        secret::kept("token_file", &self.token, file, TOKEN_HINT)?
            .ok_or_else(|| Finding::error("token", "there is no token", TOKEN_HINT))
    }

    /// The token for new issues, as written or read from `write_token_file`; `None` without either.
    ///
    /// # Errors
    /// A finding when the file cannot be read or is empty.
    pub fn write_secret(&self) -> Result<Option<SecretString>, Finding> {
        let file = self.write_token_file.as_deref();
        secret::kept(
            "write_token_file",
            &self.write_token,
            file,
            WRITE_TOKEN_HINT,
        )
    }

    /// The filter of branches and tags; `None` when it lets everything through.
    pub fn branch_filter(&self) -> Option<Regex> {
        let pattern = self.branch_filter_regex.as_str();
        (!matches!(pattern, EVERYTHING | "")).then(|| self.branch_filter_regex.clone())
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        match &self.url {
            None => findings.push(Finding::error(
                "url",
                "there is no address of a GitLab",
                "set it to `https://gitlab.com` or to that of your own GitLab, or set GITLAB_URL",
            )),
            Some(url) if !matches!(url.scheme(), "http" | "https") => {
                findings.push(Finding::error(
                    "url",
                    format!("`{}` is not a scheme GitLab speaks", url.scheme()),
                    "the address begins with https:// or http://",
                ));
            }
            Some(url) if !url.username().is_empty() || url.password().is_some() => {
                findings.push(Finding::error(
                    "url",
                    "the address contains a user or password",
                    TOKEN_HINT,
                ));
            }
            Some(url) if url.path().contains("/api/") => findings.push(Finding::error(
                "url",
                "the address goes on into the API",
                "leave out everything from /api on",
            )),
            Some(_) => {}
        }
        findings.extend(self.secret().err());
        findings.extend(self.write_secret().err());
        if !self.write_token.expose_secret().is_empty() && self.write_token_file.is_some() {
            findings.push(Finding::warning(
                "write_token",
                "there is a write_token and a write_token_file; the file counts",
                "remove one of them",
            ));
        }
        if !self.token.expose_secret().is_empty() && self.token_file.is_some() {
            findings.push(Finding::warning(
                "token",
                "there is a token and a token_file; the file counts",
                "remove one of them",
            ));
        }
        if let Some(path) = &self.ca_file
            && let Err(error) = std::fs::File::open(path)
        {
            findings.push(Finding::error(
                "ca_file",
                format!("`{}` cannot be read: {error}", path.display()),
                "the file must be readable by the user labtower runs as",
            ));
        }
        if self.skip_invalid_certs {
            findings.push(Finding::warning(
                "skip_invalid_certs",
                "whoever sits between labtower and GitLab can read the token",
                "name the certificate authority in gitlab.ca_file instead",
            ));
        }
        if self.requests_per_second.is_some_and(|rate| rate <= 0.0) {
            findings.push(Finding::error(
                "requests_per_second",
                "no request could ever be sent",
                "leave it out to keep to GitLab's own limits, or use a fraction such as 0.5",
            ));
        }
        if self.concurrency == 0 {
            findings.push(Finding::error(
                "concurrency",
                "no request could ever be sent",
                "use at least 1",
            ));
        }
        if self.timeout_seconds.is_zero() {
            findings.push(Finding::error(
                "timeout_seconds",
                "every request would time out at once",
                "30 is a good value",
            ));
        }
        findings
    }
}
