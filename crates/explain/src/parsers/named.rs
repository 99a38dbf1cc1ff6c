//! Tools that print the name of what failed, and what is wrong with it below: ExUnit, Robot Framework, Flutter, dbt,
//! Checkov.

use super::{MOST, Parser};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "named",
    words: &[
        ") test ",
        ") property ",
        "| FAIL |",
        "was thrown running a test",
        "Error in model",
        "Error in snapshot",
        "Error in seed",
        "Error in test",
        "Failure in test",
        "FAILED for resource:",
    ],
    parse,
};

/// What a tool says of one thing that failed.
struct Said {
    name: String,
    /// First and last line of the message.
    message: (usize, usize),
    category: Category,
}

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines.iter().take(MOST * 2) {
        let said = exunit(log, *line)
            .or_else(|| robot(log, *line))
            .or_else(|| flutter(log, *line))
            .or_else(|| dbt(log, *line))
            .or_else(|| checkov(log, *line));
        let Some(said) = said else { continue };
        let (from, to) = said.message;
        let message: Vec<&str> = (from..=to).map(|at| log.text(at).trim()).collect();
        let message = message.join(" ");
        let mut finding = Finding::new(from, rank::TEST + 1, said.category)
            .headline(format!("{}: {message}", said.name))
            .span(*line, to)
            .whose(Whose::Code);
        if said.category == Category::Test {
            finding = finding.test("", &said.name, Some(&message));
        }
        findings.push(finding);
    }
}

/// `  1) test adds (Shop.CartTest)`, the place of the test, and the message.
fn exunit(log: &Log<'_>, line: usize) -> Option<Said> {
    let heading = re!(r"^\s+\d+\) ((?:test|property) .+ \(\S+\))$").captures(log.text(line))?;
    let place = log.below(line, 1)?;
    re!(r"^\s+\S+\.exs?:\d+$").find(log.text(place))?;
    let from = log.below(place, 1)?;
    let to = log.run(from, 4, |text| {
        re!(r"^\s+(?:code|left|right):\s").is_match(text)
    });
    Some(Said {
        name: heading[1].to_owned(),
        message: (from, to),
        category: Category::Test,
    })
}

/// `Login works    | FAIL |`, and the message; suites have the number of their tests there.
fn robot(log: &Log<'_>, line: usize) -> Option<Said> {
    let heading = re!(r"^(\S.*?)\s+\| FAIL \|$").captures(log.text(line))?;
    let from = log.below(line, 1)?;
    let text = log.text(from);
    if re!(r"^\d+ (?:critical )?tests?(?: total)?, |^[-=]{10,}$").is_match(text) {
        return None;
    }
    let to = log.run(from, 3, |text| {
        !text.trim().is_empty() && !re!(r"^[-=]{10,}$").is_match(text)
    });
    Some(Said {
        name: heading[1].to_owned(),
        message: (from, to),
        category: Category::Test,
    })
}

/// `The following TestFailure was thrown running a test:`, the message, and later the test's name.
fn flutter(log: &Log<'_>, line: usize) -> Option<Said> {
    re!(r"^The following .+ was thrown running a test(?: \(.*\))?:$")
        .find(log.text(line).trim())?;
    let from = log.below(line, 1)?;
    let to = log.run(from, 3, |text| text.starts_with("  "));
    let described = (to + 1..log.end().min(to + 80))
        .find(|at| log.text(*at).trim() == "The test description was:")?;
    let name = log.below(described, 1)?;
    Some(Said {
        name: log.text(name).trim().to_owned(),
        message: (from, to),
        category: Category::Test,
    })
}

/// `Database Error in model orders (models/orders.sql)` or `Failure in test unique_id (models/a.yml)`, and the message.
fn dbt(log: &Log<'_>, line: usize) -> Option<Said> {
    let heading = re!(r"^(?:(\w+) Error|Failure) in (?:model|snapshot|seed|test) \S+ \(\S+\)$")
        .captures(log.text(line).trim())?;
    let from = log.below(line, 1)?;
    let category = match heading.get(1).map(|kind| kind.as_str()) {
        None => Category::Test,
        Some("Compilation" | "Parsing") => Category::Compile,
        Some(_) => Category::Unknown,
    };
    Some(Said {
        name: heading[0].to_owned(),
        message: (from, from),
        category,
    })
}

/// `Check: CKV_AWS_20: "..."`, and below `FAILED for resource: aws_s3_bucket.data`, with which it comes.
fn checkov(log: &Log<'_>, line: usize) -> Option<Said> {
    re!(r"^FAILED for resource: \S").find(log.text(line).trim())?;
    let heading = log.above(line, 1)?;
    let check = log.text(heading).trim().strip_prefix("Check: ")?;
    Some(Said {
        name: check.to_owned(),
        message: (line, line),
        category: Category::Policy,
    })
}
