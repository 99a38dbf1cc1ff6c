//! Jest and Vitest.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "jest",
    words: &["● ", "FAIL "],
    parse,
};

/// Lines of one failure.
const LINES: usize = 24;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    let mut seen: Vec<&str> = Vec::new();
    for line in lines {
        let text = log.text(*line).trim();
        if seen.contains(&text) || count >= MOST {
            continue;
        }
        if let Some(name) = text.strip_prefix("● ") {
            if name.starts_with("Console")
                || name.starts_with("Validation Warning")
                || name.starts_with("Deprecation")
            {
                continue;
            }
            let suite = name.starts_with("Test suite failed to run");
            let threshold = name.contains("coverage threshold");
            let Some(below) = log.below(*line, 3) else {
                continue;
            };
            let said = log.text(below).trim().to_owned();
            let end = block(log, *line);
            count += 1;
            seen.push(text);
            let category = if suite && said.contains("Cannot find module") {
                Category::Dependency
            } else {
                Category::Test
            };
            let mut finding = Finding::new(*line, rank::TEST + 1, category).span(*line, end);
            if !threshold {
                finding = finding.headline(format!("● {name}: {said}")).test(
                    "",
                    name,
                    Some(&details(log, below, end, &said)),
                );
            }
            if suite {
                finding.line = below;
                finding = finding.headline(&said);
            }
            findings.push(finding);
            if !suite && !threshold {
                findings.push(
                    Finding::new(below, rank::TEST - 2, Category::Test)
                        .headline(details(log, below, end, &said)),
                );
            }
        } else if let Some(found) =
            re!(r"^(?:❯ )?FAIL +(\S+\.[cm]?[jt]sx?)(?: \[ .* \])?(?: > (.+))?$").captures(text)
        {
            let Some(name) = found.get(2) else {
                // Jest's own heading of a file; Vitest's has a message below if the file could not be loaded.
                if let Some(below) = log
                    .below(*line, 1)
                    .filter(|below| re!(r"^(?:\w*Error|Error)\b").is_match(log.text(*below)))
                {
                    findings.push(
                        Finding::new(below, rank::TEST, Category::Test)
                            .span(*line, block(log, below)),
                    );
                } else {
                    findings.push(Finding::new(*line, rank::SUMMARY + 6, Category::Test));
                }
                continue;
            };
            count += 1;
            seen.push(text);
            let below = log.below(*line, 2).filter(|below| {
                re!(r"^\w*(?:Error|Exception|Failure)\b|^→").is_match(log.text(*below).trim())
            });
            let Some(below) = below else {
                findings.push(Finding::new(*line, rank::TEST - 4, Category::Test).test(
                    &found[1],
                    name.as_str(),
                    None,
                ));
                continue;
            };
            let said = log.text(below).trim();
            findings.push(
                Finding::new(below, rank::TEST + 1, Category::Test)
                    .headline(format!("{}: {said}", name.as_str()))
                    .span(*line, block(log, below))
                    .test(&found[1], name.as_str(), Some(said)),
            );
            findings.push(Finding::new(*line, rank::TEST - 4, Category::Test));
        }
    }
}

/// Last line of the failure that begins at `line`.
fn block(log: &Log<'_>, line: usize) -> usize {
    log.run(line, LINES, |text| {
        let text = text.trim_start();
        !text.starts_with("● ")
            && !text.starts_with("Test Suites:")
            && !text.starts_with("FAIL ")
            && !text.starts_with("⎯")
            && !text.starts_with("PASS ")
    })
}

/// The message with what was expected and received.
fn details(log: &Log<'_>, from: usize, to: usize, said: &str) -> String {
    let mut text = said.to_owned();
    for at in from + 1..=to {
        let line = log.text(at).trim();
        if line.starts_with("Expected") || line.starts_with("Received") {
            text = format!("{text} {line}");
        }
    }
    text
}
