//! Gradle: what went wrong, and failed tests.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "gradle",
    words: &["* What went wrong:", " FAILED"],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = log.text(*line).trim_end();
        if text.trim() == "* What went wrong:" {
            wrong(log, *line, findings);
        } else if let Some(name) = text
            .strip_suffix(" FAILED")
            .filter(|name| name.contains(" > ") && !name.starts_with("> Task"))
        {
            let Some(below) = log.below(*line, 1) else {
                continue;
            };
            let said = log.text(below);
            if !said.starts_with("    ") || count >= MOST {
                continue;
            }
            count += 1;
            let said = said.trim();
            let end = log.run(below, 6, |text| text.starts_with("        "));
            findings.push(
                Finding::new(below, rank::TEST + 1, Category::Test)
                    .headline(format!("{}: {said}", name.trim()))
                    .span(*line, end)
                    .test("", name.trim(), Some(said)),
            );
            findings.push(Finding::new(*line, rank::TEST - 5, Category::Test));
        }
    }
}

/// `* What went wrong:`, `Execution failed for task ':x'.`, `> message`.
fn wrong(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) {
    let end = log.run(line, 16, |text| {
        !text.starts_with("* ") && !text.starts_with("BUILD FAILED")
    });
    let details: Vec<usize> = (line + 1..=end)
        .filter(|at| log.text(*at).trim_start().starts_with("> "))
        .collect();
    let head = log.below(line, 2);
    // The deepest arrow that is not a mere pointer elsewhere.
    let telling = |text: &str| {
        !re!(r"There were failing tests|Compilation failed; see|Compilation error\. See|See the report at|violations? (?:was|were) found|finished with non-zero exit|A failure occurred while executing|Process 'command")
            .is_match(text)
    };
    let deepest = details.iter().copied().rfind(|at| telling(log.text(*at)));
    let text_of = |at: usize| log.text(at).trim().trim_start_matches("> ").to_owned();
    let all = (line + 1..=end)
        .map(|at| log.text(at))
        .collect::<Vec<_>>()
        .join("\n");
    let (category, whose) = kind(&all);
    if let Some(at) = deepest {
        // "Could not resolve x." says more with what is above it.
        findings.push(
            Finding::new(at, rank::TOOL + 2, category)
                .whose(whose)
                .headline(text_of(at))
                .span(line, end),
        );
        if let Some(first) = details
            .first()
            .filter(|first| **first != at && telling(log.text(**first)))
        {
            findings.push(
                Finding::new(*first, rank::TOOL + 3, category)
                    .whose(whose)
                    .headline(text_of(*first))
                    .span(line, end),
            );
        }
    } else if let Some(head) = head {
        let height = if details.is_empty() {
            rank::TOOL
        } else {
            rank::SUMMARY + 4
        };
        findings.push(
            Finding::new(head, height, category)
                .whose(whose)
                .span(line, end),
        );
    }
}

fn kind(text: &str) -> (Category, Whose) {
    if re!(r"Task '.*' not found|Could not (?:get unknown property|find method|set unknown property)|A problem occurred evaluating").is_match(text) {
        return (Category::Config, Whose::Code);
    }
    if re!(r"Could not (?:resolve|find|download|get)|Could not determine the dependencies")
        .is_match(text)
    {
        if let Some(kind @ (Category::Network | Category::Auth, _)) = classify::exception(text) {
            return kind;
        }
        return (Category::Dependency, Whose::Code);
    }
    if text.contains("There were failing tests") {
        return (Category::Test, Whose::Code);
    }
    if text.contains("Compilation failed")
        || text.contains("Compilation error")
        || text.contains("Could not compile")
    {
        return (Category::Compile, Whose::Code);
    }
    if re!(r"(?i)checkstyle|ktlint|detekt|spotless|pmd|lint").is_match(text) {
        return (Category::Lint, Whose::Code);
    }
    if text.contains("A problem occurred configuring") {
        return (Category::Config, Whose::Code);
    }
    classify::exception(text).unwrap_or((Category::Unknown, Whose::Code))
}
