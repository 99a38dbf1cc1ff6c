//! The queries of `docs/export.md`, run as they stand there.

use std::path::Path;
use std::process::Command;

use labtower_export::files::{Files, FilesOptions, Format};
use labtower_export::postgres::{Postgres, PostgresOptions};
use labtower_export::sink::{Batch, Chunk, Commit, Sink, Table};
use labtower_extract::{CATALOGUE, Row, Stream};
use labtower_model::samples::at;
use serde_json::json;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::places::database::Database;
use crate::places::servers::python_with;
use crate::shared::servers::missing;

const INSTANCE: &str = "gitlab.example.com";

/// The SQL under a heading of the page, block by block.
fn queries(heading: &str) -> Vec<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/export.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once(&format!("\n### {heading}\n")).unwrap();
    let section = section.split("\n### ").next().unwrap();
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sql\n").skip(1);
    let blocks: Vec<String> = blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect();
    assert!(!blocks.is_empty(), "{heading} has no examples");
    blocks
}

fn issues() -> &'static Stream {
    CATALOGUE
        .iter()
        .find(|stream| stream.name == "issues")
        .unwrap()
}

/// Two batches: of three issues one is opened, one was closed, and one is gone.
async fn fill(sink: impl Sink) {
    let issues = issues();
    let table = Table {
        stream: issues.name,
        columns: issues.columns,
    };
    sink.prepare(&[table]).await.unwrap();
    let issue = |id: u64, state: &str| {
        let closed_at = (state == "closed").then(|| at(86_400));
        let body = json!({"id": id, "title": "A title", "state": state, "created_at": at(0), "closed_at": closed_at});
        Row {
            id: id.to_string(),
            updated_at: Some(at(60)),
            hash: 1,
            deleted: false,
            body: body.to_string(),
        }
    };
    let gone = Row {
        deleted: true,
        updated_at: None,
        body: json!({"id": 103}).to_string(),
        ..issue(103, "opened")
    };
    let batches = [
        vec![
            issue(101, "opened"),
            issue(102, "opened"),
            issue(103, "opened"),
        ],
        vec![issue(101, "closed"), gone],
    ];
    for (number, rows) in (1..).zip(batches) {
        let batch = Batch {
            stream: issues.name.to_owned(),
            number,
            data_date: at(0),
            chunks: vec![Chunk {
                parent: "projects/7".to_owned(),
                rows,
                cursor: String::new(),
            }],
            columns: issues.columns,
        };
        assert_eq!(sink.commit(&batch).await.unwrap(), Commit::Done);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_for_postgresql_say_what_the_page_says() {
    let Some(database) = Database::start() else {
        return;
    };
    let dsn = database.dsn();
    fill(Postgres::new(PostgresOptions::new(&dsn, INSTANCE).unwrap()).unwrap()).await;
    let (plain, _) = dsn.split_once('?').unwrap();
    let (client, connection) = tokio_postgres::connect(plain, NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut answers = Vec::new();
    for query in queries("PostgreSQL") {
        let messages = client.simple_query(&query).await;
        let messages = messages.unwrap_or_else(|error| panic!("{error}\n{query}"));
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                let cells = (0..row.len()).map(|cell| row.get(cell).unwrap_or("-"));
                Some(cells.collect::<Vec<_>>().join(" "))
            }
            _ => None,
        });
        answers.push(rows.collect::<Vec<_>>());
    }
    assert_eq!(answers[0], ["closed 1", "opened 1"]);
    let states: Vec<_> = answers[1]
        .iter()
        .map(|row| row.contains("f closed A title"))
        .collect();
    assert_eq!(states, [false, true]);
    assert_eq!(answers[2].len(), 1);
    assert!(answers[2][0].ends_with(" 1 1 day"), "{answers:?}");
    assert!(
        answers[3].len() == 1 && answers[3][0].starts_with("projects/7 103 "),
        "{answers:?}"
    );
    let keys: Vec<_> = answers[4].iter().map(|row| &row[..18]).collect();
    assert_eq!(keys, ["2 0 projects/7 101", "2 1 projects/7 103"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_for_files_say_what_the_page_says() {
    let Some(python) = python_with("duckdb") else {
        return missing("DuckDB");
    };
    let [ndjson, parquet] = queries("Files").try_into().unwrap();
    for format in [Format::Ndjson, Format::Parquet] {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("exports").display().to_string();
        let mut options = FilesOptions::new(&target, INSTANCE).unwrap();
        options.format = format;
        // The log then has files that are no entries.
        options.checkpoint_every = 1;
        fill(Files::new(options).unwrap()).await;
        // A file that does not count.
        let extension = if format == Format::Ndjson {
            "ndjson.zst"
        } else {
            "parquet"
        };
        let data = directory
            .path()
            .join("exports")
            .join(INSTANCE)
            .join("issues/data");
        std::fs::write(data.join(format!("{:020}-0.{extension}", 3)), "half").unwrap();
        let mut statements = ndjson.clone();
        if format == Format::Parquet {
            let (view, query) = parquet.split_once(";\n").unwrap();
            let (before, after) = statements
                .split_once("CREATE OR REPLACE TEMP VIEW issues")
                .unwrap();
            let (_, after) = after.split_once(";\n").unwrap();
            let (after, _) = after.rsplit_once("SELECT raw").unwrap();
            statements = format!("{before}{view};{after}{query}");
        }
        let program = "import duckdb, sys; print(duckdb.execute(sys.argv[1]).fetchall())";
        let mut command = Command::new(&python);
        command
            .args(["-c", program, &statements])
            .current_dir(directory.path());
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}\n{statements}");
        let answer = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            answer.trim(),
            "[('closed', 1), ('opened', 1)]",
            "{format:?}"
        );
    }
}
