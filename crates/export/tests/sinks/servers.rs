//! Real servers on this machine, started by a test, stopped at its end.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Whether a missing program fails the test.
pub(crate) fn is_required() -> bool {
    std::env::var("CI_REQUIRE").is_ok_and(|value| value == "1")
}

/// Skips what needs something that is not there, loudly.
pub(crate) fn missing(what: &str) {
    assert!(!is_required(), "{what} is not installed");
    eprintln!("skipped: {what} is not installed");
}

/// A server, killed when it goes out of scope.
pub(crate) struct Server {
    process: Child,
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
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// The interpreter that `.ci/python.sh` made, or the system's, if it has a module.
pub(crate) fn python_with(module: &str) -> Option<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    let own = target.join("python/bin/python");
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
