//! A real Prometheus beside a test, and its `promtool`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::app::{Answer, PATIENCE, get};

/// Time between two scrapes; short, so that a test has rates soon.
const INTERVAL: &str = "1s";

/// Where a program of Debian's `prometheus` package is; `None`, with a message, when it is not installed.
///
/// With `CI_REQUIRE=1` it must be.
pub(crate) fn installed(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file());
    if found.is_none() {
        let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
        assert!(!required, "`{program}` is not installed");
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: `{program}` is not installed");
        }
    }
    found
}

/// Runs `promtool` with a text on its standard input.
pub(crate) fn promtool(program: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

/// A running Prometheus with a store of its own; it ends with this value.
pub(crate) struct Prometheus {
    child: Child,
    url: String,
    http: reqwest::Client,
    directory: TempDir,
}

impl Prometheus {
    /// Starts one that scrapes `target` (host and port) and evaluates the rules.
    pub(crate) async fn start(program: &Path, target: &str, rules: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::write(at("rules.yml"), rules).unwrap();
        let config = format!(
            "global: {{scrape_interval: {INTERVAL}, evaluation_interval: {INTERVAL}}}\n\
             rule_files: [rules.yml]\n\
             scrape_configs:\n  - job_name: labtower\n    static_configs: [{{targets: [\"{target}\"]}}]\n"
        );
        std::fs::write(at("prometheus.yml"), config).unwrap();
        let log = std::fs::File::create(at("log")).unwrap();
        // It cannot be told to take any free port, so we look for one that was free a moment ago.
        let port = {
            let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
            listener.local_addr().unwrap().port()
        };
        let child = Command::new(program)
            .arg(format!("--config.file={}", at("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", at("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let prometheus = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
            http: reqwest::Client::builder().build().unwrap(),
            directory,
        };
        prometheus.ready().await;
        prometheus
    }

    async fn ready(&self) {
        let began = Instant::now();
        let url = format!("{}/-/ready", self.url);
        loop {
            let answer = self.http.get(&url).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{}", self.log());
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap()
    }

    /// An answer of its API.
    pub(crate) async fn api(&self, path: &str, parameters: &[(&str, &str)]) -> Answer {
        let url = format!("{}/api/v1/{path}", self.url);
        let url = reqwest::Url::parse_with_params(&url, parameters).unwrap();
        get(&self.http, url.as_str()).await
    }

    /// The series an expression gives now; fails when Prometheus refuses it.
    pub(crate) async fn query(&self, expression: &str) -> Vec<Value> {
        let answer = self.api("query", &[("query", expression)]).await;
        assert_eq!(answer.status, 200, "{expression}: {}", answer.text);
        match &answer.json()["data"]["result"] {
            Value::Array(series) => series.clone(),
            other => panic!("{expression}: {other}"),
        }
    }

    /// Waits until an expression gives a series.
    pub(crate) async fn until(&self, expression: &str) {
        let began = Instant::now();
        while self.query(expression).await.is_empty() {
            let waited = began.elapsed();
            assert!(waited < PATIENCE, "{expression}: nothing\n{}", self.log());
            sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
