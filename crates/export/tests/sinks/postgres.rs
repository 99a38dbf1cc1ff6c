//! Tables of a real PostgreSQL.

use jiff::Timestamp;
use labtower_export::postgres::{Postgres, PostgresOptions};
use labtower_export::sink::{AnySink, Batch, Chunk, Commit, ENVELOPE, Sink, SinkError};
use labtower_extract::Row;
use serde_json::{Map, Value, json};
use tokio_postgres::{Client, NoTls};

use crate::contract::Place;
use crate::decode::raw;
use crate::servers::{Database, given, run_tests};
use crate::world::{self, INSTANCE, Kept, STREAM, batch, table};

/// Environment variable with the address of the server.
pub(crate) const DSN: &str = "LABTOWER_TEST_DSN";

/// A schema of a server.
pub(crate) struct Schema {
    pub(crate) dsn: String,
    pub(crate) name: String,
}

impl Schema {
    /// A schema of the test's name, which is to be made.
    pub(crate) fn new(test: &str) -> Self {
        Self {
            dsn: std::env::var(DSN).expect("a test that starts a server runs this one"),
            name: format!("{test} \""),
        }
    }

    /// A connection of the test.
    pub(crate) async fn client(&self) -> Client {
        let plain = self.dsn.split_once('?').unwrap().0;
        let (client, connection) = tokio_postgres::connect(plain, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    fn table(&self, name: &str) -> String {
        format!("\"{}\".\"{name}\"", self.name.replace('"', "\"\""))
    }

    async fn read(&self, table: &str) -> Vec<Kept> {
        let sql = format!(
            "SET timezone = 'UTC'; SELECT to_jsonb(t)::text FROM {} t ORDER BY _batch, _row",
            self.table(table)
        );
        let messages = self.client().await.simple_query(&sql).await.unwrap();
        let rows = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        rows.map(kept).collect()
    }
}

/// A row as the server writes it in JSON.
fn kept(text: &str) -> Kept {
    let mut row: Map<String, Value> = serde_json::from_str(text).unwrap();
    row.retain(|_, value| !value.is_null());
    let mut take = |name: &str| row.remove(name).unwrap_or(Value::Null);
    let time = |value: &Value| value.as_str().map(|at| at.parse::<Timestamp>().unwrap());
    let exact = take("_raw_text");
    let kept = take("raw");
    Kept {
        batch: take("_batch").as_u64().unwrap(),
        row: take("_row").as_u64().unwrap(),
        data_date: time(&take("data_date")).unwrap(),
        instance: take("_instance").as_str().unwrap().to_owned(),
        parent: take("_parent").as_str().unwrap().to_owned(),
        id: take("_id").as_str().unwrap().to_owned(),
        updated_at: time(&take("_updated_at")),
        hash: take("_hash").as_str().unwrap().to_owned(),
        deleted: take("_deleted").as_bool().unwrap(),
        raw: exact.as_str().map_or(kept, raw),
        columns: {
            if let Some(at) = row.get("created_at").map(time) {
                row.insert("created_at".to_owned(), json!(at));
            }
            if let Some(number) = row.get("weight").map(Value::as_f64) {
                row.insert("weight".to_owned(), json!(number));
            }
            Some(row)
        },
    }
}

impl Place for Schema {
    type Sink = AnySink;

    fn open(&self) -> AnySink {
        let mut options = PostgresOptions::new(&self.dsn, INSTANCE).unwrap();
        options.schema.clone_from(&self.name);
        AnySink::from(Postgres::new(options).unwrap())
    }

    async fn rows(&self, stream: &str) -> Vec<Kept> {
        let there = "SELECT FROM pg_namespace WHERE nspname = $1";
        if self
            .client()
            .await
            .query(there, &[&self.name])
            .await
            .unwrap()
            .is_empty()
        {
            return Vec::new();
        }
        self.read(stream).await
    }

    async fn latest(&self, stream: &str) -> Option<Vec<Kept>> {
        Some(self.read(&format!("latest_{stream}")).await)
    }
}

#[test]
fn postgresql_keeps_the_contract() {
    let Some(database) = Database::start() else {
        return;
    };
    run_tests("postgres::server", &[(DSN, &database.dsn())]);
}

mod server {
    use super::*;
    use crate::contract::contract;

    contract!(server Schema::new);

    #[tokio::test]
    #[ignore = "run by the test that starts the server"]
    async fn what_jsonb_refuses_is_kept_as_text_beside_what_it_takes() {
        if given(DSN).is_none() {
            return;
        }
        let place = Schema::new("jsonb");
        let sink = place.open();
        sink.prepare(&[table()]).await.unwrap();
        // As deep as `jsonb` is asked to go, and deeper than the server would.
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        let bodies = [
            r#"{"title":"a\u0000b","labels":["\u0000"]}"#.to_owned(),
            r#"{"title":"\ud800"}"#.to_owned(),
            r#"{"weight":1e400000,"title":"t"}"#.to_owned(),
            nested(499),
            nested(100_000),
        ];
        let rows = bodies.iter().enumerate().map(|(index, body)| Row {
            id: index.to_string(),
            body: body.clone(),
            ..world::row("", 1)
        });
        let chunk = Chunk {
            parent: "projects/1".to_owned(),
            rows: rows.collect(),
            cursor: String::new(),
        };
        let batch = Batch {
            chunks: vec![chunk],
            ..world::empty(1)
        };
        assert_eq!(sink.commit(&batch).await.unwrap(), Commit::Done);
        let sql = format!(
            "SELECT raw ->> 'title', title, labels ->> 0, raw IS NULL, _raw_text FROM {} ORDER BY _row",
            place.table(STREAM)
        );
        let rows = place.client().await.query(&sql, &[]).await.unwrap();
        let text = |row: usize, column: usize| rows[row].get::<_, Option<&str>>(column);
        for column in [0, 1] {
            assert_eq!(text(0, column), Some("a\u{fffd}b"));
        }
        assert_eq!(
            (text(0, 2), text(1, 0)),
            (Some("\u{fffd}"), Some("\u{fffd}"))
        );
        let is_null: Vec<bool> = rows.iter().map(|row| row.get(3)).collect();
        assert_eq!(is_null, [false, false, true, false, true]);
        assert_eq!(text(2, 1), Some("t"), "columns do not depend on it");
        for (row, body) in bodies.iter().enumerate() {
            let kept = (row != 3).then_some(body.as_str());
            assert_eq!(text(row, 4), kept, "row {row}");
        }
    }

    #[tokio::test]
    #[ignore = "run by the test that starts the server"]
    async fn a_table_of_another_kind_is_refused_and_stays() {
        if given(DSN).is_none() {
            return;
        }
        let place = Schema::new("foreign");
        let client = place.client().await;
        let sql = format!(
            "CREATE SCHEMA \"foreign \"\"\"; CREATE TABLE {} (_id bigint, mine text)",
            place.table(STREAM)
        );
        client.batch_execute(&sql).await.unwrap();
        let error = place.open().prepare(&[table()]).await.unwrap_err();
        assert!(matches!(error, SinkError::Refused { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("column `_id` is of type bigint instead of text"),
            "{error}"
        );
        let sql = format!("SELECT count(*) FROM {}", place.table(STREAM));
        assert!(client.query(&sql, &[]).await.is_ok());
    }

    #[tokio::test]
    #[ignore = "run by the test that starts the server"]
    async fn a_role_that_may_only_write_suffices_once_all_is_there() {
        if given(DSN).is_none() {
            return;
        }
        let place = Schema::new("writer");
        place.open().prepare(&[table()]).await.unwrap();
        let client = place.client().await;
        let schema = place.table("").split_once('.').unwrap().0.to_owned();
        let sql = format!(
            "CREATE ROLE writer LOGIN PASSWORD 'hush'; GRANT USAGE ON SCHEMA {schema} TO writer;
             GRANT SELECT, INSERT ON {} TO writer;
             GRANT SELECT, INSERT, UPDATE ON {}, {} TO writer",
            place.table(STREAM),
            place.table("labtower_streams"),
            place.table("labtower_cursors")
        );
        client.batch_execute(&sql).await.unwrap();
        let writer = Schema {
            dsn: place.dsn.replace("//labtower:", "//writer:"),
            name: place.name.clone(),
        };
        let sink = writer.open();
        sink.prepare(&[table()]).await.unwrap();
        for number in 1..=2 {
            assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
        }
        assert_eq!(sink.position(STREAM).await.unwrap().number, 2);
    }

    #[tokio::test]
    #[ignore = "run by the test that starts the server"]
    async fn errors_say_whether_to_try_again_and_never_the_password() {
        let Some(dsn) = given(DSN) else {
            return;
        };
        let port = dsn
            .split(['/', ':', '?'])
            .find(|part| part.parse::<u16>().is_ok())
            .unwrap();
        for (dsn, is_retryable, expected) in [
            (
                dsn.replace(":hush@", ":hush2@"),
                false,
                "password authentication failed",
            ),
            (dsn.replace("/postgres?", "/hush?"), false, "does not exist"),
            (dsn.replace(port, "1"), true, "connect"),
            (dsn.replace("localhost", "127.0.0.1"), false, "certificate"),
            (
                dsn.split_once("&sslrootcert").unwrap().0.to_owned(),
                false,
                "certificate",
            ),
        ] {
            let options = PostgresOptions::new(&dsn, INSTANCE).unwrap();
            let debug = format!("{options:?}");
            let error = Postgres::new(options)
                .unwrap()
                .position(STREAM)
                .await
                .unwrap_err();
            assert_eq!(error.is_retryable(), is_retryable, "{error}");
            assert!(error.to_string().contains(expected), "{error}");
            for text in [error.to_string(), format!("{error:?}"), debug] {
                assert!(!text.contains("hush2") && !text.contains(":hush"), "{text}");
            }
        }
        for mode in ["require", "verify-ca", "prefer", "disable"] {
            let dsn = dsn
                .replace("verify-full", mode)
                .replace("localhost", "127.0.0.1");
            let options = PostgresOptions::new(&dsn, INSTANCE).unwrap();
            assert_eq!(
                Postgres::new(options)
                    .unwrap()
                    .position("none")
                    .await
                    .unwrap()
                    .number,
                0,
                "{mode}"
            );
        }
    }

    #[tokio::test]
    #[ignore = "run by the test that starts the server"]
    async fn data_tables_are_only_added_to() {
        if given(DSN).is_none() {
            return;
        }
        let place = Schema::new("append");
        let sink = place.open();
        sink.prepare(&[table()]).await.unwrap();
        // The server itself says no to anything else.
        let client = place.client().await;
        let sql = format!(
            "CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
             CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
             FOR EACH STATEMENT EXECUTE FUNCTION {function}()",
            function = place.table("append_only"),
            table = place.table(STREAM),
        );
        client.batch_execute(&sql).await.unwrap();
        for number in 1..=5 {
            assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
            place.open().prepare(&[table()]).await.unwrap();
            assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Taken);
        }
        assert_eq!(place.rows(STREAM).await, world::all(5));
        let names = format!(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum BETWEEN 1 AND 9 ORDER BY attnum",
            place.table(STREAM)
        );
        let names = client.query(&names, &[]).await.unwrap();
        let names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
        assert_eq!(names, ENVELOPE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_is_used_again() {
    let Some(mut database) = Database::start() else {
        return;
    };
    let place = Schema {
        dsn: database.dsn(),
        name: "restart".to_owned(),
    };
    let sink = place.open();
    sink.prepare(&[table()]).await.unwrap();
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    database.restart();
    // At most what was open is lost, and that is told as something that passes.
    let mut tries = 0;
    while let Err(error) = sink.commit(&batch(2)).await {
        assert!(error.is_retryable(), "{error}");
        tries += 1;
        assert!(tries < 5, "{error}");
    }
    assert_eq!(place.rows(STREAM).await, world::all(2));
}
