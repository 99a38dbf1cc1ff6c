//! Ruby: RSpec and Minitest.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "rspec",
    words: &[
        "Failure/Error:",
        "rspec ./",
        "rspec '",
        ") Failure:",
        ") Error:",
        "Failure:",
        "Error:",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        if count >= MOST {
            return;
        }
        let text = log.text(*line).trim();
        if text.starts_with("Failure/Error:") {
            count += 1;
            rspec(log, *line, findings);
        } else if let Some(found) = re!(r"^rspec '?(\./\S+?)'? # (.+)$").captures(text) {
            findings.push(
                Finding::new(*line, rank::TEST - 6, Category::Test)
                    .test(&found[1], &found[2], None)
                    .key(&found[2]),
            );
        } else if re!(r"^(?:\d+\) )?(?:Failure|Error):$").is_match(text) {
            count += usize::from(minitest(log, *line, findings));
        }
    }
}

fn rspec(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) {
    let heading = (line.saturating_sub(6)..line)
        .rev()
        .find(|at| re!(r"^\s*\d+(?:\.\d+)?\) ").is_match(log.text(*at)));
    let name = heading.map_or("", |at| {
        log.text(at)
            .trim()
            .split_once(") ")
            .map_or("", |(_, name)| name)
    });
    // The source, its continuation, a blank line, then what was said.
    let blank = (line + 1..line + 12).find(|at| log.text(*at).trim().is_empty());
    let said_at = blank
        .and_then(|blank| log.below(blank, 2))
        .filter(|at| !log.text(*at).trim().starts_with('#'));
    let end = log.run(line, 16, |text| {
        !re!(r"^\s*\d+\) |^Finished in").is_match(text) && !text.trim_start().starts_with("# /")
    });
    let at = said_at.unwrap_or(line);
    let said = log.text(at).trim();
    let mut whole = said.to_owned();
    if let Some(next) = log
        .below(at, 1)
        .filter(|_| said.starts_with("expected") || said.ends_with("Error:") || said.ends_with(':'))
    {
        whole = format!("{said} {}", log.text(next).trim());
    }
    findings.push(
        Finding::new(at, rank::TEST + 1, Category::Test)
            .headline(if name.is_empty() {
                whole.clone()
            } else {
                format!("{name}: {whole}")
            })
            .span(heading.unwrap_or(line), end)
            .test("", name, Some(&whole)),
    );
    if at != line {
        findings.push(Finding::new(line, rank::TEST - 3, Category::Test));
    }
}

/// `Failure:`, then `TestX#test_y [file:line]:`, then the message.
fn minitest(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) -> bool {
    let Some(named) = log.below(line, 1) else {
        return false;
    };
    let Some(found) = re!(r"^([\w:]+[#.]\S+)(?: \[(.+)\])?:$").captures(log.text(named).trim())
    else {
        return false;
    };
    let Some(said) = log.below(named, 1) else {
        return false;
    };
    let end = log.run(said, 8, |text| !text.trim().is_empty());
    let mut text = log.text(said).trim().to_owned();
    if text.starts_with("Expected") && said < end {
        text = format!("{text} {}", log.text(said + 1).trim());
    }
    findings.push(
        Finding::new(said, rank::TEST + 1, Category::Test)
            .headline(format!("{}: {text}", &found[1]))
            .span(line, end)
            .test("", &found[1], Some(&text)),
    );
    true
}
