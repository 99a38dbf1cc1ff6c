//! The BigQuery sink.

use std::time::Duration;

use labtower_export::bigquery::{BigQueryOptions, BigQuerySink, Identity};
use serde_json::{Value, json};

use crate::contract::{self, Cells, Place};
use crate::servers::{self, http};
use crate::{bigquery_only, kill};

/// A dataset of the test server.
pub(crate) struct Dataset {
    pub(crate) address: String,
    pub(crate) name: String,
}

impl Dataset {
    /// A dataset of this name; `None` if there is no server to be had.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let address = servers::bigquery()?.address.clone();
        Some(Self {
            address,
            name: name.to_owned(),
        })
    }

    pub(crate) fn options(&self) -> BigQueryOptions {
        let mut options = BigQueryOptions::new("test", &self.name).unwrap();
        options.endpoint = self.address.parse().unwrap();
        options.identity = Identity::Anonymous;
        options.first_delay = Duration::from_millis(10);
        options
    }

    /// What SQL answers, as the API writes it.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<Value> {
        let url = format!("{}/bigquery/v2/projects/test/queries", self.address);
        let body = json!({"query": sql, "useLegacySql": false}).to_string();
        let sent = http()
            .post(url)
            .header("Content-Type", "application/json")
            .body(body);
        let answer = sent.send().await.unwrap().bytes().await.unwrap();
        let mut answer: Value = serde_json::from_slice(&answer).unwrap();
        assert!(
            answer["error"].is_null(),
            "{sql}: {}",
            answer["error"]["message"]
        );
        assert!(answer["jobComplete"].as_bool().unwrap() && answer["pageToken"].is_null());
        match answer["rows"].take() {
            Value::Array(rows) => rows,
            _ => Vec::new(),
        }
    }

    /// What the API says of something in the dataset.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let url = format!(
            "{}/bigquery/v2/projects/test/datasets/{}{path}",
            self.address, self.name
        );
        let answer = http().get(url).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }
}

impl Place for Dataset {
    type Sink = BigQuerySink;

    fn sink(&self, instance: &str) -> BigQuerySink {
        BigQuerySink::new(&self.options(), instance).unwrap()
    }

    fn table(&self, name: &str) -> String {
        format!("`test.{}.{name}`", self.name)
    }

    async fn ask(&self, sql: &str) -> Vec<Cells> {
        let cell = |cell: &Value| cell["v"].as_str().map(str::to_owned);
        let row = |row: &Value| row["f"].as_array().unwrap().iter().map(cell).collect();
        self.rows(sql).await.iter().map(row).collect()
    }
}

macro_rules! on_bigquery {
    ($($module:ident::$test:ident($($argument:expr),*);)*) => {$(
        #[tokio::test]
        async fn $test() {
            if let Some(dataset) = Dataset::new(stringify!($test)) {
                $module::$test(&dataset $(, $argument)*).await;
            }
        }
    )*};
}

on_bigquery! {
    contract::batches_are_numbered();
    contract::repetitions_and_gaps_change_nothing();
    contract::empty_chunks_move_cursors();
    contract::the_newest_version_is_the_latest();
    contract::two_writers_take_turns(6);
    contract::columns_are_added();
    contract::odd_values_survive();
    kill::a_writer_may_be_dropped_anywhere(kill::kills(12));
    bigquery_only::tables_are_as_documented();
    bigquery_only::old_cursors_are_cleared_away();
    bigquery_only::a_ledger_made_anew_begins_anew();
    bigquery_only::a_table_of_another_kind_is_refused();
}

/// Tells a child of this test where to write.
const CHILD: &str = "LABTOWER_TEST_BIGQUERY";

#[tokio::test]
async fn a_process_may_be_killed() {
    let Some(dataset) = Dataset::new("killed") else {
        return;
    };
    let place = format!("{} {}", dataset.address, dataset.name);
    let test = "bigquery::writes_until_killed";
    kill::a_process_may_be_killed(&dataset, test, kill::kills(4), CHILD, &place).await;
}

#[tokio::test]
#[ignore = "runs as a child of the test above"]
async fn writes_until_killed() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let (address, name) = place.split_once(' ').unwrap();
    let dataset = Dataset {
        address: address.to_owned(),
        name: name.to_owned(),
    };
    kill::write_until_killed(&dataset).await;
}
