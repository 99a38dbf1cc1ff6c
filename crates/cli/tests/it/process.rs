//! The binary as a process.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use labtower_sim::Sim;

/// The binary in a directory of its own, with an environment that holds nothing of ours.
pub(crate) fn labtower(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_labtower"));
    command
        .current_dir(directory)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null());
    command
}

/// The binary, set up to read the simulated GitLab.
pub(crate) fn labtower_on(sim: &Sim, directory: &Path) -> Command {
    let mut command = labtower(directory);
    command
        .env("GITLAB_URL", sim.url())
        .env("GITLAB_TOKEN", sim.token())
        .env("LABTOWER__GITLAB__MONITOR_GROUPS", "acme")
        .env("LABTOWER__GITLAB__ARCHIVED", "true")
        .env("LABTOWER__SERVER__HOST", "127.0.0.1")
        .env("LABTOWER__SERVER__PORT", "0");
    command
}

/// Runs to the end without blocking the async threads, on which the simulator lives.
pub(crate) async fn output(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A process that runs on; it is killed when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: BufReader<Box<dyn std::io::Read + Send>>,
}

impl Running {
    /// Starts it, with standard output to be read line by line.
    pub(crate) fn on_stdout(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout: ChildStdout = child.stdout.take().unwrap();
        Self {
            child,
            lines: BufReader::new(Box::new(stdout)),
        }
    }

    /// Starts it, with standard error to be read line by line.
    pub(crate) fn on_stderr(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = child.stderr.take().unwrap();
        Self {
            child,
            lines: BufReader::new(Box::new(stderr)),
        }
    }

    /// Reads lines until one contains `marker`, and gives what follows the marker.
    pub(crate) fn line_after(&mut self, marker: &str) -> String {
        let mut seen = String::new();
        loop {
            let mut line = String::new();
            let read = self.lines.read_line(&mut line).unwrap();
            assert!(read > 0, "it ended before it said `{marker}`:\n{seen}");
            if let Some((_, rest)) = line.split_once(marker) {
                return rest.trim().to_owned();
            }
            seen.push_str(&line);
        }
    }

    /// Sends SIGTERM and waits; the exit code, or `None` after a signal's end.
    pub(crate) fn terminate(self) -> Option<i32> {
        signal(self.child.id(), "TERM");
        self.drain()
    }

    /// Reads what it says until it ends, for a full pipe would stop it; the exit code.
    pub(crate) fn drain(mut self) -> Option<i32> {
        std::io::copy(&mut self.lines, &mut std::io::sink()).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal by name.
pub(crate) fn signal(pid: u32, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status()
        .unwrap();
    assert!(status.success());
}
