//! What is special to the BigQuery sink.

use labtower_export::sink::{Commit, Sink};
use serde_json::json;

use crate::counted::Counted;
use crate::places::bigquery::Dataset;
use crate::places::python::http;
use crate::places::warehouse::Warehouse;
use crate::shared::contract;
use crate::shared::place::prepared;
use crate::shared::world::{STREAM, batch, chunk, of_chunks, row};
use crate::warehouse::{
    asked, many_cursors, old_cursors_go, only_added_to, refused_for_its_title, start_asks,
};

pub(crate) async fn data_tables_are_only_added_to(dataset: Dataset) {
    let counted = Counted::before(&dataset.address).await;
    let (address, name) = (counted.address.clone(), dataset.name.clone());
    only_added_to(Dataset { address, name }, &counted).await;
}

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

/// The dataset, its tables, and two pages of positions.
pub(crate) async fn a_start_asks_little(dataset: Dataset) {
    let counted = Counted::before(&dataset.address).await;
    let (address, name) = (counted.address.clone(), dataset.name.clone());
    let asked = start_asks(&dataset, Dataset { address, name }, &counted).await;
    assert!(asked <= 5, "{asked} requests");
}

/// A column that somebody has taken away is there again with the next batch that needs it.
pub(crate) async fn a_column_that_went_comes_back(dataset: Dataset) {
    let sink = prepared(&dataset).await;
    assert_eq!(sink.commit(&batch(1)).await.unwrap(), Commit::Done);
    let table = dataset.table(STREAM);
    dataset
        .ask(&format!("ALTER TABLE {table} DROP COLUMN weight"))
        .await;
    let sink = prepared(&dataset).await;
    assert_eq!(sink.commit(&batch(2)).await.unwrap(), Commit::Done);
    let told = "SELECT COUNT(*), COUNT(weight) FROM {t} WHERE _batch = 2";
    let told = asked(&dataset, STREAM, told).await;
    let rows = batch(2).rows();
    assert_eq!(told, [format!("{rows} {rows}")]);
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
