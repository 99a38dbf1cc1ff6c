//! Failures that are not the code's: another machine, memory, disk, a missing command.

use super::{Run, Stack, Task};
use crate::resources::trace::Log;

/// The store of artifacts is down.
pub(super) fn outage(log: &mut Log, run: &Run<'_>) {
    let mut dice = run.dice.of("outage words");
    log.wait(30.0);
    log.err(&format!(
        "error: could not fetch fixtures from https://artifacts.example.com/fixtures/{}.tar.zst: upstream answered 503 Service Unavailable (request {})",
        run.project,
        dice.hex(12)
    ));
}

/// Which machine did not answer, and the kinds of failure that are right to call it.
pub(crate) fn network_cause(run: &Run<'_>) -> (String, &'static [&'static str]) {
    let kind = run.dice.of("network").below(4);
    if kind == 0 {
        return ("git host".to_owned(), &["network", "git"]);
    }
    if run.task == Task::Image {
        return ("registry host".to_owned(), &["network", "registry"]);
    }
    match (run.stack, kind) {
        (_, 1) => ("artifacts host".to_owned(), &["network"]),
        (Stack::Cargo, _) => ("cargo index".to_owned(), &["network", "dependency"]),
        (Stack::Pytest, _) => ("pip index".to_owned(), &["network", "dependency"]),
        (Stack::Jest, _) => ("npm registry".to_owned(), &["network"]),
        (Stack::Go, _) => ("go proxy".to_owned(), &["network"]),
        (Stack::Maven, _) => ("maven repository".to_owned(), &["network", "dependency"]),
    }
}

/// The command that is not there.
pub(crate) fn missing_tool(run: &Run<'_>) -> &'static str {
    let tools = ["jq", "envsubst", "yq", "gcovr", "protoc"];
    run.code.of("missing").of(run.job).pick(&tools)
}

/// Another machine did not answer.
pub(crate) fn network_failure(log: &mut Log, run: &Run<'_>) {
    let mut dice = run.dice.of("network");
    let kind = dice.below(4);
    log.wait(30.0);
    if kind == 0 {
        log.err(&format!(
            "fatal: unable to access 'https://gitlab.example.com/{}-fixtures.git/': Could not resolve host: gitlab.example.com",
            run.project
        ));
        return;
    }
    if run.task == Task::Image {
        log.err("error: failed to do request: Head \"https://registry.example.com/v2/\": dial tcp 10.12.4.7:443: i/o timeout");
        return;
    }
    match (run.stack, kind) {
        (_, 1) => log.err("curl: (28) Failed to connect to artifacts.example.com port 443 after 30001 ms: Timeout was reached"),
        (Stack::Cargo, _) => {
            log.err("warning: spurious network error (3 tries remaining): [28] Timeout was reached (Connection timed out after 30002 milliseconds)");
            log.err("error: failed to get `tokio` as a dependency of package");
            log.err("  [28] Timeout was reached (Connection timed out after 30002 milliseconds)");
        }
        (Stack::Pytest, _) => {
            log.err("WARNING: Retrying (Retry(total=4, connect=None, read=None)) after connection broken by 'ReadTimeoutError'");
            log.err("ERROR: Could not find a version that satisfies the requirement httpx==0.28.1 (from versions: none)");
        }
        (Stack::Jest, _) => {
            log.err("npm error code ECONNRESET");
            log.err("npm error network aborted");
            log.err("npm error network This is a problem related to network connectivity.");
        }
        (Stack::Go, _) => log.err("go: google.golang.org/grpc@v1.76.0: Get \"https://proxy.example.com/google.golang.org/grpc/@v/v1.76.0.zip\": net/http: TLS handshake timeout"),
        (Stack::Maven, _) => log.line("[\u{1b}[1;31mERROR\u{1b}[m] Could not transfer artifact org.postgresql:postgresql:jar:42.7.8 from/to central (https://maven.example.com/maven2): status code: 502, reason phrase: Bad Gateway (502)"),
    }
}

/// The kernel ended the process.
pub(super) fn out_of_memory(log: &mut Log, run: &Run<'_>) {
    log.wait(12.0);
    match run.stack {
        Stack::Jest => {
            log.err("<--- Last few GCs --->");
            log.err(
                "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            );
        }
        Stack::Maven => log.err("java.lang.OutOfMemoryError: Java heap space"),
        Stack::Cargo => log.err("error: could not compile due to signal: 9, SIGKILL: kill"),
        Stack::Pytest | Stack::Go => {}
    }
    log.err("/scripts-1-1/step_script: line 214:    41 Killed");
}

/// No space was left.
pub(super) fn disk_full(log: &mut Log, run: &Run<'_>) {
    log.wait(3.0);
    log.err(&format!(
        "write /builds/{}/target/out.tmp: no space left on device",
        run.project
    ));
}

/// The shell does not know the command.
pub(super) fn command_missing(log: &mut Log, run: &Run<'_>) {
    let tool = missing_tool(run);
    log.err(&format!(
        "/scripts-1-1/step_script: line 187: {tool}: command not found"
    ));
}
