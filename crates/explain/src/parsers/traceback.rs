//! Python tracebacks outside of test runners.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "python",
    words: &["Traceback (most recent call last)"],
    parse,
};

/// Lines of one traceback.
const LINES: usize = 400;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    for line in lines.iter().rev().take(MOST) {
        let Some(raised) = raised(log, *line) else {
            continue;
        };
        let said = log.text(raised).trim();
        let (category, whose) =
            classify::exception(said).unwrap_or((Category::Unknown, Whose::Code));
        let category = if category == Category::Test {
            Category::Unknown
        } else {
            category
        };
        let environment = said.starts_with("KeyError")
            && (raised.saturating_sub(8)..raised).any(|at| log.text(at).contains("environ"));
        let (category, whose) = if environment {
            (Category::Config, Whose::Config)
        } else {
            (category, whose)
        };
        // A traceback behind which another was raised is told by that one.
        let chained = (raised + 1..raised + 5).any(|at| {
            log.text(at)
                .contains("During handling of the above exception")
                || log.text(at).contains("the direct cause of the following")
        });
        let wrapper = said.contains("CalledProcessError") || said.ends_with("failed!");
        let height = if wrapper {
            rank::SUMMARY + 4
        } else if chained {
            rank::GENERIC
        } else {
            rank::TOOL - 4
        };
        findings.push(
            Finding::new(raised, height, category)
                .whose(whose)
                .headline(said)
                .span((*line).max(raised.saturating_sub(12)), raised)
                .late(),
        );
    }
}

/// Line of the exception that ends the traceback whose first line is `start`.
pub(super) fn raised(log: &Log<'_>, start: usize) -> Option<usize> {
    let indent = log.text(start).find("Traceback")?;
    for at in start + 1..log.end().min(start + LINES) {
        let text = log.text(at);
        let body = text.get(indent.min(text.len())..).unwrap_or(text);
        if body.starts_with(' ') || body.trim().is_empty() || body.starts_with('\t') {
            continue;
        }
        // Exception groups draw their frames with bars.
        if body.starts_with("| ") || body.starts_with('+') {
            continue;
        }
        return re!(r"^[A-Za-z_][\w.]*(?::| |$)")
            .is_match(body)
            .then_some(at);
    }
    None
}
