//! Julia: failed tests, errors during tests, and errors of packages.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "julia",
    words: &[
        "Test Failed at ",
        "Error During Test at ",
        "ERROR: LoadError:",
        "Error in testset",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        if count >= MOST {
            return;
        }
        let text = log.text(*line);
        let end = log.run(*line, 14, |text| {
            !text.trim_start().starts_with("Stacktrace:") && !text.starts_with("$ ")
        });
        if text.contains("Test Failed at ") {
            count += 1;
            let rows = (line + 1..=end).map(|at| log.text(at).trim());
            let said = rows
                .filter(|row| row.starts_with("Expression:") || row.starts_with("Evaluated:"))
                .collect::<Vec<_>>()
                .join(" ");
            findings.push(
                Finding::new(*line, rank::TEST + 1, Category::Test)
                    .headline(format!("{} {said}", text.trim()))
                    .key(said.clone())
                    .span(*line, end)
                    .test("", text.split(':').next().unwrap_or_default(), Some(&said)),
            );
            let expression =
                (line + 1..=end).find(|at| log.text(*at).trim().starts_with("Expression:"));
            findings.extend(expression.map(|at| Finding::new(at, rank::TEST - 2, Category::Test)));
        } else if text.contains("Error During Test at ") {
            count += 1;
            let said = (line + 1..=end).rev().chain(line + 1..=end).find(|at| {
                re!(r"^\s{2}(?:Got exception|\w+(?:Error|Exception)\b|[A-Z]\w+: )")
                    .is_match(log.text(*at))
                    && !log.text(*at).contains("Got exception")
            });
            let at = said.unwrap_or(*line);
            findings.push(
                Finding::new(at, rank::TEST + 1, Category::Test)
                    .headline(format!("{} {}", text.trim(), log.text(at).trim()))
                    .key(log.text(at).trim())
                    .span(*line, end),
            );
        } else if let Some(said) = text.trim().strip_prefix("ERROR: LoadError:").map(str::trim) {
            if said.contains("Some tests did not pass") || said.contains("errored during testing") {
                findings.push(Finding::new(*line, rank::SUMMARY, Category::Test));
            } else {
                let (category, whose) =
                    classify::exception(said).unwrap_or((Category::Unknown, Whose::Code));
                findings.push(
                    Finding::new(*line, rank::TOOL, category)
                        .whose(whose)
                        .span(*line, end.min(line + 6)),
                );
            }
        }
    }
}
