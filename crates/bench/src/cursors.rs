//! Peak memory of `labtower export` that goes on where thousands of projects are: a second run with nothing changed.
//!
//! Two worlds are measured, one with ten times as many projects as the other: what grows is what a project costs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use labtower_export::files::{Files, FilesOptions};
use labtower_export::sink::{Batch, Chunk, Sink};
use labtower_extract::CATALOGUE;
use labtower_gitlab::{Client, ClientConfig, GroupOptions};
use labtower_model::SystemClock;
use labtower_model::samples::at;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Map, Value, json};

use crate::process::{self, Done, Sim, TOKEN};

/// The size of the world and the binary to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Projects of the larger GitLab.
    #[arg(long, default_value_t = 20_000)]
    projects: usize,
    /// Issues of each project, as their cursors tell.
    #[arg(long, default_value_t = 30)]
    issues: usize,
    /// The binary; build it with the same profile as this one.
    #[arg(long, default_value = "target/release/labtower")]
    binary: PathBuf,
}

/// Bar of the resident set: megabytes of 1024 × 1024 bytes.
const BAR_MIB: f64 = 200.0;

/// Streams of one family, and how many rows each issue has in them.
const STREAMS: [(&str, usize); 11] = [
    ("issues", 0),
    ("issue_notes", 12),
    ("issue_discussions", 4),
    ("issue_links", 1),
    ("issue_related_merge_requests", 1),
    ("issue_closed_by", 1),
    ("issue_participants", 4),
    ("issue_award_emoji", 1),
    ("issue_state_events", 2),
    ("issue_label_events", 3),
    ("issue_milestone_events", 1),
];

/// Bytes of cursors in a batch.
const BATCH: usize = 8 << 20;

/// Measures both worlds.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let small = world(args, args.projects / 10).await?;
    let large = world(args, args.projects).await?;
    Ok(json!({
        "issues": args.issues,
        "small": small,
        "large": large,
        "peak_resident_bar_mib": BAR_MIB,
    }))
}

async fn world(args: &Args, projects: usize) -> Result<Value> {
    let count = projects.to_string();
    let world = ["--projects", &count, "--days", "1", "--speed", "0.001"];
    let sim = Sim::start(&args.binary, &world)?;
    let folder = tempfile::tempdir()?;
    let ids = projects_of(&sim).await?;
    let instance = sim.url.trim_start_matches("http://").trim_end_matches('/');
    let bytes = cursors(folder.path(), instance, &ids, args.issues).await?;
    let done = export(args, &sim, folder.path())?;
    let lists = done.output["report"]["streams"]["issues"]["lists"].as_u64();
    ensure!(
        lists == Some(ids.len() as u64),
        "not all were read: {}",
        done.output
    );
    Ok(json!({
        "projects": ids.len(),
        "cursors_mb": bytes as f64 / 1e6,
        "seconds": done.seconds,
        "requests": done.output["requests"],
        "peak_resident_mib": done.peak_mib,
    }))
}

async fn projects_of(sim: &Sim) -> Result<Vec<i64>> {
    let config = ClientConfig::new(sim.url.parse()?, TOKEN.into());
    let client = Client::new(config, Arc::new(SystemClock))?;
    let options = GroupOptions {
        recursive: true,
        shared: false,
        archived: true,
    };
    let projects = client.group_projects("acme", &options).await?.value;
    Ok(projects.iter().map(|project| project.id.get()).collect())
}

/// Commits cursors as a first run leaves them; their bytes.
async fn cursors(folder: &Path, instance: &str, ids: &[i64], issues: usize) -> Result<usize> {
    let target = folder.join("out").display().to_string();
    let sink = Files::new(FilesOptions::new(&target, instance)?)?;
    let mut rng = StdRng::seed_from_u64(1);
    // Nothing changes after it, so nothing is read but one page of each list of issues.
    let list = json!({"at": "2099-01-01T00:00:00Z", "recent": {}}).to_string();
    let mut all = 0;
    for (stream, rows) in STREAMS {
        let mut number = 1;
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut waiting = 0;
        for (index, id) in ids.iter().enumerate() {
            let cursor = if stream == "issues" {
                list.clone()
            } else {
                of_each(&mut rng, &list, issues, rows)?
            };
            waiting += cursor.len();
            all += cursor.len();
            chunks.push(Chunk {
                parent: format!("projects/{id}"),
                rows: Vec::new(),
                cursor,
            });
            if waiting < BATCH && index + 1 < ids.len() {
                continue;
            }
            let batch = Batch {
                stream: stream.to_owned(),
                number,
                data_date: at(0),
                chunks: std::mem::take(&mut chunks),
                columns: &[],
            };
            sink.commit(&batch).await?;
            (number, waiting) = (number + 1, 0);
        }
    }
    Ok(all)
}

/// A cursor of what belongs to issues, packed as the reader does it: a hash for each row that an issue has there.
fn of_each(rng: &mut StdRng, list: &str, issues: usize, rows: usize) -> Result<String> {
    let mut known = Map::new();
    for issue in 0..issues {
        let row = |_| {
            (
                rng.random_range(1_000..1_000_000_u64).to_string(),
                json!(rng.random::<u64>()),
            )
        };
        let rows: Map<String, Value> = (0..rows).map(row).collect();
        if !rows.is_empty() {
            known.insert(issue.to_string(), Value::Object(rows));
        }
    }
    let state = json!({"outer": [list], "known": known}).to_string();
    let packed = zstd::bulk::compress(state.as_bytes(), 3)?;
    Ok(format!("z{}", STANDARD_NO_PAD.encode(packed)))
}

fn export(args: &Args, sim: &Sim, folder: &Path) -> Result<Done> {
    let only: Vec<&str> = STREAMS.iter().map(|(name, _)| *name).collect();
    let known = |name: &&str| CATALOGUE.iter().any(|stream| stream.name == *name);
    ensure!(only.iter().all(known), "the catalogue has other names");
    process::export(&args.binary, sim, folder, &["--only", &only.join(",")])
}
