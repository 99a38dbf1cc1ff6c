//! The tool `gitlab-data-export` itself.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::places::bigquery::Dataset;
use crate::places::python;

/// Its `CHECKPOINT_JOB_ID`.
pub(crate) const JOB: &str = "nightly";

/// Runs the tool once on a group.
pub(crate) async fn run(dataset: &Dataset, name: &str, gitlab: &str, token: &str, group: &str) {
    let installed = python::installed().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/warehouse/seed.py");
    let mut tool = Command::new(installed.join("seed/bin/python"));
    tool.arg(script)
        .env("GITLAB_URL", gitlab.trim_end_matches('/'))
        .env("GITLAB_TOKEN", token)
        .env("GITLAB_GROUP", group)
        .env("CHECKPOINT_JOB_ID", JOB)
        .env("GOOGLE_APPLICATION_CREDENTIALS", "none")
        .env("BIGQUERY_EMULATOR_HOST", &dataset.address)
        .env("BIGQUERY_PROJECT", "test")
        .env("BIGQUERY_DATASET", name)
        .stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || tool.output())
        .await
        .unwrap()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
