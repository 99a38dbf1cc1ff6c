//! Tables of a real PostgreSQL.

use labtower_export::postgres::{Postgres, PostgresOptions};
use labtower_export::sink::AnySink;
use serde_json::{Map, Value};
use tokio_postgres::{Client, NoTls};

use super::servers::given;
use crate::shared::kept::{Kept, raw};
use crate::shared::place::Place;

/// Environment variable with the address of the server.
pub(crate) const DSN: &str = "LABTOWER_TEST_DSN";

/// A schema of a server.
pub(crate) struct Schema {
    pub(crate) dsn: String,
    pub(crate) name: String,
}

impl Schema {
    /// A schema of the test's name, which is to be made.
    pub(crate) fn new(test: &str) -> Option<Self> {
        Some(Self {
            dsn: given(DSN)?,
            name: format!("{test} \""),
        })
    }

    /// A connection of the test.
    pub(crate) async fn client(&self) -> Client {
        let plain = self.dsn.split_once('?').unwrap().0;
        let (client, connection) = tokio_postgres::connect(plain, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Its name in SQL.
    pub(crate) fn schema(&self) -> String {
        format!("\"{}\"", self.name.replace('"', "\"\""))
    }

    /// A table's name in SQL.
    pub(crate) fn table(&self, name: &str) -> String {
        format!("{}.\"{name}\"", self.schema())
    }
}

/// A row as the server writes it in JSON.
fn kept(text: &str) -> Kept {
    let mut row: Map<String, Value> = serde_json::from_str(text).unwrap();
    let exact = row.remove("_raw_text").unwrap_or_default();
    let body = row["raw"].take();
    Kept::new(row, exact.as_str().map_or(body, raw))
}

impl Place for Schema {
    type Sink = AnySink;

    fn sink(&self, instance: &str) -> AnySink {
        let mut options = PostgresOptions::new(&self.dsn, instance).unwrap();
        options.schema.clone_from(&self.name);
        AnySink::from(Postgres::new(options).unwrap())
    }

    async fn read(&self, table: &str) -> Option<Vec<Kept>> {
        let sql = format!(
            "SET timezone = 'UTC'; SELECT to_jsonb(t)::text FROM {} t ORDER BY _batch, _row",
            self.table(table)
        );
        let messages = self.client().await.simple_query(&sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Some(rows.map(kept).collect())
    }
}
