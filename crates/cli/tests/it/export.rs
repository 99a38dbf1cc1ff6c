//! `labtower export` as a process, and the feed of a running service as rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use labtower_export::feed::FeedOptions;
use labtower_sim::{Sim, SimClock, SimConfig};
use secrecy::SecretString;
use serde_json::Value;

use crate::app::App;
use crate::process::{labtower, output, stderr, stdout};

fn config() -> SimConfig {
    SimConfig {
        projects: 4,
        days: 2,
        pipelines_per_day: 4.0,
        clock: SimClock::Manual {
            start: labtower_model::samples::at(0),
        },
        ..SimConfig::default()
    }
}

async fn sim() -> Sim {
    Sim::start(config(), ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

/// The command as a scheduled job has it: variables only.
fn export(sim: &Sim, directory: &Path) -> Command {
    let mut command = labtower(directory);
    command
        .arg("export")
        .env("GITLAB_URL", sim.url())
        .env("GITLAB_TOKEN", sim.token())
        .env("GITLAB_GROUP", "acme")
        .env("LABTOWER_EXPORT_TO", directory.join("out"));
    command
}

/// Lines of all files of a stream.
fn rows(directory: &Path, stream: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut folders = vec![directory.join("out")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().contains(&format!("/{stream}/data/")) {
                let text = zstd::decode_all(std::fs::File::open(&path).unwrap()).unwrap();
                let lines = text
                    .split(|byte| *byte == b'\n')
                    .filter(|line| !line.is_empty());
                rows.extend(lines.map(|line| serde_json::from_slice::<Value>(line).unwrap()));
            }
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scheduled_job_copies_everything_once() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let mut plan = export(&sim, directory.path());
    plan.args(["--dry-run", "--json"]);
    let plan = output(plan).await;
    assert!(plan.status.success(), "{}", stderr(&plan));
    let plan: Value = serde_json::from_str(&stdout(&plan)).unwrap();
    assert!(
        plan["plan"]["least_requests"].as_u64().unwrap() > 50,
        "{plan}"
    );
    let out = directory.path().join("out");
    let written = std::fs::read_dir(out).map_or(0, Iterator::count);
    assert_eq!(written, 0, "a dry run writes nothing");

    let first = output(export(&sim, directory.path())).await;
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let issues = rows(directory.path(), "issues");
    assert!(!issues.is_empty());
    let ids: BTreeMap<String, &Value> = issues
        .iter()
        .map(|row| (format!("{}/{}", row["_parent"], row["_id"]), row))
        .collect();
    assert_eq!(ids.len(), issues.len(), "every issue once");
    let host = sim
        .url()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    for row in &issues {
        assert_eq!(row["_instance"], host.as_str());
        assert!(row["raw"]["title"].is_string(), "{row}");
    }

    let mut second = export(&sim, directory.path());
    second.arg("--json");
    let second = output(second).await;
    assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
    let report: Value = serde_json::from_str(&stdout(&second)).unwrap();
    let streams = report["report"]["streams"].as_object().unwrap();
    let written: u64 = streams
        .values()
        .map(|it| it["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(written, 0, "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_without_secrets() {
    let sim = sim().await;
    let directory = tempfile::tempdir().unwrap();
    let told = async |change: &dyn Fn(&mut Command)| {
        let mut command = export(&sim, directory.path());
        change(&mut command);
        let output = output(command).await;
        (output.status.code(), stderr(&output))
    };
    let (code, text) = told(&|it| {
        it.args(["--only", "isues"]);
    })
    .await;
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("isues"), "{text}");
    let (code, text) = told(&|it| {
        it.args(["--to", "ftp://somewhere"]);
    })
    .await;
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = told(&|it| {
        it.env("GITLAB_TOKEN", "glpat-planted-secret");
    })
    .await;
    assert_eq!(code, Some(4), "{text}");
    assert!(!text.contains("planted"), "{text}");
    let (code, text) = told(&|it| {
        it.env_remove("GITLAB_TOKEN");
    })
    .await;
    assert_eq!(code, Some(2), "{text}");
    let (code, text) = told(&|it| {
        it.env("GITLAB_BACKFILL_TIMESTAMP", "yesterday");
    })
    .await;
    assert_eq!(code, Some(2), "{text}");
    // An OAuth token counts where there is no other.
    let (code, text) = told(&|it| {
        it.env_remove("GITLAB_TOKEN");
        it.env("GITLAB_OAUTH", sim.token());
        it.args(["--only", "project_labels", "--since", "now"]);
    })
    .await;
    assert_eq!(code, Some(0), "{text}");
    assert!(
        rows(directory.path(), "project_labels")
            .iter()
            .all(|row| row["_deleted"] == false)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_a_service_becomes_rows() {
    let directory = tempfile::tempdir().unwrap();
    let target = directory.path().join("out").display().to_string();
    let app = App::start_with(config(), |options| {
        let target = SecretString::from(target);
        options.export.feed = Some(FeedOptions::new(target, "gitlab.example.com".to_owned()));
    })
    .await;
    let wanted = app.sim.truth().pipelines.len();
    let begun = std::time::Instant::now();
    loop {
        let found = if directory.path().join("out").exists() {
            rows(directory.path(), "feed_pipelines")
        } else {
            Vec::new()
        };
        let ids: std::collections::BTreeSet<_> =
            found.iter().map(|row| row["_id"].to_string()).collect();
        if ids.len() == wanted {
            let place = |row: &Value| row["raw"]["status"].is_string();
            assert!(found.iter().all(place));
            break;
        }
        assert!(
            begun.elapsed() < crate::app::PATIENCE,
            "{} of {wanted}",
            ids.len()
        );
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    app.stop().await;
}
