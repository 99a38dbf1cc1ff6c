//! C++ tests: GoogleTest, Catch2, doctest, Boost, CTest.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "gtest",
    words: &[
        ": Failure",
        ": FAILED:",
        "The following tests FAILED",
        "[  FAILED  ]",
        "ERROR: CHECK",
        "ERROR: REQUIRE",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = log.text(*line).trim();
        if count >= MOST {
            return;
        }
        if re!(r"^\S.*?(?::\d+|\(\d+\)): Failure$").is_match(text) {
            count += 1;
            let name = (line.saturating_sub(60)..*line)
                .rev()
                .find_map(|at| log.text(at).trim().strip_prefix("[ RUN      ] "));
            let end = log.run(*line, 12, |text| {
                !text.starts_with('[') && !text.trim().is_empty()
            });
            let said = (line + 1..=end)
                .map(|at| log.text(at).trim())
                .collect::<Vec<_>>()
                .join(" ");
            let name = name.unwrap_or_default().trim();
            findings.push(
                Finding::new(*line, rank::TEST + 1, Category::Test)
                    .headline(format!(
                        "{}{text} {said}",
                        if name.is_empty() {
                            String::new()
                        } else {
                            format!("{name}: ")
                        }
                    ))
                    .span(line.saturating_sub(usize::from(!name.is_empty())), end + 1)
                    .test("", name, Some(&said)),
            );
            findings.push(Finding::new(line + 1, rank::TEST - 5, Category::Test));
        } else if re!(r"^\S+?(?::\d+|\(\d+\)): (?:FAILED:|ERROR: (?:CHECK|REQUIRE))").is_match(text)
        {
            count += 1;
            let end = log.run(*line, 8, |text| {
                !text.starts_with("====") && !text.starts_with("----")
            });
            let said = (line + 1..=end)
                .map(|at| log.text(at).trim())
                .filter(|text| !text.is_empty())
                .take(3)
                .collect::<Vec<_>>()
                .join(" ");
            findings.push(
                Finding::new(*line, rank::TEST + 1, Category::Test)
                    .headline(format!("{text} {said}").trim().to_owned())
                    .span(*line, end),
            );
        } else if text.starts_with("The following tests FAILED") {
            for at in line + 1..line + 10 {
                let Some(found) = re!(r"^\s*\d+ - (.+?) \((\w.*)\)").captures(log.text(at)) else {
                    break;
                };
                let category = if found[2].contains("Timeout") {
                    Category::Timeout
                } else {
                    Category::Test
                };
                findings.push(
                    Finding::new(at, rank::SUMMARY + 26, category)
                        .test("", &found[1], Some(&found[2]))
                        .span(*line, at),
                );
            }
        } else if let Some(found) =
            re!(r"^\[  FAILED  \] ([\w/.]+)(?:, where .*)?(?: \(\d+ ms\))?$").captures(text)
        {
            findings.push(
                Finding::new(*line, rank::SUMMARY + 24, Category::Test)
                    .key(&found[1])
                    .test("", &found[1], None),
            );
        }
    }
}
