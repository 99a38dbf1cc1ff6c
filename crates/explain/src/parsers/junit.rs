//! JUnit as Maven's surefire and the console launcher print it; TestNG alike.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "junit",
    words: &[
        "<<< FAILURE!",
        "<<< ERROR!",
        "Failed tests:",
        "Tests in error:",
        "Failures:",
        "Errors:",
        "MethodSource",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = plain(log.text(*line));
        if count >= MOST {
            return;
        }
        if text.contains("<<< FAILURE!") || text.contains("<<< ERROR!") {
            count += usize::from(single(log, *line, text, findings));
        } else if matches!(
            text.trim(),
            "Failures:" | "Errors:" | "Failed tests:" | "Tests in error:"
        ) || text.starts_with("Failed tests: ")
        {
            summary(log, *line, text, findings);
        } else if text.contains("MethodSource [") {
            console(log, *line, text, findings);
        }
    }
}

/// Text without Maven's level.
fn plain(text: &str) -> &str {
    let text = text.trim_start();
    ["[ERROR]", "[INFO]", "[WARNING]", "ERROR:"]
        .iter()
        .find_map(|level| text.strip_prefix(level))
        .unwrap_or(text)
        .trim_start()
}

/// `testX(com.a.B)  Time elapsed: 0.1 sec  <<< FAILURE!` with the exception below.
fn single(log: &Log<'_>, line: usize, text: &str, findings: &mut Vec<Finding>) -> bool {
    if text.starts_with("Tests run:") {
        return false;
    }
    let Some(found) =
        re!(r"^(\S[^<]*?)(?:\s+-?-?\s*Time elapsed: .*?)?\s*<<< (?:FAILURE|ERROR)!").captures(text)
    else {
        return false;
    };
    let name = found[1].trim().to_owned();
    let Some(below) = log.below(line, 2) else {
        return false;
    };
    let said = plain(log.text(below)).trim().to_owned();
    let end = log.run(below, 10, |text| !text.trim().is_empty());
    findings.push(
        Finding::new(below, rank::TEST + 1, Category::Test)
            .headline(format!("{name}: {said}"))
            .span(line, end.min(below + 7))
            .test("", &name, Some(&said)),
    );
    findings.push(
        Finding::new(line, rank::TEST - 4, Category::Test).headline(format!("{name}: {said}")),
    );
    true
}

/// The list near the end: `  FooTest.testBar:12 expected:<1> but was:<2>`.
fn summary(log: &Log<'_>, line: usize, text: &str, findings: &mut Vec<Finding>) {
    if let Some(inline) = text
        .strip_prefix("Failed tests:")
        .map(str::trim)
        .filter(|rest| !rest.is_empty())
    {
        findings.push(
            Finding::new(line, rank::TEST - 1, Category::Test)
                .headline(inline)
                .span(line, line + 4),
        );
        return;
    }
    let mut count = 0;
    for at in line + 1..log.end().min(line + 60) {
        let raw = log.text(at);
        let row = plain(raw).trim();
        if row.is_empty() || row.starts_with("Tests run:") || count >= 10 {
            return;
        }
        if re!(r"^[\w.$]+(?:\.|>|\()[\w.$>()\[\]-]+").is_match(row) && !row.starts_with("Run ") {
            count += 1;
            findings.push(
                Finding::new(at, rank::TEST - 1, Category::Test)
                    .headline(row)
                    .key(row)
                    .span(line, at.min(line + 8)),
            );
        }
    }
}

/// `MethodSource [className = 'A', methodName = 'b', …]` with `=> exception` below.
fn console(log: &Log<'_>, line: usize, text: &str, findings: &mut Vec<Finding>) {
    let name = re!(r"className = '([^']+)', methodName = '([^']+)'")
        .captures(text)
        .map(|found| format!("{}.{}", &found[1], &found[2]));
    let below = (line + 1..line + 3).find(|at| log.text(*at).trim_start().starts_with("=> "));
    if let (Some(name), Some(below)) = (name, below) {
        let said = log.text(below).trim().trim_start_matches("=> ");
        findings.push(
            Finding::new(below, rank::TEST + 1, Category::Test)
                .headline(format!("{name}: {said}"))
                .span(line.saturating_sub(1), below)
                .test("", &name, Some(said)),
        );
    }
}
