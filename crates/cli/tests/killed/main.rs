//! `labtower export` as a process that is killed again and again: in every kind of sink, what it leaves equals what a
//! GitLab shows that stands still, row by row.
//!
//! Everything is real but for GitLab and the warehouses: `labtower sim`, `labtower export`, SIGKILL, and the servers
//! that the sinks' own tests start. `LABTOWER_SEED` repeats a run as far as the machine does.

#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![expect(clippy::print_stderr, reason = "a failed test says what it did")]

mod compare;
mod gitlab;
mod kills;
#[expect(dead_code, reason = "the sinks' own tests use the rest of it")]
#[path = "../../../export/tests/places"]
mod places {
    //! Where rows are kept.
    pub(crate) mod bigquery;
    pub(crate) mod clickhouse;
    pub(crate) mod database;
    pub(crate) mod decode;
    pub(crate) mod files;
    pub(crate) mod postgres;
    pub(crate) mod python;
    pub(crate) mod s3;
    pub(crate) mod servers;
    pub(crate) mod warehouse;
}
#[path = "../../../export/tests/copy/plain.rs"]
mod plain;
#[expect(dead_code, reason = "the other tests use the rest of it")]
#[path = "../it/process.rs"]
mod process;
#[expect(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "the sinks' own tests use the rest of it"
)]
#[path = "../../../export/tests/shared"]
mod shared {
    //! How a test looks at what is kept.
    pub(crate) mod kept;
    pub(crate) mod place;
    pub(crate) mod servers;
    pub(crate) mod world;
}

use std::sync::Arc;

use labtower_export::files::Format;
use labtower_model::SystemClock;
use object_store::aws::AmazonS3Builder;
use places::bigquery::Dataset;
use places::clickhouse::Database as ClickHouse;
use places::database::Database;
use places::files::FilesPlace;
use places::postgres::Schema;
use places::python::{Server, bigquery_alone};
use places::s3::{Bucket, TARGET};
use shared::place::Place;

use compare::on;
use kills::{Hunt, KILLS, STREAMS, Target};

/// Streams that are copied at a time into the stand-ins for warehouses: they take so long to make the tables of all of
/// them, and the one for BigQuery for every step beside many tables, that kills would fall on little else.
const DOZEN: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_lines_of_json() {
    in_a_directory(Format::Ndjson, "ndjson").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_parquet() {
    in_a_directory(Format::Parquet, "parquet").await;
}

async fn in_a_directory(format: Format, name: &str) {
    let place = FilesPlace::directory(format);
    let target = Target {
        to: place.target.clone(),
        variables: vec![("LABTOWER_EXPORT_FORMAT", name.to_owned())],
        excused: None,
    };
    Hunt::new().everything(&place, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_a_bucket() {
    let Some(bucket) = Bucket::start() else {
        return;
    };
    let target = Target {
        to: format!("{TARGET}/some/folder"),
        variables: bucket.variables(),
        excused: None,
    };
    let mut store = AmazonS3Builder::new().with_url(TARGET);
    for (name, value) in bucket.variables() {
        store = store.with_config(name.to_lowercase().parse().unwrap(), value);
    }
    let place = FilesPlace {
        target: target.to.clone(),
        format: Format::Ndjson,
        clock: Arc::new(SystemClock),
        store: Arc::new(store.build().unwrap()),
        prefix: "some/folder".into(),
        directory: None,
    };
    Hunt::new().everything(&place, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_postgresql() {
    let Some(database) = Database::start() else {
        return;
    };
    let place = Schema {
        dsn: database.dsn(),
        name: "gitlab".to_owned(),
    };
    let target = Target {
        to: database.dsn(),
        variables: Vec::new(),
        excused: None,
    };
    Hunt::new().everything(&place, &target).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_bigquery() {
    by_the_dozen(|| {
        let server = bigquery_alone()?;
        let place = Dataset {
            address: server.address.clone(),
            name: "killed_v4".to_owned(),
        };
        let target = Target {
            to: "bigquery".to_owned(),
            variables: vec![
                ("BIGQUERY_PROJECT", "test".to_owned()),
                ("BIGQUERY_DATASET", "killed".to_owned()),
                ("BIGQUERY_EMULATOR_HOST", place.address.clone()),
            ],
            // Of two who make tables at once, BigQuery tells one that the table is there.
            excused: Some("Failed to commit DuckLake transaction"),
        };
        Some((place, target, Some(server)))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_lose_and_double_nothing_in_clickhouse() {
    by_the_dozen(|| {
        let place = ClickHouse::new("killed")?;
        let address = place.address.replacen("http", "clickhouse", 1);
        let target = Target {
            to: format!("{address}/{}", place.name),
            variables: Vec::new(),
            excused: None,
        };
        Some((place, target, None))
    })
    .await;
}

/// Copies a dozen streams at a time, every third dozen unless `LABTOWER_ALL_STREAMS` is set, each to a place that is begun for it, with its server if that is its own.
async fn by_the_dozen<P: Place>(begin: impl Fn() -> Option<(P, Target, Option<Server>)>) {
    let streams = on();
    let all = std::env::var_os("LABTOWER_ALL_STREAMS").is_some();
    // What of them has rows in this world.
    let (step, at_least) = if all { (1, STREAMS) } else { (3, 24) };
    let dozens = streams.chunks(DOZEN).step_by(step);
    let count = dozens.len();
    let mut hunt = Hunt::new();
    for (number, dozen) in (1..).zip(dozens) {
        let Some((place, target, _server)) = begin() else {
            return;
        };
        hunt.copy(&place, &target, dozen, KILLS * number / count)
            .await;
        while number == count && !hunt.is_enough() {
            hunt.copy(&place, &target, dozen, KILLS).await;
        }
    }
    hunt.end(at_least);
}
