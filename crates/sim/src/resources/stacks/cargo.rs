//! Runs of cargo: build, clippy, test.

use super::{Cause, Run, Task, case, case_count};
use crate::resources::trace::Log;

/// Crates such projects depend on, with a version.
const CRATES: &[&str] = &[
    "proc-macro2 v1.0.103",
    "unicode-ident v1.0.22",
    "libc v0.2.177",
    "serde v1.0.228",
    "syn v2.0.110",
    "bytes v1.11.0",
    "tokio v1.48.0",
    "hyper v1.8.1",
    "tracing v0.1.41",
    "regex v1.12.2",
    "url v2.5.7",
    "http v1.3.1",
    "rustls v0.23.35",
    "ring v0.17.14",
    "chrono v0.4.42",
    "uuid v1.18.1",
];

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let last = match run.task {
        Task::Lint => "cargo clippy --all-targets --locked -- -D warnings",
        Task::Build => "cargo build --release --locked",
        _ => "cargo test --locked --no-fail-fast",
    };
    vec!["cargo --version".to_owned(), last.to_owned()]
}

pub(super) fn opening(log: &mut Log, run: &Run<'_>) {
    let verb = if run.task == Task::Lint {
        "   Checking"
    } else {
        "  Compiling"
    };
    log.err("\u{1b}[1m\u{1b}[32m    Updating\u{1b}[0m crates.io index");
    log.wait(1.5);
    log.err("\u{1b}[1m\u{1b}[32m Downloading\u{1b}[0m crates ...");
    let mut dice = run.code.of("crates");
    for name in CRATES {
        if dice.chance(0.75) {
            log.wait(0.8);
            log.err(&format!("\u{1b}[1m\u{1b}[32m{verb}\u{1b}[0m {name}"));
        }
    }
    log.wait(4.0);
    let package = run.package();
    log.err(&format!(
        "\u{1b}[1m\u{1b}[32m{verb}\u{1b}[0m {package} v0.4.2 (/builds/{})",
        run.project
    ));
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    let package = run.package();
    match cause {
        Some(Cause::Compile) => {
            let mut dice = run.code.of("compile error");
            let thing = case(run, dice.below(case_count(run)));
            let module = thing.name.split("::").next().unwrap_or("lib").to_owned();
            let (line, column) = (thing.line, 9 + dice.below(30));
            let (code, what, note) = compile_error(run);
            log.err(&format!("\u{1b}[1m\u{1b}[91merror[{code}]\u{1b}[0m\u{1b}[1m: {what}\u{1b}[0m"));
            log.err(&format!("  \u{1b}[94m-->\u{1b}[0m src/{module}.rs:{line}:{column}"));
            log.err("   \u{1b}[94m|\u{1b}[0m");
            log.err(&format!("\u{1b}[94m{line} |\u{1b}[0m     let total = self.sum(request, limits)?;"));
            log.err(&format!("   \u{1b}[94m|\u{1b}[0m         \u{1b}[91m^^^^^\u{1b}[0m {note}"));
            log.err("");
            log.err(&format!("For more information about this error, try `rustc --explain {code}`."));
            log.err(&format!(
                "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: could not compile `{package}` (lib) due to 1 previous error"
            ));
        }
        Some(Cause::Lint) => {
            let line = 12 + run.code.of("lint").below(200);
            log.err("\u{1b}[1m\u{1b}[91merror\u{1b}[0m\u{1b}[1m: this `if` has identical blocks\u{1b}[0m");
            log.err(&format!("  \u{1b}[94m-->\u{1b}[0m src/lib.rs:{line}:5"));
            log.err("   = note: `-D clippy::if-same-then-else` implied by `-D warnings`");
            log.err(&format!(
                "\u{1b}[1m\u{1b}[91merror\u{1b}[0m: could not compile `{package}` (lib) due to 1 previous error"
            ));
        }
        Some(Cause::Tests(failed)) => tests(log, run, failed),
        _ if run.task == Task::Test => tests(log, run, &[]),
        _ => log.err("\u{1b}[1m\u{1b}[32m    Finished\u{1b}[0m `dev` profile [unoptimized + debuginfo] target(s) in 41.07s"),
    }
}

/// Code, message and note of the one error the project's code has.
pub(super) fn compile_error(run: &Run<'_>) -> (&'static str, &'static str, &'static str) {
    *run.code.of("compile error kind").pick(&[
        &(
            "E0308",
            "mismatched types",
            "expected `u64`, found `Option<u64>`",
        ),
        &(
            "E0382",
            "use of moved value: `request`",
            "value used here after move",
        ),
        &(
            "E0425",
            "cannot find value `limits` in this scope",
            "not found in this scope",
        ),
        &(
            "E0599",
            "no method named `as_cents` found for struct `Amount`",
            "method not found in `Amount`",
        ),
    ])
}

fn tests(log: &mut Log, run: &Run<'_>, failed: &[u64]) {
    let count = case_count(run);
    log.err("\u{1b}[1m\u{1b}[32m    Finished\u{1b}[0m `test` profile [unoptimized + debuginfo] target(s) in 48.31s");
    log.err("\u{1b}[1m\u{1b}[32m     Running\u{1b}[0m unittests src/lib.rs");
    log.line("");
    log.line(&format!("running {count} tests"));
    for index in 0..count {
        log.wait(0.03);
        let verdict = if failed.contains(&index) {
            "\u{1b}[31mFAILED\u{1b}[0m"
        } else {
            "\u{1b}[32mok\u{1b}[0m"
        };
        log.line(&format!("test {} ... {verdict}", case(run, index).name));
    }
    log.line("");
    if !failed.is_empty() {
        log.line("failures:");
        for &index in failed {
            let case = case(run, index);
            log.line("");
            log.line(&format!("---- {} stdout ----", case.name));
            for line in assertion(run, index).lines() {
                log.line(line);
            }
        }
        log.line("");
        log.line("failures:");
        for &index in failed {
            log.line(&format!("    {}", case(run, index).name));
        }
        log.line("");
    }
    let bad = failed.len() as u64;
    let verdict = if bad == 0 { "ok" } else { "FAILED" };
    log.line(&format!(
        "test result: {verdict}. {} passed; {bad} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        count - bad,
        count as f64 * 0.03
    ));
    if bad > 0 {
        log.err("\u{1b}[1m\u{1b}[91merror\u{1b}[0m: test failed, to rerun pass `--lib`");
    }
}

/// What the failing test number `index` prints.
pub(super) fn assertion(run: &Run<'_>, index: u64) -> String {
    let case = case(run, index);
    let (name, line) = (&case.name, case.line);
    let module = name.split("::").next().unwrap_or("lib");
    let mut dice = run.code.of("assertion").of(name);
    let left = dice.between(2, 900);
    format!(
        "\nthread '{name}' panicked at src/{module}.rs:{line}:9:\nassertion `left == right` failed\n  left: {left}\n right: {}\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        left + 1 + dice.below(9)
    )
}
