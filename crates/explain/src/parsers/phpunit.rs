//! PHPUnit and Pest.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "phpunit",
    words: &[
        "There was 1 failure",
        "There were ",
        "There was 1 error",
        "⨯ ",
        "FAILED  ",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = log.text(*line).trim();
        if let Some(found) = re!(r"^FAILED\s{2,}(\S.+?\s>\s.+)$").captures(text) {
            if let Some(below) = log.below(*line, 2) {
                let said = log.text(below).trim();
                findings.push(
                    Finding::new(below, rank::TEST + 1, Category::Test)
                        .headline(format!("{}: {said}", &found[1]))
                        .span(*line, below + 4)
                        .test("", &found[1], Some(said)),
                );
            }
            continue;
        }
        if !re!(r"^There (?:was|were) \d+ (?:failure|error)s?:").is_match(text) {
            continue;
        }
        for at in line + 1..log.end().min(line + 800) {
            if count >= MOST {
                return;
            }
            let Some(found) = re!(r"^\d+\) ([\w\\]+::.+)$").captures(log.text(at)) else {
                continue;
            };
            let Some(below) = log.below(at, 1) else {
                continue;
            };
            count += 1;
            let said = log.text(below).trim();
            let end = log.run(below, 12, |text| {
                !re!(r"^\d+\) |^FAILURES!|^ERRORS!").is_match(text)
            });
            findings.push(
                Finding::new(below, rank::TEST + 1, Category::Test)
                    .headline(format!("{}: {said}", &found[1]))
                    .span(at, end)
                    .test("", &found[1], Some(said)),
            );
            findings.push(Finding::new(at, rank::TEST - 4, Category::Test));
        }
    }
}
