//! Go: failed tests, panics, and messages of the compiler and of vet.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "go",
    words: &[
        "--- FAIL:",
        "panic: ",
        ".go:",
        "WARNING: DATA RACE",
        "fatal error: ",
    ],
    parse,
};

/// Lines in which the message of a test is looked for.
const REACH: usize = 200;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let (mut tests, mut errors) = (0, 0);
    for line in lines {
        let text = log.text(*line);
        if text.trim_start().starts_with("--- FAIL:") {
            if tests < MOST {
                tests += 1;
                test(log, *line, findings);
            }
        } else if let Some(said) = text
            .strip_prefix("panic: ")
            .or_else(|| text.strip_prefix("fatal error: "))
        {
            panic(log, *line, said, findings);
        } else if text == "WARNING: DATA RACE" {
            findings
                .push(Finding::new(*line, rank::TEST - 6, Category::Test).span(*line, line + 8));
        } else if errors < MOST && message(log, *line, findings) {
            errors += 1;
        }
    }
}

fn test(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) {
    let Some(found) = re!(r"^\s*--- FAIL: (\S+)").captures(log.text(line)) else {
        return;
    };
    let name = &found[1];
    let below = log.below(line, 2).map_or("", |at| log.text(at));
    if below.trim_start().starts_with("--- FAIL:") && below.contains(&format!("{name}/")) {
        return;
    }
    let place = |at: &usize| {
        re!(r"^\s*\S+\.go:\d+: ?").is_match(log.text(*at)) && !log.text(*at).contains("(0x")
    };
    let stops = |text: &str| {
        let text = text.trim_start();
        text.starts_with("--- ")
            || text.starts_with("=== RUN")
            || text.starts_with("FAIL")
            || text.starts_with("ok ")
    };
    let behind = (line + 1..log.end().min(line + REACH))
        .take_while(|at| !stops(log.text(*at)))
        .find(place);
    // With -v the messages stand before the verdict.
    let found = behind.or_else(|| {
        (line.saturating_sub(REACH)..line)
            .rev()
            .take_while(|at| !stops(log.text(*at)))
            .filter(place)
            .last()
    });
    let Some(at) = found else {
        findings.push(
            Finding::new(line, rank::TEST - 8, Category::Test)
                .test("", name, None)
                .span(line, line + 6),
        );
        return;
    };
    let mut said = log.text(at).trim().to_owned();
    let mut end = log.run(at, 12, |text| {
        text.starts_with("        ") && !text.trim().is_empty()
    });
    if said.ends_with(':') || re!(r"\.go:\d+:?$").is_match(&said) {
        // testify spreads its message over a table.
        let error = (at + 1..at + 14).find(|at| log.text(*at).trim_start().starts_with("Error:"));
        if let Some(error) = error {
            end = end.max(log.run(error, 12, |text| !text.trim().is_empty() && !stops(text)));
            for row in error..=error + 3 {
                let text = log.text(row).trim();
                if text.starts_with("Test:") || text.starts_with("Messages:") {
                    break;
                }
                said = format!("{said} {}", text.trim_start_matches("Error:").trim());
            }
        } else if let Some(next) = log.below(at, 2) {
            said = format!("{said} {}", log.text(next).trim());
        }
    }
    findings.push(
        Finding::new(at, rank::TEST + 1, Category::Test)
            .headline(format!("{name}: {said}"))
            .span(if at > line { line } else { at }, end)
            .test("", name, Some(&said)),
    );
    if at != line {
        findings.push(Finding::new(line, rank::TEST - 8, Category::Test));
    }
}

fn panic(log: &Log<'_>, line: usize, said: &str, findings: &mut Vec<Finding>) {
    let traced = (line + 1..line + 12)
        .any(|at| log.text(at).starts_with("goroutine ") || log.text(at).starts_with("\tpanic: "));
    if !traced {
        return;
    }
    let in_test = (line + 1..line + 40).any(|at| log.text(at).contains("testing.tRunner"));
    if said.starts_with("test timed out after") {
        findings.push(Finding::new(line, rank::TEST + 2, Category::Timeout).span(line, line + 6));
        return;
    }
    let category = if in_test {
        Category::Test
    } else {
        Category::Unknown
    };
    findings.push(Finding::new(line, rank::TEST, category).span(line, line + 10));
}

/// `./x.go:1:2: …` of the compiler or of vet.
fn message(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) -> bool {
    let text = log.text(line);
    let Some(found) = re!(r"^(vet: )?(?:\.{0,2}/)?[\w@./+-]+\.go:\d+:\d+: (.+)$").captures(text)
    else {
        return false;
    };
    let linter = re!(r"\(([a-z][\w-]+)(?:, [\w-]+)*\)$|^[A-Z]+\d{3,4}: ").is_match(&found[2])
        && !found[2].ends_with("(type)");
    let heading = (line.saturating_sub(30)..line)
        .rev()
        .map(|at| log.text(at))
        .find(|text| text.starts_with("# "));
    let vetted =
        found.get(1).is_some() || heading.is_some_and(|heading| heading.starts_with("# ["));
    let command = log.text(log.extent.command);
    let linting =
        command.contains("go vet") || command.contains("lint") || command.contains("staticcheck");
    let category = if linter || ((vetted || linting) && found.get(1).is_none()) {
        Category::Lint
    } else {
        Category::Compile
    };
    let height = if heading.is_some() || linter || vetted {
        rank::ROOT
    } else {
        rank::ROOT - 6
    };
    let end = log.run(line, 4, |text| {
        text.starts_with('\t') || text.starts_with("        ")
    });
    findings.push(
        Finding::new(line, height, category)
            .key(&found[2])
            .span(line, end),
    );
    true
}
