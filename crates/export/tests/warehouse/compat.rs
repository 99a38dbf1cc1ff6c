//! The compatibility mode against the tool itself: both write into one dataset, and their rows are the same.

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use labtower_export::bigquery::{BigQuerySink, CompatSink};
use labtower_export::sink::{Batch, Commit, Sink, Table};
use labtower_model::{Clock, SystemClock};
use serde_json::Value;

use crate::places::bigquery::Dataset;
use crate::places::warehouse::Warehouse;
use crate::shared::world::{INSTANCE, chunk, columns, of_body, of_chunks, tombstone};
use crate::tool;
use crate::tool::JOB;
use crate::warehouse::asked;

/// What the fake GitLab has, by the path of the list.
const LISTS: &str = include_str!("gitlab.json");
/// Stream, table, parent and list.
const STREAMS: [(&str, &str, &str, &str); 5] = [
    ("epics", "Epics", "groups/3", "groups/3/epics"),
    (
        "project_milestones",
        "Milestones",
        "projects/7",
        "projects/7/milestones",
    ),
    (
        "group_milestones",
        "Milestones",
        "groups/3",
        "groups/3/milestones",
    ),
    ("issues", "Issues", "projects/7", "projects/7/issues"),
    (
        "merge_requests",
        "MergeRequests",
        "projects/7",
        "projects/7/merge_requests",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dataset_of_the_tool_goes_on() {
    // The tool adds the ending itself.
    let Some(dataset) = Dataset::new("compat_v4") else {
        return;
    };
    run_tool(&dataset, "compat").await;
    let before = "SELECT COUNT(*) FROM {t}";
    assert_eq!(asked(&dataset, "Issues", before).await, ["2"]);

    let sink = CompatSink::new(&dataset.options(), INSTANCE, JOB).unwrap();
    let tables = STREAMS.map(|(stream, ..)| table(stream));
    sink.prepare(&tables).await.unwrap();
    sink.prepare(&tables).await.unwrap();
    let theirs = sink.latest_checkpoint().await.unwrap().unwrap();

    let lists: Value = serde_json::from_str(LISTS).unwrap();
    for (stream, _, parent, list) in STREAMS {
        assert_eq!(sink.position(stream).await.unwrap().number, 0);
        let rows = lists[list].as_array().unwrap().iter();
        let rows = rows.map(|row| of_body(&row["id"].to_string(), &row.to_string()));
        let mut rows: Vec<_> = rows.collect();
        rows.push(tombstone("99"));
        let batch = || of_stream(stream, 1, vec![chunk(parent, "a", rows.clone())]);
        assert_eq!(sink.commit(&batch()).await.unwrap(), Commit::Done);
        assert_eq!(sink.commit(&batch()).await.unwrap(), Commit::Taken);
        assert_eq!(sink.position(stream).await.unwrap().cursors[parent], "a");
    }
    for (_, name, ..) in STREAMS {
        let except = if name == "Milestones" {
            "data_date, raw"
        } else {
            "data_date, raw, notes"
        };
        let rows = async |whose: &str| {
            let sql = format!(
                "SELECT * EXCEPT ({except}) FROM {} WHERE raw IS {whose} ORDER BY id",
                dataset.table(name)
            );
            dataset.answer(&sql).await.1
        };
        let (theirs, ours) = (rows("NULL").await, rows("NOT NULL").await);
        assert!(!theirs.is_empty());
        assert_eq!(theirs, ours, "{name}");
    }
    let raw = dataset
        .ask(&format!(
            "SELECT raw FROM {} WHERE raw IS NOT NULL",
            dataset.table("Epics")
        ))
        .await;
    assert!(raw[0][0].as_ref().unwrap().contains("brand_new_field"));

    let began = "2027-01-01T00:00:00.000001Z".parse().unwrap();
    assert!(theirs < began);
    sink.checkpoint(began).await.unwrap();
    sink.checkpoint(began).await.unwrap();
    assert_eq!(sink.latest_checkpoint().await.unwrap(), Some(began));
    // A list that is read for the first time now goes on where the tool left off, not where this run did.
    let next = CompatSink::new(&dataset.options(), INSTANCE, JOB).unwrap();
    assert_eq!(next.taken_over("issues").await.unwrap(), Some(theirs));
    assert_eq!(next.taken_over("jobs").await.unwrap(), None);
    let count = "SELECT job_id, COUNT(*) FROM {t} GROUP BY job_id";
    assert_eq!(asked(&dataset, "Checkpoints", count).await, ["nightly 2"]);
    let other = CompatSink::new(&dataset.options(), INSTANCE, "other").unwrap();
    assert_eq!(other.latest_checkpoint().await.unwrap(), None);
}

#[tokio::test]
async fn a_new_dataset_begins_without_a_checkpoint() {
    let Some(dataset) = Dataset::new("compat_new") else {
        return;
    };
    let sink = CompatSink::new(&dataset.options(), INSTANCE, JOB).unwrap();
    sink.prepare(&[table("project_milestones"), table("things")])
        .await
        .unwrap();
    assert_eq!(sink.latest_checkpoint().await.unwrap(), None);
    let made = dataset.get("/tables/Milestones").await;
    assert_eq!(made["timePartitioning"]["field"], "updated_at");
    // Other streams are kept in the plain shape, and where that sink finds them.
    let first = of_body("1", r#"{"iid": 1, "title": "one"}"#);
    let first = of_stream("things", 1, vec![chunk("projects/7", "a", vec![first])]);
    assert_eq!(sink.commit(&first).await.unwrap(), Commit::Done);
    let plain = BigQuerySink::new(&dataset.options(), INSTANCE).unwrap();
    assert_eq!(plain.commit(&first).await.unwrap(), Commit::Taken);
    assert_eq!(
        asked(&dataset, "latest_things", "SELECT title FROM {t}").await,
        ["one"]
    );
    // A path that is given wins over one that is guessed.
    let names = [("projects/7".to_owned(), "given/path".to_owned())].into();
    let named = CompatSink::new(&dataset.options(), INSTANCE, JOB)
        .unwrap()
        .with_names(names);
    let lists: Value = serde_json::from_str(LISTS).unwrap();
    let row = of_body("52", &lists["projects/7/milestones"][0].to_string());
    named
        .commit(&of_stream(
            "project_milestones",
            1,
            vec![chunk("projects/7", "a", vec![row])],
        ))
        .await
        .unwrap();
    let found = asked(
        &dataset,
        "Milestones",
        "SELECT location, location_id, location_name FROM {t}",
    )
    .await;
    assert_eq!(found, ["project 7 given/path"]);
}

#[test]
fn a_job_without_a_name_is_refused() {
    let options = labtower_export::bigquery::BigQueryOptions::new("p", "d_v4").unwrap();
    let error = CompatSink::new(&options, INSTANCE, "").unwrap_err();
    assert!(error.to_string().contains("CHECKPOINT_JOB_ID"), "{error}");
}

fn table(stream: &'static str) -> Table<'static> {
    Table {
        stream,
        columns: columns(),
    }
}

fn of_stream(stream: &str, number: u64, chunks: Vec<labtower_export::sink::Chunk>) -> Batch {
    Batch {
        // Later than the tool's checkpoints, which are by the clock of the machine.
        data_date: SystemClock.now(),
        stream: stream.to_owned(),
        columns: columns(),
        ..of_chunks(number, chunks)
    }
}

/// Runs the tool once, on the group `team` with its project `team/app`.
async fn run_tool(dataset: &Dataset, name: &str) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gitlab = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().fallback(gitlab_answer);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    tool::run(dataset, name, &gitlab, "token", "team").await;
    server.abort();
}

/// A GitLab with one group, one project and what [`LISTS`] has; items and their notes are not there one by one.
async fn gitlab_answer(uri: Uri) -> impl IntoResponse {
    let path = uri.path().trim_start_matches("/api/v4/");
    let body = match path {
        "user" => r#"{"id": 1, "username": "me"}"#.to_owned(),
        "groups/team" => r#"{"id": 3, "full_path": "team"}"#.to_owned(),
        "groups/3/projects" => r#"[{"id": 7, "path_with_namespace": "team/app"}]"#.to_owned(),
        "groups/3/subgroups" => "[]".to_owned(),
        "projects/team%2Fapp" => r#"{"id": 7, "path_with_namespace": "team/app"}"#.to_owned(),
        list => {
            let lists: Value = serde_json::from_str(LISTS).unwrap();
            match lists.get(list) {
                Some(rows) => rows.to_string(),
                None => {
                    return (
                        StatusCode::NOT_FOUND,
                        [("Content-Type", "application/json")],
                        "{}".to_owned(),
                    );
                }
            }
        }
    };
    (StatusCode::OK, [("Content-Type", "application/json")], body)
}
