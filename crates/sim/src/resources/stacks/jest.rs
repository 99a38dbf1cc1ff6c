//! Runs of npm: jest, eslint, a bundle build.

use super::{Cause, Run, Task, case, case_count};
use crate::resources::trace::Log;

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let last = match run.task {
        Task::Lint => "npm run lint",
        Task::Build => "npm run build",
        _ => "npm test -- --ci",
    };
    vec!["npm ci --no-audit".to_owned(), last.to_owned()]
}

pub(super) fn opening(log: &mut Log, run: &Run<'_>) {
    log.err("npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.");
    log.progress(&[
        "\u{1b}[1mreify\u{1b}[0m ⠙",
        "\u{1b}[1mreify\u{1b}[0m ⠸",
        "\u{1b}[1mreify\u{1b}[0m ⠇",
    ]);
    log.wait(14.0);
    log.line("");
    log.line(&format!(
        "added {} packages in 14s",
        300 + run.code.of("packages").below(900)
    ));
    log.line("");
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    let script = match run.task {
        Task::Lint => "lint",
        Task::Build => "build",
        _ => "test",
    };
    log.line(&format!("> {}@2.7.0 {script}", run.package()));
    match cause {
        Some(Cause::Compile) => {
            let case = case(run, run.code.of("compile error").below(case_count(run)));
            log.line(&format!(
                "\u{1b}[96m{}\u{1b}[0m:\u{1b}[93m{}\u{1b}[0m:\u{1b}[93m7\u{1b}[0m - \u{1b}[91merror\u{1b}[0m\u{1b}[90m TS2345: \u{1b}[0mArgument of type 'string | undefined' is not assignable to parameter of type 'string'.",
                case.file.unwrap_or_default(),
                case.line
            ));
            log.line("");
            log.line("Found 1 error.");
            log.err("npm error Lifecycle script failed with error:");
            log.err("npm error code 2");
        }
        Some(Cause::Lint) => {
            let case = case(run, run.code.of("lint").below(case_count(run)));
            log.line(&format!(
                "\u{1b}[4m/builds/{}/{}\u{1b}[24m",
                run.project,
                case.file.unwrap_or_default()
            ));
            log.line(&format!("  {}:11  \u{1b}[31merror\u{1b}[39m  'total' is assigned a value but never used  no-unused-vars", case.line));
            log.line("");
            log.line("\u{1b}[31m\u{1b}[1m✖ 1 problem (1 error, 0 warnings)\u{1b}[22m\u{1b}[39m");
        }
        Some(Cause::Tests(failed)) => tests(log, run, failed),
        _ if run.task == Task::Test => tests(log, run, &[]),
        _ if run.task == Task::Build => log.line("\u{1b}[32m✓ built in 9.14s\u{1b}[39m"),
        _ => log.line(""),
    }
}

fn tests(log: &mut Log, run: &Run<'_>, failed: &[u64]) {
    let count = case_count(run);
    let mut suites = 0;
    let mut bad_suites = 0;
    for start in (0..count).step_by(7) {
        let end = (start + 7).min(count);
        let file = case(run, start).file.unwrap_or_default();
        let bad = failed.iter().any(|index| (start..end).contains(index));
        suites += 1;
        bad_suites += u32::from(bad);
        log.wait(0.7);
        let mark = if bad {
            "\u{1b}[0m\u{1b}[7m\u{1b}[1m\u{1b}[31m FAIL \u{1b}[39m\u{1b}[22m\u{1b}[27m\u{1b}[0m"
        } else {
            "\u{1b}[0m\u{1b}[7m\u{1b}[1m\u{1b}[32m PASS \u{1b}[39m\u{1b}[22m\u{1b}[27m\u{1b}[0m"
        };
        log.err(&format!("{mark} {file}"));
        for &index in failed.iter().filter(|index| (start..end).contains(index)) {
            log.err(&format!(
                "  \u{1b}[1m\u{1b}[31m● {}\u{1b}[39m\u{1b}[22m",
                case(run, index).name
            ));
            log.err("");
            for line in assertion(run, index).lines() {
                log.err(line);
            }
            log.err("");
        }
    }
    let bad = failed.len() as u64;
    log.err("");
    log.err(&format!(
        "\u{1b}[1mTest Suites: \u{1b}[22m{bad_suites} failed, {} passed, {suites} total",
        suites - bad_suites
    ));
    log.err(&format!(
        "\u{1b}[1mTests:       \u{1b}[22m{bad} failed, {} passed, {count} total",
        count - bad
    ));
    log.err("\u{1b}[1mSnapshots:   \u{1b}[22m0 total");
    log.err(&format!(
        "\u{1b}[1mTime:\u{1b}[22m        {:.3} s",
        count as f64 * 0.1
    ));
}

/// What the failing test number `index` prints.
pub(super) fn assertion(run: &Run<'_>, index: u64) -> String {
    let case = case(run, index);
    let mut dice = run.code.of("assertion").of(&case.name);
    let left = dice.between(2, 900);
    format!(
        "    expect(received).toBe(expected) // Object.is equality\n\n    Expected: {}\n    Received: {left}\n\n      at Object.<anonymous> ({}:{}:27)",
        left + 1 + dice.below(9),
        case.file.unwrap_or_default(),
        case.line
    )
}
