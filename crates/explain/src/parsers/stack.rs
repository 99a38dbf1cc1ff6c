//! Stack traces of the JVM, Node and others: `Exception in thread …`, `Uncaught …`, `Caused by: …`.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "stack",
    words: &[
        "Exception",
        "Error:",
        "Caused by:",
        "Uncaught",
        "UnhandledPromiseRejection",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines.iter().rev() {
        if count >= MOST {
            return;
        }
        let text = log.text(*line).trim_start();
        let shaped = re!(
            r"^(?:Exception in thread .*? |Caused by: |Uncaught |Unhandled exception[.:] |node:internal.* )?(?:[\w$]+[.:]+)*[A-Z][\w$]*(?:Error|Exception|Throwable)(?: \[[A-Z_]+\])?(?::|$| \()"
        )
        .is_match(text);
        if !shaped {
            continue;
        }
        let frame = |text: &str| re!(r"^\s+at \S|^\s+\S+:\d+:in |^\s+from \S+:\d+").is_match(text);
        let traced = (line + 1..line + 6).any(|at| frame(log.text(at)));
        if !traced {
            continue;
        }
        count += 1;
        let (category, whose) =
            classify::exception(text).unwrap_or((Category::Unknown, Whose::Code));
        let category = if category == Category::Test {
            Category::Unknown
        } else {
            category
        };
        let cause = text.starts_with("Caused by:");
        let height = if cause {
            rank::GENERIC - 4
        } else {
            rank::TOOL - 8
        };
        let end = log.run(*line, 8, |text| {
            frame(text) || text.starts_with("Caused by")
        });
        findings.push(
            Finding::new(*line, height, category)
                .whose(whose)
                .span(*line, end)
                .late(),
        );
    }
}
