//! Tables of a real PostgreSQL.

use labtower_export::postgres::{Postgres, PostgresOptions};
use labtower_export::sink::AnySink;
use serde_json::{Map, Value};
use tokio_postgres::{Client, NoTls};

use crate::database::Database;
use crate::servers::{given, run_tests};
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

#[test]
fn postgresql_keeps_the_contract() {
    let Some(database) = Database::start() else {
        return;
    };
    run_tests("postgres::server", &[(DSN, &database.dsn())]);
}

mod server {
    use super::Schema;
    use crate::postgres_only;
    use crate::shared::contract::contract;
    use crate::shared::place::on;

    contract!(server Schema::new);

    on!(server Schema::new =>
        postgres_only::what_jsonb_refuses_is_kept_as_text_beside_what_it_takes,
        postgres_only::a_table_of_another_kind_is_refused_and_stays,
        postgres_only::a_role_that_may_only_write_suffices_once_all_is_there,
        postgres_only::errors_say_whether_to_try_again_and_never_the_password,
        postgres_only::data_tables_are_only_added_to,
    );
}
