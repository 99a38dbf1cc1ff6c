//! `gitlab-data-export` and a copy in its way, of the same simulated GitLab.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use labtower_export::bigquery::CompatSink;
use labtower_export::copy::{CopyOptions, Progress, Report, Roots, copy};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::{Clock as _, SystemClock};
use labtower_sim::{Sim, SimClock, SimConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::places::bigquery::Dataset;
use crate::places::warehouse::Warehouse as _;
use crate::shared::world::INSTANCE;
use crate::tool;
use crate::tool::JOB;
use crate::warehouse::asked;

const TABLES: [&str; 4] = ["Epics", "Issues", "MergeRequests", "Milestones"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_has_the_rows_of_the_tool_and_goes_on_in_its_dataset() {
    // The tool adds the ending itself.
    let (Some(theirs), Some(ours)) = (Dataset::new("oracle_v4"), Dataset::new("copied_v4")) else {
        return;
    };
    let sim = sim().await;
    tool::run(&theirs, "oracle", &sim.url(), sim.token(), "acme").await;
    let report = copied(&sim, &ours).await;
    assert!(report.is_complete(), "{report:#?}");
    for table in TABLES {
        let (theirs, ours) = (
            versions(&theirs, table, "").await,
            versions(&ours, table, "raw, ").await,
        );
        assert!(!theirs.is_empty(), "the tool found nothing for {table}");
        let lost: Vec<_> = theirs.difference(&ours).take(3).collect();
        assert!(
            lost.is_empty(),
            "{table}: lost of {}: {lost:#?}",
            theirs.len()
        );
    }

    // Where the tool was is where the copy begins: what it writes is what has changed since.
    sim.advance(Duration::from_secs(7_200));
    sim.freeze();
    let before = count(&theirs).await;
    let taken_over = copied(&sim, &theirs).await;
    let grown = count(&theirs).await - before;
    assert_eq!(grown, taken_over.rows());
    let all = copied(&sim, &ours).await;
    assert!(all.rows() > 0, "nothing has changed");
    assert!(
        grown <= all.rows() + 10,
        "{grown} rows, of which {} have changed",
        all.rows()
    );
    for table in TABLES {
        let newest = |dataset| async move { latest(dataset, table).await };
        let (theirs, ours) = (newest(&theirs).await, newest(&ours).await);
        let lost: Vec<_> = ours.difference(&theirs).collect();
        assert!(lost.is_empty(), "{table}: {lost:#?}");
    }
    let checkpoints = asked(&theirs, "Checkpoints", "SELECT COUNT(*) FROM {t}").await;
    assert_eq!(checkpoints, ["2"]);
}

async fn sim() -> Sim {
    let config = SimConfig {
        projects: 4,
        days: 3,
        pipelines_per_day: 2.0,
        clock: SimClock::Manual {
            // The tool's checkpoints are by the clock of the machine.
            start: SystemClock.now(),
        },
        ..SimConfig::default()
    };
    Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// One run of what the tool copies.
async fn copied(sim: &Sim, dataset: &Dataset) -> Report {
    let config = ClientConfig::new(sim.url().parse().unwrap(), sim.token().into());
    let client = Client::new(config, Arc::new(SystemClock)).unwrap();
    let roots = Roots::Group {
        path: "acme".to_owned(),
        recursive: true,
    };
    let only = [
        "epics",
        "group_milestones",
        "project_milestones",
        "issues",
        "merge_requests",
    ];
    let options = CopyOptions {
        only: only.map(str::to_owned).into(),
        ..CopyOptions::new(vec![roots], sim.now())
    };
    let sink = CompatSink::new(&dataset.options(), INSTANCE, JOB).unwrap();
    let (progress, stop) = (Progress::default(), CancellationToken::new());
    copy(&client, &sink, &options, &progress, &stop)
        .await
        .unwrap()
}

/// All rows of a table but for what only one of the two writes.
async fn versions(dataset: &Dataset, table: &str, raw: &str) -> BTreeSet<String> {
    let notes = if table == "Milestones" { "" } else { ", notes" };
    let sql = format!(
        "SELECT * EXCEPT ({raw}data_date{notes}) FROM {}",
        dataset.table(table)
    );
    let (fields, rows) = dataset.answer(&sql).await;
    let named = rows.iter().map(|row| named(&fields, row).to_string());
    named.collect()
}

/// A record with the names of its fields, whose order is not the same in all datasets.
fn named(fields: &[Value], record: &Value) -> Value {
    let cells = fields.iter().zip(record["f"].as_array().unwrap());
    let named = cells.map(|(field, cell)| {
        let value = match (field["mode"].as_str(), &cell["v"]) {
            (Some("REPEATED"), Value::Array(items)) => {
                items.iter().map(|item| value(field, &item["v"])).collect()
            }
            (_, one) => value(field, one),
        };
        (field["name"].as_str().unwrap().to_owned(), value)
    });
    Value::Object(named.collect())
}

fn value(field: &Value, value: &Value) -> Value {
    match field["fields"].as_array() {
        Some(fields) if !value.is_null() => named(fields, value),
        _ => value.clone(),
    }
}

/// Id and time of the newest version of each row.
async fn latest(dataset: &Dataset, table: &str) -> BTreeSet<String> {
    let sql =
        "SELECT CAST(id AS STRING) || ' ' || CAST(MAX(updated_at) AS STRING) FROM {t} GROUP BY id";
    asked(dataset, table, sql).await.into_iter().collect()
}

/// Rows of all tables.
async fn count(dataset: &Dataset) -> u64 {
    let mut rows = 0;
    for table in TABLES {
        let found = asked(dataset, table, "SELECT COUNT(*) FROM {t}").await;
        rows += found[0].parse::<u64>().unwrap();
    }
    rows
}
