//! How far streams have come.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::TryStreamExt;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, RowStream};

use super::connect::failed;
use super::sink::Postgres;
use crate::sink::{SinkError, Tell};

impl Postgres {
    /// Numbers of streams, and their cursors as the server sends them.
    pub(super) async fn read_positions(
        &self,
        client: &Client,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let refused = |error: Error| {
            let (streams, place) = (streams.join("`, `"), self.options.place());
            let what = format!("read the position of `{streams}` from PostgreSQL at {place}");
            failed(what, &error)
        };
        let rows = match self.ask(client, streams).await {
            Ok(rows) => rows,
            // Nothing was prepared yet, so nothing was committed.
            Err(error) if error.code() == Some(&SqlState::UNDEFINED_TABLE) => {
                return Ok(vec![0; streams.len()]);
            }
            Err(error) => return Err(refused(error)),
        };
        let mut rows = pin!(rows);
        let mut numbers = BTreeMap::new();
        while let Some(row) = rows.try_next().await.map_err(refused)? {
            let stream: &str = row.get(0);
            if !numbers.contains_key(stream) {
                numbers.insert(stream.to_owned(), row.get::<_, i64>(1) as u64);
            }
            if let (Some(parent), Some(cursor)) = (row.get(2), row.get(3)) {
                tell(stream, parent, cursor)?;
            }
        }
        let number = |stream: &&str| numbers.get(*stream).copied().unwrap_or(0);
        Ok(streams.iter().map(number).collect())
    }

    /// One statement, so that numbers and cursors are of one moment.
    async fn ask(&self, client: &Client, streams: &[&str]) -> Result<RowStream, Error> {
        let sql = format!(
            "SELECT s.stream, s.number, c.parent, c.cursor FROM {} s
             LEFT JOIN {} c ON c.instance = s.instance AND c.stream = s.stream
             WHERE s.instance = $1 AND s.stream = ANY($2)",
            self.table("labtower_streams"),
            self.table("labtower_cursors")
        );
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [
            (&self.options.instance, Type::TEXT),
            (&streams, Type::TEXT_ARRAY),
        ];
        client.query_typed_raw(&sql, parameters).await
    }
}
