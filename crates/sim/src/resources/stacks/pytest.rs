//! Runs of pytest, ruff and a package build.

use super::{Cause, Run, Task, case, case_count};
use crate::resources::trace::Log;

/// Packages such projects install.
const PACKAGES: &[&str] = &[
    "attrs-25.4.0",
    "certifi-2025.11.12",
    "click-8.3.1",
    "fastapi-0.121.2",
    "httpx-0.28.1",
    "idna-3.11",
    "pydantic-2.12.4",
    "pytest-9.0.1",
    "requests-2.32.5",
    "sqlalchemy-2.0.44",
    "urllib3-2.5.0",
];

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let last = match run.task {
        Task::Lint => "ruff check src tests",
        Task::Build => "python -m build --wheel",
        _ => "pytest --color=yes --junitxml=report.xml",
    };
    vec![
        "pip install -r requirements.txt".to_owned(),
        last.to_owned(),
    ]
}

pub(super) fn opening(log: &mut Log, _run: &Run<'_>) {
    for package in PACKAGES {
        let (name, version) = package.rsplit_once('-').unwrap_or((package, "1"));
        log.wait(0.4);
        log.line(&format!("Collecting {name}"));
        log.line(&format!(
            "  Downloading {}-{version}-py3-none-any.whl (88 kB)",
            name.replace('-', "_")
        ));
        // pip redraws its bar in place.
        log.progress(&[
            "\u{1b}[?25l     \u{1b}[38;5;237m━━━━━━━━━━\u{1b}[0m \u{1b}[32m0.0/88.1 kB\u{1b}[0m",
            "\u{1b}[2K     \u{1b}[91m━━━━━\u{1b}[0m\u{1b}[38;5;237m━━━━━\u{1b}[0m \u{1b}[32m41.0/88.1 kB\u{1b}[0m",
            "\u{1b}[2K     \u{1b}[38;5;70m━━━━━━━━━━\u{1b}[0m \u{1b}[32m88.1/88.1 kB\u{1b}[0m\u{1b}[?25h",
        ]);
    }
    log.wait(3.0);
    log.line(&format!("Successfully installed {}", PACKAGES.join(" ")));
    log.err("\u{1b}[33mWARNING: Running pip as the 'root' user can result in broken permissions.\u{1b}[0m");
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    match cause {
        Some(Cause::Compile) => {
            let case = case(run, run.code.of("compile error").below(case_count(run)));
            let file = case.file.unwrap_or_default();
            log.line("\u{1b}[1m============================= test session starts ==============================\u{1b}[0m");
            log.line("collected 0 items / 1 error");
            log.line("");
            log.line(
                "==================================== ERRORS ====================================",
            );
            log.line(&format!(
                "\u{1b}[31m\u{1b}[1m_ ERROR collecting {file} _\u{1b}[0m"
            ));
            log.line(&format!(
                "ImportError while importing test module '/builds/{}/{file}'.",
                run.project
            ));
            log.line("Hint: make sure your test modules/packages have valid Python names.");
            log.line("Traceback:");
            log.line(&format!("{file}:7: in <module>"));
            log.line(&format!(
                "    from {}.limits import Window",
                run.package().replace('-', "_")
            ));
            log.line("\u{1b}[31mE   ImportError: cannot import name 'Window' from partially initialized module\u{1b}[0m");
            log.line(&format!("\u{1b}[31mERROR\u{1b}[0m {file}"));
            log.line(
                "!!!!!!!!!!!!!!!!!!!! Interrupted: 1 error during collection !!!!!!!!!!!!!!!!!!!!",
            );
            log.line("\u{1b}[31m=============================== 1 error in 1.82s ===============================\u{1b}[0m");
        }
        Some(Cause::Lint) => {
            let case = case(run, run.code.of("lint").below(case_count(run)));
            log.line(&format!(
                "{}:{}:5: F841 Local variable `total` is assigned to but never used",
                case.file.unwrap_or_default(),
                case.line
            ));
            log.line("Found 1 error.");
            log.line("No fixes available (1 hidden fix can be enabled with the `--unsafe-fixes` option).");
        }
        Some(Cause::Tests(failed)) => tests(log, run, failed),
        _ if run.task == Task::Test => tests(log, run, &[]),
        _ if run.task == Task::Lint => log.line("All checks passed!"),
        _ => log.line(&format!(
            "Successfully built {}-1.14.0-py3-none-any.whl",
            run.package().replace('-', "_")
        )),
    }
}

fn tests(log: &mut Log, run: &Run<'_>, failed: &[u64]) {
    let count = case_count(run);
    log.line("\u{1b}[1m============================= test session starts ==============================\u{1b}[0m");
    log.line("platform linux -- Python 3.13.9, pytest-9.0.1, pluggy-1.6.0");
    log.line(&format!("rootdir: /builds/{}", run.project));
    log.line(&format!("collected {count} items"));
    log.line("");
    for start in (0..count).step_by(7) {
        let file = case(run, start).file.unwrap_or_default();
        let end = (start + 7).min(count);
        let marks: String = (start..end)
            .map(|index| {
                if failed.contains(&index) {
                    "\u{1b}[31mF\u{1b}[0m"
                } else {
                    "\u{1b}[32m.\u{1b}[0m"
                }
            })
            .collect();
        log.wait(0.5);
        log.line(&format!(
            "{file} {marks} \u{1b}[32m[{:>3}%]\u{1b}[0m",
            end * 100 / count
        ));
    }
    log.line("");
    if !failed.is_empty() {
        log.line(
            "=================================== FAILURES ===================================",
        );
        for &index in failed {
            let case = case(run, index);
            log.line(&format!(
                "\u{1b}[31m\u{1b}[1m_____ {} _____\u{1b}[0m",
                case.name
            ));
            log.line("");
            for line in assertion(run, index).lines() {
                log.line(line);
            }
        }
        log.line("\u{1b}[36m\u{1b}[1m=========================== short test summary info ============================\u{1b}[0m");
        for &index in failed {
            let case = case(run, index);
            let class = case
                .classname
                .rsplit('.')
                .next()
                .unwrap_or_default()
                .to_owned();
            log.line(&format!(
                "\u{1b}[31mFAILED\u{1b}[0m {}::{class}::{} - assert {}",
                case.file.unwrap_or_default(),
                case.name,
                values(run, index)
            ));
        }
    }
    let seconds = count as f64 * 0.08;
    if failed.is_empty() {
        log.line(&format!("\u{1b}[32m============================= {count} passed in {seconds:.2}s ==============================\u{1b}[0m"));
    } else {
        log.line(&format!(
            "\u{1b}[31m================== {} failed, {} passed in {seconds:.2}s ===================\u{1b}[0m",
            failed.len(),
            count - failed.len() as u64
        ));
    }
}

/// The comparison that fails.
fn values(run: &Run<'_>, index: u64) -> String {
    let mut dice = run.code.of("assertion").of(&case(run, index).name);
    let left = dice.between(2, 900);
    format!("{left} == {}", left + 1 + dice.below(9))
}

/// What the failing test number `index` prints.
pub(super) fn assertion(run: &Run<'_>, index: u64) -> String {
    let case = case(run, index);
    let compared = values(run, index);
    format!(
        "    def {}(self):\n        answer = self.subject.total()\n>       assert answer == self.expected\nE       assert {compared}\n\n{}:{}: AssertionError",
        case.name,
        case.file.unwrap_or_default(),
        case.line
    )
}
