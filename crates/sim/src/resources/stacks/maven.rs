//! Runs of Maven with Surefire.

use super::{Cause, Run, Task, case, case_count, case_seconds};
use crate::resources::trace::Log;

/// Artifacts such projects download.
const ARTIFACTS: &[&str] = &[
    "org/springframework/spring-core/6.2.12/spring-core-6.2.12.jar",
    "com/fasterxml/jackson/core/jackson-databind/2.20.1/jackson-databind-2.20.1.jar",
    "org/junit/jupiter/junit-jupiter-api/6.0.1/junit-jupiter-api-6.0.1.jar",
    "org/postgresql/postgresql/42.7.8/postgresql-42.7.8.jar",
];

/// Maven's coloured level marks.
const INFO: &str = "[\u{1b}[1;34mINFO\u{1b}[m]";
const ERROR: &str = "[\u{1b}[1;31mERROR\u{1b}[m]";

pub(super) fn commands(run: &Run<'_>) -> Vec<String> {
    let goal = match run.task {
        Task::Lint => "checkstyle:check",
        Task::Build => "package -DskipTests",
        _ => "verify",
    };
    vec![format!("mvn --batch-mode {goal}")]
}

pub(super) fn opening(log: &mut Log, run: &Run<'_>) {
    log.line(&format!("{INFO} Scanning for projects..."));
    log.line(&format!("{INFO} Building {} 3.2.0-SNAPSHOT", run.package()));
    for artifact in ARTIFACTS {
        log.line(&format!(
            "Downloading from central: https://maven.example.com/maven2/{artifact}"
        ));
        log.progress(&[
            "Progress (1): 0.2/1.9 MB",
            "Progress (1): 1.1/1.9 MB",
            "Progress (1): 1.9 MB    ",
        ]);
        log.wait(1.2);
        log.line(&format!("Downloaded from central: https://maven.example.com/maven2/{artifact} (1.9 MB at 5.1 MB/s)"));
    }
    log.line(&format!(
        "{INFO} --- compiler:3.14.1:compile (default-compile) @ {} ---",
        run.package()
    ));
    log.wait(8.0);
}

pub(super) fn ending(log: &mut Log, run: &Run<'_>, cause: Option<&Cause>) {
    let failed_goal = match cause {
        Some(Cause::Compile) => {
            let case = case(run, run.code.of("compile error").below(case_count(run)));
            log.line(&format!("{ERROR} COMPILATION ERROR : "));
            log.line(&format!(
                "{ERROR} /builds/{}/src/main/java/{}.java:[{},21] incompatible types: java.util.Optional<java.lang.Long> cannot be converted to long",
                run.project,
                case.classname.trim_end_matches("Test").replace('.', "/"),
                case.line
            ));
            Some("compiler:3.14.1:compile (default-compile)")
        }
        Some(Cause::Lint) => {
            log.line(&format!("{ERROR} src/main/java/com/example/Limits.java:[{}] (imports) UnusedImports: Unused import - java.util.List.", 3 + run.code.of("lint").below(20)));
            Some("checkstyle:3.6.0:check (default-cli)")
        }
        Some(Cause::Tests(failed)) => {
            tests(log, run, failed);
            Some("surefire:3.5.4:test (default-test)")
        }
        _ => {
            if run.task == Task::Test {
                tests(log, run, &[]);
            }
            None
        }
    };
    log.line(&format!(
        "{INFO} ------------------------------------------------------------------------"
    ));
    if let Some(goal) = failed_goal {
        log.line(&format!("{INFO} \u{1b}[1;31mBUILD FAILURE\u{1b}[m"));
        log.line(&format!(
            "{INFO} ------------------------------------------------------------------------"
        ));
        log.line(&format!(
            "{ERROR} Failed to execute goal org.apache.maven.plugins:maven-{goal} on project {}",
            run.package()
        ));
    } else {
        log.line(&format!("{INFO} \u{1b}[1;32mBUILD SUCCESS\u{1b}[m"));
        log.line(&format!(
            "{INFO} ------------------------------------------------------------------------"
        ));
    }
}

fn tests(log: &mut Log, run: &Run<'_>, failed: &[u64]) {
    let count = case_count(run);
    log.line(&format!("{INFO}  T E S T S"));
    for start in (0..count).step_by(7) {
        let end = (start + 7).min(count);
        let class = case(run, start).classname;
        let seconds: f64 = (start..end).map(|index| case_seconds(run, index)).sum();
        let bad: Vec<u64> = failed
            .iter()
            .copied()
            .filter(|index| (start..end).contains(index))
            .collect();
        log.line(&format!("{INFO} Running {class}"));
        log.wait(seconds);
        let mark = if bad.is_empty() { INFO } else { ERROR };
        log.line(&format!(
            "{mark} Tests run: {}, Failures: {}, Errors: 0, Skipped: 0, Time elapsed: {seconds:.3} s -- in {class}",
            end - start,
            bad.len()
        ));
        for index in bad {
            log.line(&format!(
                "{ERROR} {class}.{} -- Time elapsed: 0.021 s <<< FAILURE!",
                case(run, index).name
            ));
            for line in assertion(run, index).lines() {
                log.line(line);
            }
        }
    }
    let mark = if failed.is_empty() { INFO } else { ERROR };
    log.line(&format!(
        "{mark} Tests run: {count}, Failures: {}, Errors: 0, Skipped: 0",
        failed.len()
    ));
}

/// What the failing test number `index` prints.
pub(super) fn assertion(run: &Run<'_>, index: u64) -> String {
    let case = case(run, index);
    let mut dice = run.code.of("assertion").of(&case.name);
    let left = dice.between(2, 900);
    let class = case.classname.rsplit('.').next().unwrap_or_default();
    format!(
        "org.opentest4j.AssertionFailedError: expected: <{}> but was: <{left}>\n\tat {}.{}({class}.java:{})",
        left + 1 + dice.below(9),
        case.classname,
        case.name,
        case.line
    )
}
