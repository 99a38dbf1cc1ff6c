//! How far each stream has come.
//!
//! A batch is one insert into the stream's table: its rows, and a mark with its number and who wrote it. That the mark is
//! there is that the batch is committed. Cursors were inserted into `_cursors` just before, under the writer's token, and
//! count only if a mark has that token; those of writers that did not come that far are cleared away sometime.

use super::client::{Client, Statement};
use super::rows::{IS_MARK, WRITER, stored};
use crate::sink::{Batch, Position, SinkError};
use crate::warehouse::is_cluttered;

/// For questions: on a cluster, every replica that answers has to know everything that was committed.
const ASK: &[(&str, &str)] = &[("select_sequential_consistency", "1")];
/// For inserts of cursors.
const CURSOR_SETTINGS: &[(&str, &str)] = &[("async_insert", "0")];

/// Makes the table of cursors.
pub(super) const CREATE: &str = "CREATE TABLE IF NOT EXISTS _cursors (instance LowCardinality(String), \
    stream LowCardinality(String), parent String, number UInt64, writer String, cursor String CODEC(ZSTD(3))) \
    ENGINE = MergeTree ORDER BY (instance, stream, parent, number, writer)";

impl Client {
    /// Number of the last batch of a stream.
    pub(super) async fn last(&self, instance: &str, stream: &str) -> Result<u64, SinkError> {
        let sql = format!(
            "SELECT max(_batch) FROM `{}` WHERE _instance = {{instance:String}} AND {IS_MARK} FORMAT TabSeparated",
            stored(stream)
        );
        let what = format!("ask for the last batch of `{stream}`");
        let text = self.asked(&sql, &[("instance", instance)], &what).await?;
        parsed(text.trim(), &what)
    }

    /// Who committed a batch; `None` if nobody has.
    pub(super) async fn writer(
        &self,
        instance: &str,
        stream: &str,
        number: u64,
    ) -> Result<Option<String>, SinkError> {
        let sql = format!(
            "SELECT {WRITER} FROM `{}` WHERE _instance = {{instance:String}} AND {IS_MARK} \
             AND _batch = {{number:UInt64}} LIMIT 1 FORMAT TabSeparated",
            stored(stream)
        );
        let what = format!("ask who committed batch {number} of `{stream}`");
        let parameters = [("instance", instance), ("number", &*number.to_string())];
        let text = self.asked(&sql, &parameters, &what).await?;
        Ok(Some(text.trim().to_owned()).filter(|writer| !writer.is_empty()))
    }

    /// Inserts the cursors of a batch that is about to be committed.
    pub(super) async fn announce(
        &self,
        instance: &str,
        batch: &Batch,
        writer: &str,
        what: &str,
    ) -> Result<(), SinkError> {
        let mut lines = Vec::new();
        for chunk in &batch.chunks {
            let line = serde_json::json!({
                "instance": instance, "stream": batch.stream, "number": batch.number, "writer": writer,
                "parent": chunk.parent, "cursor": chunk.cursor,
            });
            // Writing to memory cannot fail.
            let _ = serde_json::to_writer(&mut lines, &line);
            lines.push(b'\n');
        }
        if lines.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO _cursors (instance, stream, number, writer, parent, cursor) FORMAT JSONEachRow";
        let statement = Statement {
            sql,
            parameters: &[],
            settings: CURSOR_SETTINGS,
            rows: Some(&lines),
            what,
        };
        self.run(statement, true).await?;
        Ok(())
    }

    /// Number and newest cursors of a stream.
    pub(super) async fn position(
        &self,
        instance: &str,
        stream: &str,
    ) -> Result<Position, SinkError> {
        let what = format!("ask for the position of `{stream}`");
        let number = self.last(instance, stream).await?;
        // Up to that number only: a batch that another commits meanwhile is not half of the answer.
        let sql = format!(
            "SELECT parent, argMax(cursor, number), count() FROM _cursors WHERE instance = {{instance:String}} \
             AND stream = {{stream:String}} AND number <= {{number:UInt64}} AND (number, writer) IN ({}) \
             GROUP BY parent FORMAT JSONCompactStringsEachRow",
            marks(stream)
        );
        let text_of_number = number.to_string();
        let parameters = [
            ("instance", instance),
            ("stream", stream),
            ("number", &*text_of_number),
        ];
        let text = self.asked(&sql, &parameters, &what).await?;
        let mut position = Position {
            number,
            ..Position::default()
        };
        let mut stored = 0;
        for line in text.lines() {
            let (parent, cursor, count): (String, String, String) = serde_json::from_str(line)
                .map_err(|error| unreadable(&what, &error.to_string()))?;
            stored += parsed(&count, &what)?;
            position.cursors.insert(parent, cursor);
        }
        if is_cluttered(stored, position.cursors.len()) {
            self.clear(stream, &parameters).await;
        }
        Ok(position)
    }

    /// Clears away cursors that newer ones have replaced, and those of batches up to there that were not committed.
    async fn clear(&self, stream: &str, parameters: &[(&str, &str)]) {
        let committed = format!("(number, writer) IN ({})", marks(stream));
        let chosen = "instance = {instance:String} AND stream = {stream:String} AND number <= {number:UInt64}";
        let sql = format!(
            "DELETE FROM _cursors WHERE {chosen} AND (NOT ({committed}) OR (parent, number) NOT IN \
             (SELECT parent, max(number) FROM _cursors WHERE {chosen} AND {committed} GROUP BY parent))"
        );
        let what = format!("clear away old cursors of `{stream}`");
        if let Err(error) = self.asked(&sql, parameters, &what).await {
            tracing::debug!(%error, "old cursors stay for now");
        }
    }

    async fn asked(
        &self,
        sql: &str,
        parameters: &[(&str, &str)],
        what: &str,
    ) -> Result<String, SinkError> {
        let statement = Statement {
            sql,
            parameters,
            settings: ASK,
            rows: None,
            what,
        };
        self.run(statement, true).await
    }
}

/// Number and writer of each committed batch.
fn marks(stream: &str) -> String {
    format!(
        "SELECT _batch, {WRITER} FROM `{}` WHERE _instance = {{instance:String}} AND {IS_MARK}",
        stored(stream)
    )
}

fn parsed(text: &str, what: &str) -> Result<u64, SinkError> {
    text.parse().map_err(|_| unreadable(what, "no number"))
}

fn unreadable(what: &str, detail: &str) -> SinkError {
    SinkError::Refused {
        what: what.to_owned(),
        detail: format!("the answer cannot be read: {detail}"),
    }
}
