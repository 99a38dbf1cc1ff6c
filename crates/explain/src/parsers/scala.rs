//! Scala: messages of sbt, and tests of ScalaTest, MUnit and specs2.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "sbt",
    words: &["*** FAILED ***", "[error] ", "==> X "],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = log.text(*line);
        let plain = text
            .trim_start_matches("[info]")
            .trim_start_matches("[error]")
            .trim();
        if count >= MOST {
            return;
        }
        if let Some(name) = plain.strip_suffix("*** FAILED ***") {
            count += 1;
            let below = log.below(*line, 1).unwrap_or(*line);
            let said = log.text(below).trim_start_matches("[info]").trim();
            findings.push(
                Finding::new(below, rank::TEST + 1, Category::Test)
                    .headline(format!("{}: {said}", name.trim_start_matches("- ").trim()))
                    .span(*line, below + 1)
                    .test("", name.trim_start_matches("- ").trim(), Some(said)),
            );
            findings.push(Finding::new(*line, rank::TEST - 3, Category::Test));
        } else if plain.starts_with("==> X ") {
            count += 1;
            findings.push(Finding::new(*line, rank::TEST, Category::Test).span(*line, line + 6));
        } else if text.starts_with("[error] ")
            && re!(r"^\S+\.(?:scala|sc|java):\d+(?::\d+)?: ").is_match(plain)
        {
            count += 1;
            findings.push(Finding::new(*line, rank::ROOT, Category::Compile).span(*line, line + 2));
        } else if text.starts_with("[error] -- ") || plain.starts_with("-- [E") {
            count += 1;
            findings.push(Finding::new(*line, rank::ROOT, Category::Compile).span(*line, line + 6));
        }
    }
}
