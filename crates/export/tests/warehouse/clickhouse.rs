//! The ClickHouse sink.

use std::time::Duration;

use labtower_export::clickhouse::{ClickHouseOptions, ClickHouseSink};

use crate::contract::{self, Cells, Place};
use crate::servers::{self, http};
use crate::{clickhouse_only, kill};

/// A database of the test server.
pub(crate) struct Database {
    pub(crate) address: String,
    pub(crate) name: String,
}

impl Database {
    /// A database of this name; `None` if there is no server to be had.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let address = servers::clickhouse()?.address.clone();
        Some(Self {
            address,
            name: name.to_owned(),
        })
    }

    /// What a statement answers.
    pub(crate) async fn run(&self, sql: &str) -> String {
        let sent = http().post(&self.address).body(sql.to_owned());
        let answer = sent.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{sql}: {text}");
        text
    }
}

impl Place for Database {
    type Sink = ClickHouseSink;

    fn sink(&self, instance: &str) -> ClickHouseSink {
        let mut options =
            ClickHouseOptions::new(&format!("{}/{}", self.address, self.name)).unwrap();
        options.first_delay = Duration::from_millis(10);
        ClickHouseSink::new(&options, instance).unwrap()
    }

    fn table(&self, name: &str) -> String {
        format!("`{}`.`{name}`", self.name)
    }

    async fn ask(&self, sql: &str) -> Vec<Cells> {
        let text = self.run(&format!("{sql} FORMAT JSONCompactEachRow")).await;
        let cell = |value: serde_json::Value| match value {
            serde_json::Value::Null => None,
            serde_json::Value::String(text) => Some(text),
            other => Some(other.to_string()),
        };
        let row = |line: &str| -> Cells {
            let cells: Vec<serde_json::Value> = serde_json::from_str(line).unwrap();
            cells.into_iter().map(cell).collect()
        };
        text.lines().map(row).collect()
    }
}

macro_rules! on_clickhouse {
    ($($module:ident::$test:ident($($argument:expr),*);)*) => {$(
        #[tokio::test]
        async fn $test() {
            if let Some(database) = Database::new(stringify!($test)) {
                $module::$test(&database $(, $argument)*).await;
            }
        }
    )*};
}

on_clickhouse! {
    contract::batches_are_numbered();
    contract::repetitions_and_gaps_change_nothing();
    contract::empty_chunks_move_cursors();
    contract::the_newest_version_is_the_latest();
    contract::two_writers_take_turns(20);
    contract::columns_are_added();
    contract::odd_values_survive();
    kill::a_writer_may_be_dropped_anywhere(kill::kills(40));
    clickhouse_only::tables_are_as_documented();
    clickhouse_only::old_cursors_are_cleared_away();
    clickhouse_only::a_batch_is_one_block();
    clickhouse_only::a_table_of_another_kind_is_refused();
}

/// Tells a child of this test where to write.
const CHILD: &str = "LABTOWER_TEST_CLICKHOUSE";

#[tokio::test]
async fn a_process_may_be_killed() {
    let Some(database) = Database::new("killed") else {
        return;
    };
    let place = format!("{} {}", database.address, database.name);
    let test = "clickhouse::writes_until_killed";
    kill::a_process_may_be_killed(&database, test, kill::kills(10).min(20), CHILD, &place).await;
}

#[tokio::test]
#[ignore = "runs as a child of the test above"]
async fn writes_until_killed() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let (address, name) = place.split_once(' ').unwrap();
    let database = Database {
        address: address.to_owned(),
        name: name.to_owned(),
    };
    kill::write_until_killed(&database).await;
}
