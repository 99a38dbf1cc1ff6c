//! Rust: rustc's and clippy's errors, panics, and failed tests of cargo and nextest.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "cargo",
    words: &[
        "error[E",
        "error: ",
        "panicked at",
        " stdout ----",
        "FAIL [",
    ],
    parse,
};

/// Lines of one message.
const MESSAGE: usize = 30;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let tested = lines
        .iter()
        .any(|line| log.text(*line).ends_with(" stdout ----"));
    let mut errors = 0;
    let mut panics = 0;
    for line in lines {
        let text = log.text(*line);
        if text.starts_with("error[E") || text.starts_with("error: ") {
            if errors < MOST && compiler(log, *line, findings) {
                errors += 1;
            }
        } else if text.contains("panicked at") {
            if panics < MOST {
                panics += usize::from(panic(log, *line, tested, findings));
            }
        } else if let Some(found) =
            re!(r"^\s*(?:FAIL|TIMEOUT|SIGABRT|SIGSEGV) \[ *[\d.]+s\](?: \([\s\d/]+\))? (.+)$")
                .captures(text)
        {
            findings.push(
                Finding::new(*line, rank::SUMMARY + 20, Category::Test).test("", &found[1], None),
            );
        }
    }
}

/// `error[E0308]: …` or `error: …` with a place below.
fn compiler(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) -> bool {
    let text = log.text(line);
    let placed = (line + 1..line + 4).find_map(|at| log.text(at).trim_start().strip_prefix("--> "));
    if placed.is_none() && !text.starts_with("error[E") {
        return false;
    }
    let end = log.run(line, MESSAGE, |text| {
        let text = text.trim_start();
        !text.is_empty() && !text.starts_with("error") && !text.starts_with("warning")
    });
    let command = log.text(log.extent.command);
    let clippy =
        command.contains("clippy") || (line..=end).any(|at| log.text(at).contains("clippy"));
    let category = if clippy {
        Category::Lint
    } else {
        Category::Compile
    };
    findings.push(Finding::new(line, rank::ROOT, category).span(line, end));
    true
}

/// `thread 'x' panicked at src/x.rs:1:2:` with the message below, or the older form with it inside.
fn panic(log: &Log<'_>, line: usize, tested: bool, findings: &mut Vec<Finding>) -> bool {
    let text = log.text(line);
    let Some(found) = re!(r"thread '([^']*)'(?: \(\d+\))? panicked at (.*)$").captures(text) else {
        return false;
    };
    let (thread, rest) = (found[1].to_owned(), found[2].to_owned());
    let inside = rest.starts_with('\'') || rest.contains("', ");
    let said = if inside {
        rest.rsplit_once(", ")
            .map_or(rest.as_str(), |(said, _)| said)
            .trim_matches('\'')
            .to_owned()
    } else {
        log.below(line, 2)
            .map_or_else(String::new, |at| log.text(at).trim().to_owned())
    };
    let end = log.run(line, 8, |text| {
        !text.trim().is_empty()
            && !text.starts_with("note: ")
            && !text.starts_with("stack backtrace")
    });
    let test = tested || (thread != "main" && !thread.starts_with('<'));
    let category = if test {
        Category::Test
    } else {
        Category::Unknown
    };
    let height = if test { rank::TEST + 1 } else { rank::TOOL - 2 };
    let mut finding = Finding::new(line, height, category)
        .headline(if inside {
            text.trim().to_owned()
        } else {
            format!("{} {said}", text.trim())
        })
        .key(format!("{thread}: {said}"))
        .span(line, end);
    if test && thread != "main" {
        finding = finding.test("", &thread, Some(&said));
    }
    findings.push(finding);
    true
}
