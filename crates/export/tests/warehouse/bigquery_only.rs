//! What is special to the BigQuery sink.

use labtower_export::sink::{Commit, Sink};
use serde_json::json;

use crate::places::bigquery::Dataset;
use crate::places::python::http;
use crate::shared::contract;
use crate::shared::place::prepared;
use crate::shared::world::{STREAM, batch, chunk, of_chunks, row};
use crate::warehouse::{asked, many_cursors, old_cursors_go, refused_for_its_title};

pub(crate) async fn tables_are_as_documented(dataset: Dataset) {
    let sink = prepared(&dataset).await;
    let first = of_chunks(1, vec![chunk("projects/7", "a", vec![row("1", 1)])]);
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Done);
    let table = dataset.get("/tables/issues").await;
    assert_eq!(
        table["timePartitioning"],
        json!({"type": "DAY", "field": "data_date"})
    );
    assert_eq!(table["clustering"]["fields"], json!(["_parent", "_id"]));
    let columns = table["schema"]["fields"].as_array().unwrap();
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "{} {}",
                column["name"].as_str().unwrap(),
                column["type"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        columns,
        [
            "data_date TIMESTAMP",
            "_instance STRING",
            "_parent STRING",
            "_id STRING",
            "_updated_at TIMESTAMP",
            "_batch INTEGER",
            "_hash STRING",
            "_deleted BOOLEAN",
            "raw STRING",
            "_row INTEGER",
            "iid INTEGER",
            "title STRING",
            "weight FLOAT",
            "confidential BOOLEAN",
            "created_at TIMESTAMP",
            "due_date DATE",
            "labels STRING",
            "author_username STRING",
        ]
    );
    let told = "SELECT STRING(_updated_at), STRING(data_date), _hash FROM {t}";
    let values = asked(&dataset, STREAM, told).await;
    assert_eq!(
        values,
        ["2026-11-20 12:00:01.123456+00 2026-11-20 12:01:00+00 0000000000000001"]
    );
    // Nothing of the staging is left.
    let names: Vec<String> = dataset.get("/tables").await["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| {
            table["tableReference"]["tableId"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(
        !names.iter().any(|name| name.starts_with("_staging")),
        "{names:?}"
    );
}

pub(crate) async fn old_cursors_are_cleared_away(dataset: Dataset) {
    let sink = many_cursors(&dataset).await;
    old_cursors_go(&dataset, &sink).await;
}

pub(crate) async fn a_ledger_made_anew_begins_anew(dataset: Dataset) {
    let sink = prepared(&dataset).await;
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    for name in ["issues", "latest_issues", "_batches", "_cursors"] {
        let url = format!(
            "{}/bigquery/v2/projects/test/datasets/{}/tables/{name}",
            dataset.address, dataset.name
        );
        let answer = http().delete(url).send().await.unwrap();
        assert!(answer.status().is_success());
    }
    contract::a_commit_is_rows_and_cursors(dataset).await;
}

pub(crate) async fn a_table_of_another_kind_is_refused(dataset: Dataset) {
    let words = refused_for_its_title(&dataset).await;
    assert!(words.contains("`title` is STRING"), "{words}");
}
