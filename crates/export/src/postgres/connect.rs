//! Connections to the server, and what its errors mean.

use std::error::Error as _;
use std::sync::{Mutex, PoisonError};

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::options::PostgresOptions;
use super::tls;
use crate::sink::{SinkError, with_causes};

/// Most connections that are kept for later.
const IDLE: usize = 4;

/// Connections that are open and not in a transaction.
pub(super) struct Connections {
    tls: MakeRustlsConnect,
    idle: Mutex<Vec<Client>>,
}

impl Connections {
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, SinkError> {
        Ok(Self {
            tls: tls::connector(&options.trust)?,
            idle: Mutex::default(),
        })
    }

    /// A connection of one's own. It is closed when it is dropped, and the server then rolls back what was under way.
    pub(super) async fn take(&self, options: &PostgresOptions) -> Result<Client, SinkError> {
        while let Some(client) = self.idle().pop() {
            if !client.is_closed() {
                return Ok(client);
            }
        }
        let connected = options.config.connect(self.tls.clone()).await;
        let (client, connection) = connected.map_err(|error| {
            failed(
                format!("connect to PostgreSQL at {}", options.place()),
                &error,
            )
        })?;
        tokio::spawn(async move {
            // Whoever uses the client hears of it too.
            if let Err(error) = connection.await {
                tracing::debug!(error = %message(&error), "lost a connection to PostgreSQL");
            }
        });
        Ok(client)
    }

    /// Keeps a connection, outside a transaction, for the next one who needs it.
    pub(super) fn keep(&self, client: Client) {
        let mut idle = self.idle();
        if idle.len() < IDLE {
            idle.push(client);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Client>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An error of the server or of the way there as one of a sink.
pub(super) fn failed(what: String, error: &Error) -> SinkError {
    let detail = message(error);
    if may_pass(error) {
        SinkError::Unavailable { what, detail }
    } else {
        SinkError::Refused { what, detail }
    }
}

/// Whether the same may succeed later.
fn may_pass(error: &Error) -> bool {
    match error.code() {
        Some(code) => {
            // Connection, transaction rolled back, resources, operator, system.
            ["08", "40", "53", "57", "58"].iter().any(|class| code.code().starts_with(class))
                || *code == SqlState::LOCK_NOT_AVAILABLE
                || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                // The server was replaced by one that is still a replica.
                || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        }
        None => !is_certificate(error) && !error.to_string().starts_with("invalid configuration"),
    }
}

fn is_certificate(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error
            .downcast_ref::<std::io::Error>()
            .and_then(|error| error.get_ref());
        let tls = inner.and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if matches!(tls, Some(rustls::Error::InvalidCertificate(_))) {
            return true;
        }
        source = error.source();
    }
    false
}

/// What went wrong, without the rows that the server likes to quote in its details.
fn message(error: &Error) -> String {
    if let Some(error) = error.as_db_error() {
        return format!("{} ({})", error.message(), error.code().code());
    }
    with_causes(error)
}
