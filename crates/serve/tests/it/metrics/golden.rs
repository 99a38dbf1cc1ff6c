//! The golden scrape, and what must hold for any scrape.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::GzDecoder;
use labtower_serve::metrics::{Kind, families};

use super::parse::{Read, parse};
use super::world::{app, everything};
use crate::app::TestApp;

const OPENMETRICS: &str =
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

/// Families whose numbers differ from run to run.
const UNSTEADY: [&str; 2] = [
    "labtower_collector_duration_seconds",
    "labtower_store_size_bytes",
];

async fn scrape(app: &TestApp, accept: &str) -> String {
    let answer = app.send("GET", "/metrics", &[("accept", accept)]).await;
    assert_eq!(answer.status, 200);
    answer.text().to_owned()
}

/// A scrape with the numbers of unsteady families masked.
fn steady(text: &str) -> String {
    text.lines()
        .map(|line| match line.rsplit_once(' ') {
            Some((series, _)) if UNSTEADY.iter().any(|name| series.starts_with(name)) => {
                format!("{series} *\n")
            }
            _ => format!("{line}\n"),
        })
        .collect()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/golden")
        .join(name)
}

/// Compares with a file; `LABTOWER_UPDATE=1` writes it instead.
fn assert_golden(name: &str, text: &str) {
    let path = golden(name);
    if std::env::var_os("LABTOWER_UPDATE").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (found, expected)) in text.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "{name}:{}", line + 1);
    }
    assert_eq!(text.lines().count(), expected.lines().count(), "{name}");
}

#[tokio::test]
async fn a_scrape_is_what_it_was() {
    let app = app(everything()).await;
    assert_golden("metrics.prom", &steady(&scrape(&app, "*/*").await));
}

#[tokio::test]
async fn every_family_of_the_catalogue_is_told_as_it_is_described() {
    let app = app(everything()).await;
    let read = parse(&scrape(&app, "*/*").await, false);
    let told: BTreeMap<&str, &Read> = read
        .iter()
        .map(|family| (family.name.as_str(), family))
        .collect();
    // GitLab tells budgets only sometimes, and nothing was dropped here.
    let absent = ["labtower_series_dropped"];
    for family in families() {
        let Some(read) = told.get(family.name) else {
            // What only the process knows that this server is a part of.
            let instance = ["labtower_api_", "labtower_config_"]
                .iter()
                .any(|start| family.name.starts_with(start));
            assert!(
                instance || absent.contains(&family.name),
                "no {}",
                family.name
            );
            continue;
        };
        assert_eq!(read.kind, family.kind.prometheus(), "{}", family.name);
        assert_eq!(read.help, family.help);
        for sample in &read.samples {
            let labels: Vec<&str> = sample
                .labels
                .iter()
                .map(|(name, _)| name.as_str())
                .filter(|name| family.kind != Kind::Histogram || *name != "le")
                .collect();
            assert_eq!(labels, family.labels, "{}", sample.name);
        }
    }
    let succeeded = &told["labtower_collector_success"].samples;
    assert!(
        succeeded.iter().all(|sample| sample.value > 0.0),
        "{succeeded:?}"
    );
    assert!(
        told.keys()
            .all(|name| families().any(|family| family.name == *name))
    );
}

#[tokio::test]
async fn both_formats_tell_the_same_numbers() {
    let app = app(everything()).await;
    let samples = |text: &str, openmetrics| {
        let mut samples = BTreeMap::new();
        for family in parse(text, openmetrics) {
            for sample in family.samples {
                if !UNSTEADY.contains(&sample.name.as_str()) {
                    samples.insert((sample.name, sample.labels), sample.value.to_bits());
                }
            }
        }
        samples
    };
    let plain = scrape(&app, "text/plain").await;
    let open = scrape(&app, OPENMETRICS).await;
    assert!(samples(&plain, false).len() > 300);
    assert_eq!(samples(&plain, false), samples(&open, true));
}

#[tokio::test]
async fn a_compressed_scrape_unpacks_to_the_plain_one() {
    let app = app(everything()).await;
    let plain = app.get("/metrics").await;
    assert!(!plain.headers.contains_key("content-encoding"));
    let packed = app
        .send("GET", "/metrics", &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    let mut text = String::new();
    GzDecoder::new(&*packed.bytes)
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(steady(&text), steady(plain.text()));
}

#[tokio::test]
async fn a_restart_changes_nothing() {
    let app = app(everything()).await;
    let before = steady(&scrape(&app, OPENMETRICS).await);
    let app = app.restarted(everything());
    assert_eq!(steady(&scrape(&app, OPENMETRICS).await), before);
}

#[tokio::test]
async fn promtool_has_nothing_to_say() {
    let Ok(mut child) = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
    else {
        let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
        assert!(!required, "`promtool` is not installed");
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: `promtool` is not installed");
        }
        return;
    };
    let app = app(everything()).await;
    let text = scrape(&app, "text/plain").await;
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert!(output.status.success() && said.is_empty(), "{said}");
}
