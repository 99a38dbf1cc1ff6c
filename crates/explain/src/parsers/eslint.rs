//! Linters that print a file, and below it its complaints: ESLint, yamllint, stylelint, shellcheck, PHPStan.

use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "eslint",
    words: &[
        "  error  ",
        " error ",
        "✖ ",
        "^-- SC",
        "^^ SC",
        "SC1",
        "SC2",
        "Line   ",
    ],
    parse,
};

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let text = log.text(*line);
        if count >= MOST {
            return;
        }
        if let Some(found) = re!(r"^\s+(\d+:\d+)\s+(?:error|✖)\s+(\S.*)$").captures(text) {
            count += 1;
            let file = (line.saturating_sub(200)..*line)
                .rev()
                .map(|at| log.text(at))
                .find(|text| !text.is_empty() && !text.starts_with(' '))
                .unwrap_or_default();
            let end = log.run(*line, 6, |text| re!(r"^\s+\d+:\d+\s").is_match(text));
            let from = log.above(*line, 2).unwrap_or(*line);
            let said = found[2].split_whitespace().collect::<Vec<_>>().join(" ");
            findings.push(
                Finding::new(*line, rank::LINT + 18, Category::Lint)
                    .headline(format!("{}:{} {said}", short(file), &found[1]))
                    .key(said)
                    .span(from, end),
            );
        } else if let Some(found) = re!(r"^\s*\^[-^]*-* (SC\d{4})\b.*$").captures(text) {
            count += 1;
            let heading = (line.saturating_sub(4)..*line)
                .rev()
                .find(|at| log.text(*at).starts_with("In "));
            findings.push(
                Finding::new(*line, rank::LINT + 18, Category::Lint)
                    .headline(
                        format!(
                            "{} {}",
                            heading.map_or("", |at| log.text(at)),
                            text.trim().trim_start_matches(['^', '-', ' '])
                        )
                        .trim()
                        .to_owned(),
                    )
                    .key(&found[1])
                    .span(heading.unwrap_or(*line), *line),
            );
        } else if let Some(file) = re!(r"^\s*Line\s{2,}(\S+\.\w+)\s*$").captures(text) {
            count += 1;
            findings.extend(table(log, *line, &file[1]));
        }
    }
}

/// The first row of a table whose heading names the file: a line's number and a message, which may go on below.
fn table(log: &Log<'_>, heading: usize, file: &str) -> Option<Finding> {
    let row = log.below(log.below(heading, 1)?, 1)?;
    let found = re!(r"^\s*:?(\d+)\s{2,}(\S.*?)\s*$").captures(log.text(row))?;
    let end = log.run(row, 4, |text| re!(r"^\s{8,}[^\s\p{So}]").is_match(text));
    let rest = (row + 1..=end).map(|at| log.text(at).trim());
    let said = std::iter::once(&found[2]).chain(rest).collect::<Vec<_>>();
    let said = said.join(" ");
    Some(
        Finding::new(row, rank::LINT + 18, Category::Lint)
            .headline(format!("{}:{} {said}", short(file), &found[1]))
            .key(said)
            .span(heading, end),
    )
}

/// The last three parts of a path.
fn short(path: &str) -> &str {
    path.rmatch_indices('/')
        .nth(2)
        .map_or(path, |(at, _)| &path[at + 1..])
}
