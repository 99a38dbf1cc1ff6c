//! R: testthat, errors of scripts, and `R CMD check`.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "r",
    words: &[
        "── Failure",
        "── Error",
        "-- Failure",
        "-- Error",
        "Failure: ",
        "Error in ",
        "... ERROR",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines.iter().take(MOST * 2) {
        let text = log.text(*line).trim();
        let heading = re!(
            r"^(?:──|--) (?:\d+\. )?(?:Failure|Error) ?\((?P<file>[^)]+)\): ?(?P<name>.+?)[ ─-]*$"
        )
        .captures(text)
        .or_else(|| {
            re!(r"^(?:──|--) \d+\. (?:Failure|Error): (?P<name>.+?)(?: \(@(?P<file>[^)]+)\))?[ ─-]*$")
                .captures(text)
        });
        if let Some(found) = heading {
            let Some(below) = log.below(*line, 1) else {
                continue;
            };
            let name = found.name("name").map_or("", |name| name.as_str());
            let file = found.name("file").map_or("", |file| file.as_str());
            let said = log.text(below).trim();
            let end = log.run(below, 10, |text| {
                !text.trim().is_empty() && !text.starts_with("──")
            });
            findings.push(
                Finding::new(below, rank::TEST + 1, Category::Test)
                    .headline(format!("{name}: {said}"))
                    .span(*line, end)
                    .test(file, name, Some(said)),
            );
            findings.push(Finding::new(*line, rank::TEST - 4, Category::Test));
        } else if re!(r"^Error in .+?:(?: |$)").is_match(text) {
            let halted = (line + 1..line + 12).any(|at| {
                log.text(at).starts_with("Execution halted") || log.text(at).starts_with("Calls:")
            });
            let mut said = text.to_owned();
            if text.ends_with(':')
                && let Some(below) = log.below(*line, 1)
            {
                said = format!("{text} {}", log.text(below).trim());
            }
            let (category, whose) =
                classify::exception(&said).unwrap_or((Category::Unknown, Whose::Code));
            let missing = said.contains("there is no package called");
            let (category, whose) = if missing {
                (Category::Dependency, Whose::Code)
            } else {
                (category, whose)
            };
            let height = if halted { rank::TOOL } else { rank::GENERIC };
            findings.push(
                Finding::new(*line, height, category)
                    .whose(whose)
                    .headline(said)
                    .span(*line, line + 2)
                    .late(),
            );
        } else if re!(r"^\* checking .+ \.\.\. ERROR$").is_match(text) {
            findings
                .push(Finding::new(*line, rank::SUMMARY + 8, Category::Test).span(*line, line + 6));
        }
    }
}
