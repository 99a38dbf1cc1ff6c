//! The steps of a commit, all in one transaction.

use std::pin::pin;

use bytes::Bytes;
use futures::SinkExt;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, CopyInSink, Error};

use super::connect::failed;
use super::copy::{Copy, Of, TRAILER};
use super::schema::{self, quoted};
use super::sink::{BEGIN, Postgres};
use crate::sink::{Batch, SinkError, Table, Typed};

/// Bytes of rows that are sent in one go.
const PIECE: usize = 256 << 10;

impl Postgres {
    /// Takes a batch's number, in a transaction that begins with it; `false` if it is taken already.
    pub(super) async fn take_number(
        &self,
        client: &Client,
        batch: &Batch,
    ) -> Result<bool, SinkError> {
        let what = || self.what(batch);
        let begun = client.batch_execute(BEGIN).await;
        begun.map_err(|error| failed(what(), &error))?;
        let streams = self.table("labtower_streams");
        let sql = if batch.number == 1 {
            format!(
                "INSERT INTO {streams} (instance, stream, number, data_date)
                 VALUES ($1, $2, $3, 'epoch'::timestamptz + $4 * interval '1 microsecond') ON CONFLICT DO NOTHING"
            )
        } else {
            format!(
                "UPDATE {streams} SET number = $3, data_date = 'epoch'::timestamptz + $4 * interval '1 microsecond'
                 WHERE instance = $1 AND stream = $2 AND number = $3 - 1"
            )
        };
        let instance = &self.options.instance;
        let date = batch.data_date.as_microsecond();
        let taken = client
            .execute_typed(
                &sql,
                &[
                    (instance, Type::TEXT),
                    (&batch.stream, Type::TEXT),
                    (&(batch.number as i64), Type::INT8),
                    (&date, Type::INT8),
                ],
            )
            .await
            .map_err(|error| failed(what(), &error))?;
        if taken == 1 {
            return Ok(true);
        }
        let last = self.last(client, batch).await;
        let last = last.map_err(|error| failed(what(), &error))?;
        if last >= batch.number {
            return Ok(false);
        }
        Err(SinkError::Refused {
            what: what(),
            detail: format!("the last one is {last}"),
        })
    }

    async fn last(&self, client: &Client, batch: &Batch) -> Result<u64, Error> {
        let sql = format!(
            "SELECT number FROM {} WHERE instance = $1 AND stream = $2",
            self.table("labtower_streams")
        );
        let row = client
            .query_typed_opt(
                &sql,
                &[
                    (&self.options.instance, Type::TEXT),
                    (&batch.stream, Type::TEXT),
                ],
            )
            .await?;
        Ok(row.map_or(0, |row| row.get::<_, i64>(0) as u64))
    }

    async fn copy(&self, client: &Client, batch: &Batch) -> Result<(), Error> {
        let table = Table {
            stream: &batch.stream,
            columns: batch.columns,
        };
        let names: Vec<String> = schema::columns(&table)
            .iter()
            .map(|(name, _)| quoted(name))
            .collect();
        let sql = format!(
            "COPY {} ({}) FROM STDIN BINARY",
            self.table(&batch.stream),
            names.join(", ")
        );
        let sink: CopyInSink<Bytes> = client.copy_in(&sql).await?;
        let mut sink = pin!(sink);
        let typed = Typed::new(batch.columns);
        let mut copy = Copy::new(batch.columns.len());
        let mut place = 0;
        for chunk in &batch.chunks {
            let of = Of {
                data_date: batch.data_date,
                instance: &self.options.instance,
                parent: &chunk.parent,
                batch: batch.number,
            };
            for row in &chunk.rows {
                copy.row(of, row, place, &typed.read(&row.body));
                place += 1;
                if copy.bytes.len() >= PIECE {
                    sink.send(copy.bytes.split().freeze()).await?;
                }
            }
        }
        copy.bytes.extend_from_slice(TRAILER);
        sink.send(copy.bytes.freeze()).await?;
        sink.finish().await?;
        Ok(())
    }

    async fn move_cursors(&self, client: &Client, batch: &Batch) -> Result<(), Error> {
        let (parents, cursors): (Vec<&str>, Vec<&str>) = batch
            .chunks
            .iter()
            .map(|chunk| (chunk.parent.as_str(), chunk.cursor.as_str()))
            .unzip();
        let sql = format!(
            "INSERT INTO {} (instance, stream, parent, cursor)
             SELECT $1, $2, parent, cursor FROM unnest($3, $4) AS moved (parent, cursor)
             ON CONFLICT (instance, stream, parent) DO UPDATE SET cursor = excluded.cursor",
            self.table("labtower_cursors")
        );
        client
            .execute_typed(
                &sql,
                &[
                    (&self.options.instance, Type::TEXT),
                    (&batch.stream, Type::TEXT),
                    (&parents, Type::TEXT_ARRAY),
                    (&cursors, Type::TEXT_ARRAY),
                ],
            )
            .await?;
        Ok(())
    }

    /// Writes rows and cursors, and ends the transaction.
    pub(super) async fn write(&self, client: &Client, batch: &Batch) -> Result<(), Error> {
        if batch.rows() > 0 {
            self.copy(client, batch).await?;
        }
        self.move_cursors(client, batch).await?;
        client.batch_execute("COMMIT").await
    }
}
