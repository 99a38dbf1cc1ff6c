//! Statements over ClickHouse's HTTP interface.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::CONTENT_ENCODING;
use reqwest::{Client as Http, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::options::{ClickHouseOptions, URL};
use crate::sink::SinkError;
use crate::warehouse::{beginning, client, tried, unavailable};

/// Bodies from this size on are compressed.
const SMALLEST_GZIP: usize = 1400;

/// Asks one server as one user.
#[derive(Debug)]
pub(super) struct Client {
    http: Http,
    url: Url,
    user: Option<String>,
    password: Option<SecretString>,
    pub(super) database: String,
    first_delay: Duration,
}

/// A statement, with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statement<'a> {
    pub(super) sql: &'a str,
    /// Values of `{name:Type}` in it.
    pub(super) parameters: &'a [(&'a str, &'a str)],
    /// Settings for it alone.
    pub(super) settings: &'a [(&'a str, &'a str)],
    /// Rows that it inserts.
    pub(super) rows: Option<&'a [u8]>,
    /// For errors: what is done with it.
    pub(super) what: &'a str,
}

impl Client {
    pub(super) fn new(options: &ClickHouseOptions) -> Result<Self, SinkError> {
        Ok(Self {
            http: client(URL, options.timeout)?,
            url: options.url.clone(),
            user: options.user.clone(),
            password: options.password.clone(),
            database: options.database.clone(),
            first_delay: options.first_delay,
        })
    }

    /// Sends a statement until it is decided, in the database unless it makes that; tells the answer.
    ///
    /// A statement may be run twice when an answer gets lost, so all statements here are such that this does no harm.
    pub(super) async fn run(
        &self,
        statement: Statement<'_>,
        in_database: bool,
    ) -> Result<String, SinkError> {
        let rows = statement.rows.map(|rows| zipped(statement.sql, rows));
        tried(self.first_delay, || async {
            let answer = self.once(&statement, rows.as_deref(), in_database).await?;
            answer.text().await.map_err(unavailable(statement.what))
        })
        .await
    }

    /// Asks in the database, and tells the lines of the answer as they come.
    pub(super) async fn lines(
        &self,
        statement: Statement<'_>,
        each: &mut (dyn FnMut(&str) -> Result<(), SinkError> + Send),
    ) -> Result<(), SinkError> {
        let asked = tried(self.first_delay, || self.once(&statement, None, true));
        let mut answer = asked.await?;
        let mut rest: Vec<u8> = Vec::new();
        while let Some(piece) = answer.chunk().await.map_err(unavailable(statement.what))? {
            rest.extend_from_slice(&piece);
            let whole = rest
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |end| end + 1);
            for line in rest[..whole].split_inclusive(|byte| *byte == b'\n') {
                each(&String::from_utf8_lossy(line))?;
            }
            rest.drain(..whole);
        }
        if rest.is_empty() {
            return Ok(());
        }
        each(&String::from_utf8_lossy(&rest))
    }

    async fn once(
        &self,
        statement: &Statement<'_>,
        zipped: Option<&[u8]>,
        in_database: bool,
    ) -> Result<Response, SinkError> {
        let mut url = self.url.clone();
        {
            let mut pairs = url.query_pairs_mut();
            // Errors come with their status, and not in the middle of an answer that began well.
            pairs.append_pair("wait_end_of_query", "1");
            if in_database {
                pairs.append_pair("database", &self.database);
            }
            for (name, value) in statement.settings {
                pairs.append_pair(name, value);
            }
            for (name, value) in statement.parameters {
                pairs.append_pair(&format!("param_{name}"), &escaped(value));
            }
        }
        let mut request = self.http.post(url);
        if let Some(user) = &self.user {
            request = request.header("X-ClickHouse-User", user);
        }
        if let Some(password) = &self.password {
            request = request.header("X-ClickHouse-Key", password.expose_secret());
        }
        request = match zipped {
            Some(body) => request.header(CONTENT_ENCODING, "gzip").body(body.to_vec()),
            None => request.body(statement.sql.to_owned()),
        };
        let unavailable = unavailable(statement.what);
        let response = request.send().await.map_err(unavailable)?;
        let status = response.status();
        let code = response.headers().get("X-ClickHouse-Exception-Code");
        let code = code.and_then(|code| code.to_str().ok()?.parse().ok());
        if status.is_success() && code.is_none() {
            return Ok(response);
        }
        let text = response.text().await.map_err(unavailable)?;
        Err(failure(statement.what, status, code, &text))
    }
}

/// The statement and its rows, compressed.
fn zipped(sql: &str, rows: &[u8]) -> Vec<u8> {
    let level = if rows.len() < SMALLEST_GZIP {
        Compression::none()
    } else {
        Compression::fast()
    };
    let mut encoder = GzEncoder::new(Vec::with_capacity(rows.len() / 4 + 100), level);
    // Writing to memory cannot fail.
    let _ = encoder.write_all(sql.as_bytes());
    let _ = encoder.write_all(b"\n");
    let _ = encoder.write_all(rows);
    encoder.finish().unwrap_or_default()
}

/// A parameter as ClickHouse reads it.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for c in value.chars() {
        match c {
            '\\' => text.push_str("\\\\"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
    text
}

fn failure(what: &str, status: StatusCode, code: Option<u32>, text: &str) -> SinkError {
    let detail = format!("{status}: {}", beginning(text).trim());
    let what = what.to_owned();
    let busy = match code {
        Some(code) => passes(code),
        // Not ClickHouse's words: something in front of it.
        None => status.is_server_error() || matches!(status.as_u16(), 408 | 429),
    };
    if busy {
        SinkError::Unavailable { what, detail }
    } else {
        SinkError::Refused { what, detail }
    }
}

/// Whether an error of ClickHouse may pass without anybody doing anything.
fn passes(code: u32) -> bool {
    matches!(
        code,
        159 // TIMEOUT_EXCEEDED
            | 164 // READONLY, of replicas that have lost their keeper
            | 202 // TOO_MANY_SIMULTANEOUS_QUERIES
            | 203 // NO_FREE_CONNECTION
            | 209 // SOCKET_TIMEOUT
            | 210 // NETWORK_ERROR
            | 225 // NO_ZOOKEEPER
            | 236 // ABORTED
            | 241 // MEMORY_LIMIT_EXCEEDED
            | 242 // TABLE_IS_READ_ONLY
            | 243 // NOT_ENOUGH_SPACE
            | 252 // TOO_MANY_PARTS
            | 285 // TOO_FEW_LIVE_REPLICAS
            | 319 // UNKNOWN_STATUS_OF_INSERT
            | 394 // QUERY_WAS_CANCELLED
            | 473 // DEADLOCK_AVOIDED
            | 745 // SERVER_OVERLOADED
            | 999 // KEEPER_EXCEPTION
    )
}
