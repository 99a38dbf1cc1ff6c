//! Speed of turning rows into files: lines of JSON bare and compressed, and reading typed columns, against a copy of
//! the same bytes.

use std::hint::black_box;
use std::io::Write as _;

use anyhow::Result;
use labtower_export::sink::ndjson::Lines;
use labtower_export::sink::{Batch, Chunk, Typed};
use labtower_extract::{Column, ColumnKind, Row};
use labtower_model::samples::at;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

/// How much is written.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Args {
    /// Rows of a batch.
    #[arg(long, default_value_t = 20_000)]
    rows: usize,
    /// Times each thing is measured; the median counts.
    #[arg(long, default_value_t = 9)]
    times: usize,
}

/// Least megabytes of JSON per second of one core, before compression.
const BAR_MB_PER_SECOND: f64 = 200.0;

/// Bytes that are written at once, as the files sink does.
const PIECE: usize = 1 << 20;

/// Measures and reports.
pub(crate) fn run(args: &Args) -> Result<Value> {
    let batch = batch(args.rows);
    let bytes = batch.bytes();
    let speed = |mut work: Box<dyn FnMut() -> Result<()> + '_>| -> Result<f64> {
        let mut seconds = Vec::new();
        work()?;
        for _ in 0..args.times {
            let start = cpu_seconds();
            work()?;
            seconds.push(cpu_seconds() - start);
        }
        seconds.sort_by(f64::total_cmp);
        Ok(bytes as f64 / 1e6 / seconds[seconds.len() / 2].max(1e-9))
    };
    let mut piece = Vec::with_capacity(2 * PIECE);
    let copy = speed(Box::new(|| {
        for row in batch.chunks.iter().flat_map(|chunk| &chunk.rows) {
            piece.extend_from_slice(black_box(row.body.as_bytes()));
            if piece.len() >= PIECE {
                black_box(&piece);
                piece.clear();
            }
        }
        Ok(())
    }))?;
    let bare = speed(Box::new(|| {
        encode(&batch, |lines| {
            black_box(lines);
            Ok(())
        })
    }))?;
    let typed = Typed::new(&COLUMNS);
    let columns = speed(Box::new(|| {
        for row in batch.chunks.iter().flat_map(|chunk| &chunk.rows) {
            black_box(typed.read(black_box(&row.body)));
        }
        Ok(())
    }))?;
    let mut levels = Map::new();
    for level in 1..=3 {
        let mut compressed = 0;
        let speed = speed(Box::new(|| {
            let mut zstd = zstd::stream::write::Encoder::new(Vec::new(), level)?;
            compressed = 0;
            encode(&batch, |lines| {
                zstd.write_all(lines)?;
                compressed += zstd.get_ref().len();
                zstd.get_mut().clear();
                Ok(())
            })?;
            compressed += zstd.finish()?.len();
            Ok(())
        }))?;
        let of_size = bytes as f64 / compressed as f64;
        levels.insert(
            level.to_string(),
            json!({"mb_per_second": speed, "times_smaller": of_size}),
        );
    }
    Ok(json!({
        "rows": args.rows,
        "json_mb": bytes as f64 / 1e6,
        "bar_mb_per_second": BAR_MB_PER_SECOND,
        "copy": {"mb_per_second": copy},
        "ndjson": {
            "mb_per_second": bare,
            "times_a_copy": copy / bare,
            "is_above_bar": bare >= BAR_MB_PER_SECOND,
        },
        "ndjson_zstd": levels,
        "typed_columns": {"mb_per_second": columns, "times_a_copy": copy / columns},
    }))
}

fn encode(batch: &Batch, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut lines = Lines::new("gitlab.example.com", batch);
    let mut piece = Vec::with_capacity(2 * PIECE);
    loop {
        piece.clear();
        let more = lines.fill(&mut piece, PIECE)?;
        take(&piece)?;
        if !more {
            return Ok(());
        }
    }
}

/// CPU time of this thread so far: seconds.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

const fn column(path: &'static str, kind: ColumnKind) -> Column {
    Column {
        name: path,
        path,
        kind,
    }
}

static COLUMNS: [Column; 10] = [
    column("id", ColumnKind::Int),
    column("iid", ColumnKind::Int),
    column("project_id", ColumnKind::Int),
    column("title", ColumnKind::Text),
    column("state", ColumnKind::Text),
    column("author.username", ColumnKind::Text),
    column("created_at", ColumnKind::Time),
    column("updated_at", ColumnKind::Time),
    column("labels", ColumnKind::Json),
    column("confidential", ColumnKind::Bool),
];

/// Issues of a hundred to a project, with texts of all lengths.
fn batch(rows: usize) -> Batch {
    let mut rng = StdRng::seed_from_u64(1);
    let words: Vec<String> = (0..3_000).map(|_| word(&mut rng)).collect();
    let all: Vec<Row> = (0..rows).map(|id| row(&mut rng, &words, id)).collect();
    let chunks = all.chunks(100).enumerate().map(|(project, rows)| Chunk {
        parent: format!("projects/{project}"),
        rows: rows.to_vec(),
        cursor: String::new(),
    });
    Batch {
        stream: "issues".to_owned(),
        number: 1,
        data_date: at(0),
        chunks: chunks.collect(),
        columns: &COLUMNS,
    }
}

fn word(rng: &mut StdRng) -> String {
    let length = rng.random_range(2..11);
    (0..length).map(|_| rng.random_range('a'..='z')).collect()
}

fn text(rng: &mut StdRng, words: &[String], length: usize) -> String {
    let picked = (0..length).filter_map(|_| words.choose(rng));
    picked.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn row(rng: &mut StdRng, words: &[String], id: usize) -> Row {
    let person = |rng: &mut StdRng| {
        let id = rng.random_range(0..500);
        json!({
            "id": id, "username": format!("person{id}"), "name": format!("Person {id}"), "state": "active",
            "locked": false, "avatar_url": format!("https://secure.gravatar.com/avatar/{:032x}?s=80&d=identicon", id),
            "web_url": format!("https://gitlab.example.com/person{id}"),
        })
    };
    let project = id / 100;
    let path = format!("https://gitlab.example.com/api/v4/projects/{project}/issues/{id}");
    let length = rng.random_range(0..300);
    let body = json!({
        "id": 100_000 + id, "iid": id % 100, "project_id": project, "title": text(rng, words, 7),
        "description": text(rng, words, length).replace("q ", "\n\n"),
        "state": if rng.random_bool(0.6) { "closed" } else { "opened" },
        "created_at": at(id as i64), "updated_at": at(id as i64 * 3), "closed_at": null,
        "labels": [text(rng, words, 1), "bug"], "milestone": null, "assignees": [person(rng)], "author": person(rng),
        "type": "ISSUE", "user_notes_count": 3, "merge_requests_count": 1, "upvotes": 0, "downvotes": 0,
        "due_date": null, "confidential": false, "discussion_locked": null, "issue_type": "issue", "weight": 3,
        "web_url": path, "time_stats": {"time_estimate": 0, "total_time_spent": 0, "human_time_estimate": null},
        "task_completion_status": {"count": 0, "completed_count": 0}, "has_tasks": true,
        "_links": {"self": path, "notes": format!("{path}/notes"), "award_emoji": format!("{path}/award_emoji")},
        "references": {"short": format!("#{id}"), "relative": format!("#{id}"), "full": format!("group/project#{id}")},
    });
    Row {
        id: (100_000 + id).to_string(),
        updated_at: Some(at(id as i64 * 3)),
        hash: rng.random(),
        deleted: false,
        body: body.to_string(),
    }
}
