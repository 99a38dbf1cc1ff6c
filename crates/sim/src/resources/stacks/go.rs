//! Runs of the go tool.

use super::{Cause, Run, Task, case, case_count, case_seconds};
use crate::resources::trace::Log;

/// Modules such projects depend on.
const MODULES: &[&str] = &[
    "github.com/google/uuid v1.6.0",
    "github.com/stretchr/testify v1.11.1",
    "golang.org/x/sync v0.18.0",
    "google.golang.org/grpc v1.76.0",
    "google.golang.org/protobuf v1.36.10",
    "gopkg.in/yaml.v3 v3.0.1",
];

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let last = match run.task {
        Task::Lint => "golangci-lint run --timeout 5m",
        Task::Build => "go build ./...",
        _ => "go test -race -v ./...",
    };
    vec!["go mod download".to_owned(), last.to_owned()]
}

pub(super) fn opening(log: &mut Log, _run: &Run<'_>) {
    for module in MODULES {
        log.wait(0.9);
        log.err(&format!("go: downloading {module}"));
    }
    log.wait(6.0);
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    match cause {
        Some(Cause::Compile) => {
            let case = case(run, run.code.of("compile error").below(case_count(run)));
            let package = case
                .classname
                .rsplit('/')
                .next()
                .unwrap_or("main")
                .to_owned();
            log.err(&format!("# {}", case.classname));
            log.err(&format!(
                "internal/{package}/{package}.go:{}:14: cannot use limits (variable of type []int) as int value in argument to window",
                case.line
            ));
            if run.task == Task::Test {
                log.line(&format!("FAIL\t{} [build failed]", case.classname));
                log.line("FAIL");
            }
        }
        Some(Cause::Lint) => {
            let case = case(run, run.code.of("lint").below(case_count(run)));
            let package = case
                .classname
                .rsplit('/')
                .next()
                .unwrap_or("main")
                .to_owned();
            log.line(&format!(
                "internal/{package}/{package}.go:{}:2: ineffectual assignment to err (ineffassign)",
                case.line
            ));
            log.line("1 issues:");
            log.line("* ineffassign: 1");
        }
        Some(Cause::Tests(failed)) => tests(log, run, failed),
        _ if run.task == Task::Test => tests(log, run, &[]),
        _ if run.task == Task::Lint => log.line("0 issues."),
        _ => {}
    }
}

fn tests(log: &mut Log, run: &Run<'_>, failed: &[u64]) {
    let count = case_count(run);
    for start in (0..count).step_by(7) {
        let end = (start + 7).min(count);
        let package = case(run, start).classname;
        let mut seconds = 0.0;
        for index in start..end {
            let case = case(run, index);
            let took = case_seconds(run, index);
            seconds += took;
            log.wait(took);
            log.line(&format!("=== RUN   {}", case.name));
            if failed.contains(&index) {
                for line in assertion(run, index).lines() {
                    log.line(line);
                }
                log.line(&format!("--- FAIL: {} ({took:.2}s)", case.name));
            } else {
                log.line(&format!("--- PASS: {} ({took:.2}s)", case.name));
            }
        }
        if failed.iter().any(|index| (start..end).contains(index)) {
            log.line("FAIL");
            log.line(&format!("FAIL\t{package}\t{seconds:.3}s"));
        } else {
            log.line("PASS");
            log.line(&format!("ok  \t{package}\t{seconds:.3}s"));
        }
    }
    if !failed.is_empty() {
        log.line("FAIL");
    }
}

/// What the failing test number `index` prints.
pub(super) fn assertion(run: &Run<'_>, index: u64) -> String {
    let case = case(run, index);
    let package = case
        .classname
        .rsplit('/')
        .next()
        .unwrap_or("main")
        .to_owned();
    let mut dice = run.code.of("assertion").of(&case.name);
    let left = dice.between(2, 900);
    format!(
        "    {package}_test.go:{}: total() = {left}, want {}",
        case.line,
        left + 1 + dice.below(9)
    )
}
