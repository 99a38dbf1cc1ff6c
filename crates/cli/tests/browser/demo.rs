//! `labtower demo` as people start it, with reasons for its failures.

use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::process::{Running, labtower};

/// How long the demo may take to explain its failures.
const PATIENCE: Duration = Duration::from_secs(90);

/// A running demo.
pub(crate) struct Demo {
    pub(crate) url: String,
    http: reqwest::Client,
    _running: Running,
    _directory: TempDir,
}

impl Demo {
    /// Starts one, and waits until every failure that it shows has a reason.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut command = labtower(directory.path());
        command.env("TMPDIR", directory.path()).args([
            "demo",
            "--port",
            "0",
            "--projects",
            "24",
            "--days",
            "16",
        ]);
        let (running, url) = tokio::task::spawn_blocking(move || {
            let mut running = Running::on_stdout(command);
            let url = running.line_after("Labtower: ");
            running.line_after("Ready after ");
            (running, url)
        })
        .await
        .unwrap();
        let demo = Self {
            url,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _running: running,
            _directory: directory,
        };
        let begun = Instant::now();
        while demo.unexplained().await > 0 {
            assert!(begun.elapsed() < PATIENCE, "failures stay unexplained");
            sleep(Duration::from_millis(200)).await;
        }
        demo
    }

    /// The grid as programs see it.
    pub(crate) async fn grid(&self, query: &str) -> Value {
        self.json(&format!("failures?format=json&{query}")).await
    }

    /// What programs get at a path.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let url = format!("{}/{path}", self.url);
        let answer = self.http.get(url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// Failed jobs of the grid.
    pub(crate) async fn jobs(&self, query: &str) -> Vec<Value> {
        let grid = self.grid(query).await;
        let rows = grid["rows"].as_array().unwrap().iter();
        rows.flat_map(|row| row["cells"].as_array().unwrap())
            .flat_map(|cell| cell["jobs"].as_array().unwrap())
            .cloned()
            .collect()
    }

    async fn unexplained(&self) -> usize {
        let jobs = self.jobs("days=14").await;
        assert!(!jobs.is_empty(), "nothing failed");
        jobs.iter()
            .filter(|job| job["job_id"].is_i64() && job["category"].is_null())
            .count()
    }
}
