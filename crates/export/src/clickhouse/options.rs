//! Where ClickHouse is, and who asks.

use std::fmt;
use std::time::Duration;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;
use url::Url;

use crate::sink::SinkError;
use crate::warehouse::{DATABASE, Variables, address, is_plain, shown};

/// The setting with the address.
pub(super) const URL: &str = "CLICKHOUSE_URL";

/// Settings of the ClickHouse sink.
#[derive(Clone)]
pub struct ClickHouseOptions {
    /// Address of the HTTP interface, without user, password and query.
    pub url: Url,
    /// Who asks; the server's `default` when absent.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<SecretString>,
    /// The database, made if it is not there.
    pub database: String,
    /// How long one request may take.
    pub timeout: Duration,
    /// Bound of the first pause before a request is sent again; it doubles with each further one.
    pub first_delay: Duration,
}

impl ClickHouseOptions {
    /// Settings from an address such as `https://user:password@clickhouse:8443/database`.
    pub fn new(text: &str) -> Result<Self, SinkError> {
        let mut url = address(URL, text, "http://localhost:8123")?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let password = url.password().map(|password| decoded(password).into());
        let path = decoded(url.path().trim_matches('/'));
        let asked = url.query_pairs().find(|(name, _)| name == "database");
        let asked = asked.map(|(_, value)| value.into_owned());
        let database = asked.or(Some(path)).filter(|name| !name.is_empty());
        let fixed = url.set_username("").and_then(|()| url.set_password(None));
        fixed.map_err(|()| SinkError::config(URL, "it cannot have a user"))?;
        url.set_query(None);
        url.set_path("/");
        let options = Self {
            url,
            user,
            password,
            database: database.unwrap_or_else(|| DATABASE.to_owned()),
            timeout: Duration::from_secs(300),
            first_delay: Duration::from_secs(1),
        };
        options.check()?;
        Ok(options)
    }

    /// Settings from environment variables; `lookup` tells the value of one.
    ///
    /// `CLICKHOUSE_URL` is the address. `CLICKHOUSE_USER`, `CLICKHOUSE_PASSWORD` and `CLICKHOUSE_DATABASE` say what it does
    /// not, and win over what it does.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SinkError> {
        let variables = Variables(lookup);
        let set = |key: &str| variables.get(key);
        let hint = "give the address of the HTTP interface";
        let mut options = Self::new(&variables.required(URL, hint)?)?;
        if let Some(user) = set("CLICKHOUSE_USER") {
            options.user = Some(user);
        }
        if let Some(password) = set("CLICKHOUSE_PASSWORD") {
            options.password = Some(password.into());
        }
        if let Some(database) = set("CLICKHOUSE_DATABASE") {
            options.database = database;
        }
        options.check()?;
        Ok(options)
    }

    fn check(&self) -> Result<(), SinkError> {
        if !is_plain(&self.database) {
            let detail = "a database's name has letters, digits and underscores here";
            return Err(SinkError::config("CLICKHOUSE_DATABASE", detail));
        }
        Ok(())
    }
}

impl fmt::Debug for ClickHouseOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClickHouseOptions")
            .field("url", &shown(&self.url))
            .field("user", &self.user)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::warehouse::{assert_refused, environment};

    fn from(pairs: &[(&str, &str)]) -> Result<ClickHouseOptions, SinkError> {
        ClickHouseOptions::from_env(environment(pairs))
    }

    fn parts(options: &ClickHouseOptions) -> [String; 4] {
        let password = options.password.as_ref();
        [
            options.url.to_string(),
            options.user.clone().unwrap_or_default(),
            password
                .map_or("", |password| password.expose_secret())
                .to_owned(),
            options.database.clone(),
        ]
    }

    #[test]
    fn an_address_says_everything() {
        for (address, expected) in [
            (
                "http://ch:8123",
                ["http://ch:8123/", "", "", "gitlab_data_export"],
            ),
            (
                "https://me:h%40sh@ch/mine",
                ["https://ch/", "me", "h@sh", "mine"],
            ),
            (
                "http://ch:8123/?database=mine",
                ["http://ch:8123/", "", "", "mine"],
            ),
        ] {
            let options = from(&[("CLICKHOUSE_URL", address)]).unwrap();
            assert_eq!(parts(&options), expected);
            assert!(!format!("{options:?}").contains("h@sh"));
        }
        let options = from(&[
            ("CLICKHOUSE_URL", "http://a:b@ch/c"),
            ("CLICKHOUSE_USER", "me"),
            ("CLICKHOUSE_PASSWORD", "hush"),
            ("CLICKHOUSE_DATABASE", "mine"),
        ]);
        assert_eq!(
            parts(&options.unwrap()),
            ["http://ch/", "me", "hush", "mine"]
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (pairs, key) in [
            (vec![], "CLICKHOUSE_URL"),
            (vec![("CLICKHOUSE_URL", "me:hush@ch")], "CLICKHOUSE_URL"),
            (
                vec![("CLICKHOUSE_URL", "tcp://me:hush@ch:9000")],
                "CLICKHOUSE_URL",
            ),
            (
                vec![("CLICKHOUSE_URL", "http://ch/a`b")],
                "CLICKHOUSE_DATABASE",
            ),
        ] {
            assert_refused(from(&pairs), key);
        }
    }
}
