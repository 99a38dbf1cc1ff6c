//! .NET: failed tests of `dotnet test`, as VSTest and xUnit print them.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "dotnet",
    words: &["Error Message:", "[FAIL]"],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines.iter().take(MOST * 2) {
        let text = log.text(*line).trim();
        if text.starts_with("Error Message:") {
            let heading = (line.saturating_sub(4)..*line)
                .rev()
                .find(|at| re!(r"^\s*(?:Failed|X) \S").is_match(log.text(*at)));
            let name = heading.map_or(String::new(), |at| {
                let text = log
                    .text(at)
                    .trim()
                    .trim_start_matches("Failed ")
                    .trim_start_matches("X ");
                re!(r" \[[^\]]*\]$").replace(text, "").into_owned()
            });
            let said_at = if text == "Error Message:" {
                log.below(*line, 2)
            } else {
                Some(*line)
            };
            let Some(at) = said_at else { continue };
            let mut said = log.text(at).trim().to_owned();
            if said.ends_with("Failure") || said.ends_with(':') || said.contains("() Failure") {
                for more in at + 1..at + 5 {
                    let row = log.text(more).trim();
                    if row.starts_with("Expected") || row.starts_with("Actual") {
                        said = format!("{said} {row}");
                    }
                }
            }
            let end = log.run(at, 10, |text| !text.trim().is_empty());
            findings.push(
                Finding::new(at, rank::TEST + 1, Category::Test)
                    .headline(format!("{name}: {said}"))
                    .span(heading.unwrap_or(*line), end)
                    .test("", &name, Some(&said)),
            );
        } else if let Some(found) =
            re!(r"^\[xUnit\.net [\d:.]+\]\s+(\S.*) \[FAIL\]$").captures(text)
        {
            let end = log.run(*line, 6, |text| {
                text.starts_with("[xUnit") || text.starts_with("   ")
            });
            findings.push(
                Finding::new(*line, rank::TEST - 6, Category::Test)
                    .test("", &found[1], None)
                    .span(*line, end),
            );
        }
    }
}
