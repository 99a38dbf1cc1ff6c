//! Mocha, and what reports like it: Cypress, Jasmine, Playwright, AVA.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "mocha",
    words: &[" failing", "Failures:", " failed", ") [", "not ok "],
    parse,
};

/// Lines of the report.
const REPORT: usize = 600;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines {
        let text = log.text(*line).trim();
        if re!(r"^\d+ failing$").is_match(text) {
            report(log, *line, findings);
        } else if let Some(found) = re!(r"^\d+\) \[[\w -]+\] › (.+)$").captures(text) {
            playwright(log, *line, &found[1], findings);
        } else if let Some(found) = re!(r"^not ok \d+(?: -)? (.+)$").captures(text) {
            if found[1].contains("# SKIP") || found[1].contains("# TODO") {
                continue;
            }
            if findings.len() < MOST {
                let message = (line + 1..line + 25)
                    .take_while(|at| !log.text(*at).trim_start().starts_with("not ok"))
                    .find(|at| re!(r"^\s*(?:message|error): ?\S").is_match(log.text(*at)));
                let end = log.run(*line, 12, |text| text.starts_with(' '));
                findings.push(
                    Finding::new(*line, rank::TEST - 3, Category::Test)
                        .span(*line, end)
                        .test("", &found[1], None),
                );
                if let Some(message) = message {
                    findings.push(Finding::new(message, rank::TEST - 4, Category::Test));
                }
            }
        }
    }
}

/// The numbered failures below `N failing`.
fn report(log: &Log<'_>, start: usize, findings: &mut Vec<Finding>) {
    let mut name = String::new();
    let mut heading = start;
    let mut naming = false;
    let mut said = true;
    let mut count = 0;
    for at in start + 1..log.end().min(start + REPORT) {
        let text = log.text(at);
        let line = text.trim();
        if let Some(found) = re!(r"^\s{1,4}\d+\) (.+)$").captures(text) {
            found[1].trim_end_matches(':').clone_into(&mut name);
            heading = at;
            naming = !found[1].ends_with(':');
            said = false;
        } else if naming && !line.is_empty() {
            name = format!("{name} {}", line.trim_end_matches(':'));
            naming = !line.ends_with(':');
        } else if !said && !line.is_empty() {
            said = true;
            count += 1;
            if count > MOST {
                return;
            }
            let end = log.run(at, 14, |text| {
                !text.trim_start().starts_with("at ") && !re!(r"^\s{1,4}\d+\) ").is_match(text)
            });
            findings.push(
                Finding::new(at, rank::TEST + 1, Category::Test)
                    .headline(format!("{name}: {line}"))
                    .span(heading, end)
                    .test("", &name, Some(line)),
            );
        }
    }
}

fn playwright(log: &Log<'_>, line: usize, name: &str, findings: &mut Vec<Finding>) {
    let name = name.trim_end_matches(['─', ' ']);
    let Some(below) = log
        .below(line, 3)
        .filter(|at| log.text(*at).contains("rror"))
    else {
        return;
    };
    let said = log.text(below).trim();
    let end = log.run(below, 16, |text| !text.trim_start().starts_with("at "));
    findings.push(
        Finding::new(below, rank::TEST + 1, Category::Test)
            .headline(format!("{name}: {said}"))
            .span(line, end)
            .test("", name, Some(said)),
    );
}
