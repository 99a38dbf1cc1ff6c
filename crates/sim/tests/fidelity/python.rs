//! python-gitlab, unmodified, reads everything there is to read.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};

use labtower_sim::{Sim, SimConfig};
use tokio::process::Command;

use crate::reader::morning;

/// The interpreter that `.ci/python.sh` made, or the system's.
fn interpreter() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let own = target.join("python/bin/python");
    if own.exists() {
        own
    } else {
        PathBuf::from("python3")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_gitlab_reads_the_simulator() {
    let python = interpreter();
    let importable = Command::new(&python)
        .args(["-c", "import gitlab"])
        .stderr(std::process::Stdio::null())
        .status()
        .await
        .is_ok_and(|status| status.success());
    if !importable {
        let required = std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1");
        assert!(
            !required,
            "python-gitlab is required but not installed: run .ci/python.sh"
        );
        eprintln!("skipped: python-gitlab is not installed (.ci/python.sh installs it)");
        return;
    }
    let config = SimConfig {
        projects: 24,
        days: 14,
        base_path: "/gitlab".to_owned(),
        clock: morning(),
        ..SimConfig::default()
    };
    let sim = Sim::start(config, "127.0.0.1:0".parse().expect("an address"))
        .await
        .expect("it starts");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python_gitlab.py");
    let output = Command::new(&python)
        .arg(script)
        .args([&sim.url(), sim.token()])
        .output()
        .await
        .expect("python starts");
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "it failed after:\n{out}\n{err}");
    assert!(out.contains("python-gitlab read everything"), "{out}");
}
