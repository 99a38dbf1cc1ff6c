//! Servers for the tests: started once, ended with the test process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use crate::shared::servers::{free_port, missing, target};

/// A server that runs for as long as this process.
pub(crate) struct Server {
    /// Its address.
    pub(crate) address: String,
    // Holds the standard input that the server ends with.
    _child: Child,
    _data: tempfile::TempDir,
}

/// A BigQuery; `None`, with a message, when it is not installed.
pub(crate) fn bigquery() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(bigquery_alone).as_ref()
}

/// A BigQuery that ends with who has it; `None`, with a message, when it is not installed.
pub(crate) fn bigquery_alone() -> Option<Server> {
    start("bigquery", "/bigquery/v2/projects/test/datasets")
}

/// A ClickHouse; `None`, with a message, when it is not installed.
pub(crate) fn clickhouse() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(|| start("clickhouse", "/ping")).as_ref()
}

/// Where `.ci/warehouse.sh` installs.
pub(crate) fn installed() -> Option<PathBuf> {
    let directory = target().join("warehouse");
    if directory.join("servers/installed.txt").is_file() {
        return Some(directory);
    }
    missing("what `.ci/warehouse.sh` installs");
    None
}

/// A child that began, and answers.
pub(crate) fn start_python(
    python: &Path,
    arguments: &[&str],
    environment: &[(&str, &str)],
    ready: &str,
) -> Child {
    let mut child = Command::new(python)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if std::thread::scope(|scope| scope.spawn(|| answers(ready)).join().unwrap()) {
            return child;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    panic!("no answer from {ready}");
}

fn start(kind: &str, path: &str) -> Option<Server> {
    let directory = installed()?;
    let data = tempfile::tempdir().unwrap();
    let port = free_port().to_string();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../export/tests/places/servers.py");
    let place = data.path().join("data");
    let child = start_python(
        &directory.join("servers/bin/python"),
        &[
            script.to_str().unwrap(),
            kind,
            &port,
            place.to_str().unwrap(),
        ],
        &[("HOME", directory.join("home").to_str().unwrap())],
        &format!("http://127.0.0.1:{port}{path}"),
    );
    Some(Server {
        address: format!("http://127.0.0.1:{port}"),
        _child: child,
        _data: data,
    })
}

/// Whether anything but an error comes back.
fn answers(address: &str) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let asked = runtime.block_on(async { http().get(address).send().await });
    asked.is_ok_and(|answer| answer.status().is_success())
}

/// A client of the tests themselves.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().build().unwrap()
}
