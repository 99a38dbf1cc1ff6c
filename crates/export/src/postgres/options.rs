//! Which database, which schema, and how safe the way there is.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::dsn::take;
use crate::sink::SinkError;

/// Settings of the PostgreSQL sink.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where the database is and who asks; it has the password.
    pub(super) config: Config,
    /// Whose certificate is good enough.
    pub(super) trust: Trust,
    /// Host and path of the GitLab: `_instance` of every row.
    pub instance: String,
    /// Schema of the tables, made when it is not there.
    pub schema: String,
}

/// Which certificates of the server are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trust {
    /// Any: the way is encrypted, but whose end it is remains unknown.
    Any,
    /// Those of an authority, for whatever name.
    Authority(Option<PathBuf>),
    /// Those of an authority for the host's name.
    Name(Option<PathBuf>),
}

impl PostgresOptions {
    /// To the database of a URL, `postgres://user:password@host/database?sslmode=verify-full`, or of pairs,
    /// `host=… user=… dbname=…`, with the parameters of PostgreSQL's own clients.
    ///
    /// `sslmode` means what it means there: `disable`, `prefer` (if not given) and `require` accept any certificate;
    /// `verify-ca` and `verify-full` check it, against the authorities of the machine or of the PEM file `sslrootcert`.
    ///
    /// # Errors
    /// It cannot be used; the message does not repeat it.
    pub fn new(dsn: &str, instance: &str) -> Result<Self, SinkError> {
        if instance.trim().is_empty() {
            return Err(SinkError::config("instance", "is empty"));
        }
        let (rest, mode) = take(dsn, "sslmode");
        let (rest, authorities) = take(&rest, "sslrootcert");
        let mut config: Config = rest.parse().map_err(|_| {
            // Its own message would repeat words, and a word may be a piece of a password with a space in it.
            let detail = "is neither a URL `postgres://user:password@host:port/database` nor pairs `host=… user=… \
                          dbname=…` with known names; percent-encode special characters in a URL, and quote values \
                          with spaces in pairs";
            SinkError::config("dsn", detail)
        })?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(SinkError::config("dsn", "names no host"));
        }
        let authorities = authorities
            .filter(|file| file != "system")
            .map(PathBuf::from);
        let (mode, trust) = match mode.as_deref() {
            None | Some("prefer" | "allow") => (SslMode::Prefer, Trust::Any),
            Some("disable") => (SslMode::Disable, Trust::Any),
            // Like PostgreSQL's own clients: a file of authorities is not given for nothing.
            Some("require") if authorities.is_some() => {
                (SslMode::Require, Trust::Authority(authorities))
            }
            Some("require") => (SslMode::Require, Trust::Any),
            Some("verify-ca") => (SslMode::Require, Trust::Authority(authorities)),
            Some("verify-full") => (SslMode::Require, Trust::Name(authorities)),
            Some(_) => {
                let detail = "has an unknown `sslmode`; use disable, prefer, require, verify-ca or verify-full";
                return Err(SinkError::config("dsn", detail));
            }
        };
        config.ssl_mode(mode);
        if config.get_application_name().is_none() {
            config.application_name("labtower");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(15));
        }
        Ok(Self {
            config,
            trust,
            instance: instance.to_owned(),
            schema: "gitlab".to_owned(),
        })
    }

    /// The server and database, for messages.
    pub(super) fn place(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => self
                .config
                .get_hostaddrs()
                .first()
                .map_or_else(String::new, ToString::to_string),
        };
        let user = self.config.get_user().unwrap_or_default();
        let database = self.config.get_dbname().unwrap_or(user);
        format!("{host}/{database}")
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("place", &self.place())
            .field("trust", &self.trust)
            .field("instance", &self.instance)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(dsn: &str) -> PostgresOptions {
        PostgresOptions::new(dsn, "gitlab.example.com").unwrap()
    }

    #[test]
    fn both_kinds_of_dsn_say_how_safe_the_way_is() {
        for (parameter, mode, trust) in [
            ("", SslMode::Prefer, Trust::Any),
            ("sslmode=disable", SslMode::Disable, Trust::Any),
            ("sslmode=require", SslMode::Require, Trust::Any),
            (
                "sslmode=verify-ca",
                SslMode::Require,
                Trust::Authority(None),
            ),
            ("sslmode=verify-full", SslMode::Require, Trust::Name(None)),
        ] {
            let url =
                format!("postgres://me:hush@db.example.com/lab?{parameter}&connect_timeout=3");
            let pairs =
                format!("user=me {parameter} password='hu sh' host=db.example.com dbname=lab");
            for dsn in [url, pairs] {
                let options = options(&dsn);
                assert_eq!(options.config.get_ssl_mode(), mode, "{dsn}");
                assert_eq!(options.trust, trust, "{dsn}");
                assert_eq!(options.place(), "db.example.com/lab");
                assert!(!format!("{options:?}").contains("hu"), "{options:?}");
            }
        }
    }

    #[test]
    fn a_file_of_authorities_is_used_wherever_certificates_count() {
        let file = || Some(PathBuf::from("/etc/my ca.pem"));
        let url = |mode: &str| {
            options(&format!(
                "postgres://db/lab?sslrootcert=/etc/my%20ca.pem&sslmode={mode}"
            ))
            .trust
        };
        assert_eq!(url("require"), Trust::Authority(file()));
        assert_eq!(url("verify-full"), Trust::Name(file()));
        let pairs = options("host=db  sslrootcert = '/etc/my ca.pem'   sslmode=verify-full user=x");
        assert_eq!(pairs.trust, Trust::Name(file()));
        assert_eq!(pairs.config.get_user(), Some("x"));
    }

    #[test]
    fn what_cannot_be_used_is_told_without_secrets() {
        for (dsn, expected) in [
            ("", "names no host"),
            ("user=me password=hush", "names no host"),
            ("host=db password=hush hush", "neither a URL"),
            ("postgres://me:hush@db:port/x", "neither a URL"),
            ("mysql://me:hush@db/x", "neither a URL"),
            ("host=db password=hush sslmode=hush", "unknown `sslmode`"),
        ] {
            let error = PostgresOptions::new(dsn, "g").unwrap_err().to_string();
            assert!(error.contains(expected), "{dsn}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
