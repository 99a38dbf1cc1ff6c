//! Real servers on this machine, started by a test, stopped at its end.

use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::shared::servers::target;

/// A server, killed when it goes out of scope.
pub(crate) struct Server {
    pub(crate) process: Child,
    pub(crate) port: u16,
}

impl Server {
    /// Starts a program and waits until it listens.
    pub(crate) fn start(command: &mut Command, port: u16) -> Self {
        let process = command.stdin(Stdio::null()).spawn().unwrap();
        let mut server = Self { process, port };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = server.process.try_wait().unwrap() {
                panic!("the server ended at once: {status}");
            }
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "the server does not listen"
            );
            sleep(Duration::from_millis(50));
        }
        server
    }

    /// Stops it as an administrator does, in a hurry.
    pub(crate) fn interrupt(&self) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The interpreter that `.ci/python.sh` made, or the system's, if it has a module.
pub(crate) fn python_with(module: &str) -> Option<PathBuf> {
    let own = target().join("python/bin/python");
    [own, PathBuf::from("python3")].into_iter().find(|python| {
        let import = format!("import {module}");
        let mut command = Command::new(python);
        command.args(["-c", &import]).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// Runs the ignored tests of a module in a process of their own, which has the address of a server in its environment.
pub(crate) fn run_tests(module: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // Few at a time: each has connections and writers of its own.
    command.args(["--ignored", "--test-threads=2", &format!("{module}::")]);
    command.envs(variables.iter().copied());
    assert!(
        command.status().unwrap().success(),
        "tests of `{module}` failed"
    );
}

/// What a test in such a process has of the server; `None` when it was called by hand.
pub(crate) fn given(variable: &str) -> Option<String> {
    let value = std::env::var(variable).ok();
    if value.is_none() {
        eprintln!("skipped: another test starts the server and runs this one");
    }
    value
}
