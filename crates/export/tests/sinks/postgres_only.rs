//! What is special to PostgreSQL.

use labtower_export::postgres::{Postgres, PostgresOptions};
use labtower_export::sink::{Commit, ENVELOPE, Sink, SinkError};
use labtower_extract::Row;

use crate::places::database::Database;
use crate::places::postgres::Schema;
use crate::shared::kept::all;
use crate::shared::place::{Place, prepared};
use crate::shared::world::{INSTANCE, STREAM, batch, chunk, of_body, of_chunks, table};

pub(crate) async fn what_jsonb_refuses_is_kept_as_text_beside_what_it_takes(place: Schema) {
    let sink = prepared(&place).await;
    // As deep as `jsonb` is asked to go, and deeper than the server would.
    let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let bodies = [
        r#"{"title":"a\u0000b","labels":["\u0000"]}"#.to_owned(),
        r#"{"title":"\ud800"}"#.to_owned(),
        r#"{"weight":1e400000,"title":"t"}"#.to_owned(),
        nested(499),
        nested(100_000),
    ];
    let rows: Vec<Row> = bodies.iter().map(|body| of_body("1", body)).collect();
    let batch = of_chunks(1, vec![chunk("projects/1", "", rows)]);
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

pub(crate) async fn a_table_of_another_kind_is_refused_and_stays(place: Schema) {
    let client = place.client().await;
    let sql = format!(
        "CREATE SCHEMA {}; CREATE TABLE {} (_id bigint, mine text)",
        place.schema(),
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

pub(crate) async fn a_role_that_may_only_write_suffices_once_all_is_there(place: Schema) {
    prepared(&place).await;
    let client = place.client().await;
    let schema = place.schema();
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
    let sink = prepared(&writer).await;
    for number in 1..=2 {
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
    }
    assert_eq!(sink.position(STREAM).await.unwrap().number, 2);
}

pub(crate) async fn errors_say_whether_to_try_again_and_never_the_password(place: Schema) {
    let dsn = place.dsn;
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

pub(crate) async fn data_tables_are_only_added_to(place: Schema) {
    let sink = prepared(&place).await;
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
        prepared(&place).await;
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Taken);
    }
    assert_eq!(place.rows(STREAM).await, all(5));
    let names = format!(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = '{}'::regclass AND attnum BETWEEN 1 AND 9 ORDER BY attnum",
        place.table(STREAM)
    );
    let names = client.query(&names, &[]).await.unwrap();
    let names: Vec<String> = names.iter().map(|row| row.get(0)).collect();
    assert_eq!(names, ENVELOPE);
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
    let sink = prepared(&place).await;
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    database.restart();
    // At most what was open is lost, and that is told as something that passes.
    let mut tries = 0;
    while let Err(error) = sink.commit(&batch(2)).await {
        assert!(error.is_retryable(), "{error}");
        tries += 1;
        assert!(tries < 5, "{error}");
    }
    assert_eq!(place.rows(STREAM).await, all(2));
}
