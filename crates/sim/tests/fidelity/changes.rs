//! Whoever asks for `updated_after` the last time he asked knows the same as who reads everything.

use std::collections::BTreeMap;
use std::time::Duration;

use labtower_sim::SimConfig;
use serde_json::Value;

use crate::reader::{Reader, morning};

/// A simulated hour at a time.
const STEPS: usize = 60;

/// What must be known of a row, by id; other fields may change silently, as GitLab's do.
type Known = BTreeMap<i64, Vec<Value>>;

fn learn(known: &mut Known, rows: &[Value], fields: &[&str]) {
    for row in rows {
        let id = row["id"].as_i64().expect("an id");
        known.insert(id, fields.iter().map(|field| row[field].clone()).collect());
    }
}

async fn poll_and_compare(list: &str, parameters: &str, fields: &[&str], least_changes: usize) {
    let config = SimConfig {
        projects: 3,
        days: 10,
        pipelines_per_day: 12.0,
        clock: morning(),
        ..SimConfig::default()
    };
    let reader = Reader::start(config).await;
    let project = reader.busiest(list).await;
    let path = format!("/projects/{project}/{list}");
    let mut known = Known::new();
    learn(&mut known, &reader.all(&path).await, fields);
    let mut changes = 0;
    for _ in 0..STEPS {
        let before = reader.sim.now();
        reader.sim.advance(Duration::from_secs(3_600));
        let changed = reader
            .all(&format!("{path}?updated_after={before}&{parameters}"))
            .await;
        changes += changed.len();
        assert!(
            changed
                .windows(2)
                .all(|pair| pair[0]["updated_at"].as_str() <= pair[1]["updated_at"].as_str()),
            "not in the order asked for"
        );
        learn(&mut known, &changed, fields);
        let mut truth = Known::new();
        learn(&mut truth, &reader.all(&path).await, fields);
        assert_eq!(
            known,
            truth,
            "{list} changed without `updated_at` before {}",
            reader.sim.now()
        );
    }
    assert!(changes >= least_changes, "only {changes} changes of {list}");
}

#[tokio::test(flavor = "multi_thread")]
async fn merge_requests_never_change_silently() {
    let fields = [
        "iid",
        "title",
        "state",
        "sha",
        "merged_at",
        "closed_at",
        "merge_commit_sha",
        "user_notes_count",
        "updated_at",
        "draft",
    ];
    poll_and_compare(
        "merge_requests",
        "order_by=updated_at&sort=asc",
        &fields,
        20,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn issues_never_change_silently() {
    let fields = [
        "iid",
        "title",
        "state",
        "closed_at",
        "user_notes_count",
        "updated_at",
        "labels",
    ];
    poll_and_compare("issues", "order_by=updated_at&sort=asc", &fields, 10).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deployments_never_change_silently() {
    let fields = ["iid", "status", "sha", "ref", "updated_at"];
    poll_and_compare("deployments", "order_by=updated_at&sort=asc", &fields, 20).await;
}
