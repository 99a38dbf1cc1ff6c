//! What is special to the BigQuery sink.

use labtower_export::sink::{Sink, SinkError, Table};
use labtower_extract::{Column, ColumnKind};
use serde_json::json;

use crate::bigquery::Dataset;
use crate::contract::{self, INSTANCE, Place};
use crate::rows::{THINGS, batch, chunk, row};
use crate::servers::http;

pub(crate) async fn tables_are_as_documented(dataset: &Dataset) {
    let sink = dataset.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    sink.commit(&batch(
        1,
        vec![chunk("projects/7", "a", vec![row(1, "one")])],
    ))
    .await
    .unwrap();
    let table = dataset.get("/tables/things").await;
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
            "id INTEGER",
            "title STRING",
            "weight FLOAT",
            "done BOOLEAN",
            "created_at TIMESTAMP",
            "due_date DATE",
            "labels STRING",
            "author_username STRING",
        ]
    );
    let told = "SELECT STRING(_updated_at), STRING(data_date), _hash FROM {t}";
    let values = contract::asked(dataset, "things", told).await;
    assert_eq!(
        values,
        ["2026-11-21 10:00:00.123456+00 2026-11-21 12:00:00+00 0000000000000002"]
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

pub(crate) async fn old_cursors_are_cleared_away(dataset: &Dataset) {
    let sink = dataset.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    let parents = |text: &str| {
        (0..600)
            .map(|id| chunk(&format!("projects/{id}"), text, vec![]))
            .collect()
    };
    for number in 1..=6 {
        sink.commit(&batch(number, parents(&number.to_string())))
            .await
            .unwrap();
    }
    let before = sink.position("things").await.unwrap();
    let stored =
        contract::asked(dataset, "_cursors", "SELECT COUNT(*), MIN(number) FROM {t}").await;
    assert_eq!(stored, ["600 6"]);
    assert_eq!(sink.position("things").await.unwrap(), before);
    assert!(before.cursors.len() == 600 && before.cursors.values().all(|cursor| cursor == "6"));
}

pub(crate) async fn a_ledger_made_anew_begins_anew(dataset: &Dataset) {
    let first = || batch(1, vec![chunk("projects/7", "a", vec![row(1, "one")])]);
    let sink = dataset.sink(INSTANCE);
    sink.prepare(&[THINGS]).await.unwrap();
    sink.commit(&first()).await.unwrap();
    for name in ["things", "latest_things", "_batches", "_cursors"] {
        let url = format!(
            "{}/bigquery/v2/projects/test/datasets/{}/tables/{name}",
            dataset.address, dataset.name
        );
        assert!(
            http()
                .delete(url)
                .send()
                .await
                .unwrap()
                .status()
                .is_success()
        );
    }
    contract::batches_are_numbered(dataset).await;
}

pub(crate) async fn a_table_of_another_kind_is_refused(dataset: &Dataset) {
    dataset.sink(INSTANCE).prepare(&[THINGS]).await.unwrap();
    let columns: &'static [Column] = &[Column {
        name: "title",
        path: "title",
        kind: ColumnKind::Int,
    }];
    let table = Table { columns, ..THINGS };
    let error = dataset.sink(INSTANCE).prepare(&[table]).await.unwrap_err();
    assert!(matches!(error, SinkError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("`title` is STRING"), "{error}");
}
