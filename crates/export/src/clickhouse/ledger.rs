//! How far each stream has come.
//!
//! A batch is one insert into the stream's table: its rows, and a mark with its number and who wrote it. That the mark is
//! there is that the batch is committed. Cursors were inserted into `_cursors` just before, under the writer's token, and
//! count only if a mark has that token; those of writers that did not come that far are cleared away sometime.

use std::collections::HashMap;

use super::client::{Client, Statement};
use super::rows::{IS_MARK, WRITER, stored};
use crate::sink::{Batch, SinkError, Tell};
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

    /// Numbers and newest cursors of streams; of one whose table is not there, nothing was committed.
    pub(super) async fn positions(
        &self,
        instance: &str,
        streams: &[&str],
        tell: &mut Tell<'_>,
    ) -> Result<Vec<u64>, SinkError> {
        let what = format!("ask for the position of `{}`", streams.join("`, `"));
        let there = self.tables(&what).await?;
        let has = |table: &str| there.iter().any(|name| name == table);
        let mut asked = streams.to_vec();
        asked.retain(|stream| has(&stored(stream)));
        if asked.is_empty() || !has("_cursors") {
            return Ok(vec![0; streams.len()]);
        }
        let numbers = self.numbers(instance, &asked, &what).await?;
        let mut found: HashMap<String, Found> = HashMap::new();
        // Up to these numbers only: a batch that another commits meanwhile is not half of the answer.
        let until: Vec<String> = asked
            .iter()
            .map(|it| number_of(&numbers, it).to_string())
            .collect();
        let sql = format!(
            "SELECT stream, parent, argMax(cursor, number), count() FROM _cursors WHERE instance = {{instance:String}} \
             AND stream IN ('{names}') AND number <= transform(toString(stream), ['{names}'], [{until}], 0) \
             AND (stream, number, writer) IN ({marks}) GROUP BY stream, parent FORMAT JSONCompactStringsEachRow",
            names = asked.join("', '"),
            until = until.join(", "),
            marks = marks(&asked),
        );
        let mut each = |line: &str| {
            let (stream, parent, cursor, count): (String, String, String, String) =
                serde_json::from_str(line)
                    .map_err(|error| unreadable(&what, &error.to_string()))?;
            tell(&stream, &parent, &cursor)?;
            let of = found.entry(stream).or_default();
            of.stored += parsed(&count, &what)?;
            of.told += 1;
            Ok(())
        };
        let statement = Statement {
            sql: &sql,
            parameters: &[("instance", instance)],
            settings: ASK,
            rows: None,
            what: &what,
        };
        self.lines(statement, &mut each).await?;
        for (stream, of) in &found {
            if is_cluttered(of.stored, of.told) {
                let number = number_of(&numbers, stream).to_string();
                let parameters = [
                    ("instance", instance),
                    ("stream", stream),
                    ("number", &number),
                ];
                self.clear(stream, &parameters).await;
            }
        }
        Ok(streams
            .iter()
            .map(|stream| number_of(&numbers, stream))
            .collect())
    }

    /// Names of all tables and views.
    async fn tables(&self, what: &str) -> Result<Vec<String>, SinkError> {
        let sql = format!(
            "SELECT name FROM system.tables WHERE database = '{}' FORMAT TabSeparated",
            self.database
        );
        let text = self.asked(&sql, &[], what).await?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    /// Numbers of the last batches of streams whose tables are there.
    async fn numbers(
        &self,
        instance: &str,
        streams: &[&str],
        what: &str,
    ) -> Result<HashMap<String, u64>, SinkError> {
        let sql = format!(
            "SELECT stream, max(number) FROM ({}) GROUP BY stream FORMAT TabSeparated",
            marks(streams)
        );
        let text = self.asked(&sql, &[("instance", instance)], what).await?;
        let number = |line: &str| {
            let (stream, number) = line.split_once('\t').unwrap_or_default();
            Ok((stream.to_owned(), parsed(number, what)?))
        };
        text.lines().map(number).collect()
    }

    /// Clears away cursors that newer ones have replaced, and those of batches up to there that were not committed.
    async fn clear(&self, stream: &str, parameters: &[(&str, &str)]) {
        let committed = format!("(stream, number, writer) IN ({})", marks(&[stream]));
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

/// What there is of a stream: its cursors, and those of them that count.
#[derive(Debug, Default)]
struct Found {
    stored: u64,
    told: usize,
}

fn number_of(numbers: &HashMap<String, u64>, stream: &str) -> u64 {
    numbers.get(stream).copied().unwrap_or(0)
}

/// Stream, number and writer of each committed batch.
fn marks(streams: &[&str]) -> String {
    let of = |stream: &&str| {
        format!(
            "SELECT '{stream}' AS stream, _batch AS number, {WRITER} AS writer FROM `{}` \
             WHERE _instance = {{instance:String}} AND {IS_MARK}",
            stored(stream)
        )
    };
    let all: Vec<String> = streams.iter().map(of).collect();
    all.join(" UNION ALL ")
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
