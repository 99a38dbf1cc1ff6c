//! pytest: the short summary at the end, and the sections before it.

use super::{MOST, Parser, classify};
use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Whose};

pub(super) const PARSER: Parser = Parser {
    name: "pytest",
    words: &[
        "FAILED ",
        "ERROR ",
        "= FAILURES",
        "= ERRORS",
        "INTERNALERROR",
        "UsageError",
        "error: unrecognized arguments",
    ],
    parse,
};

/// Lines of a report that are walked.
const REPORT: usize = 6_000;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut sections = Vec::new();
    let mut walked = 0;
    for line in lines {
        let text = log.text(*line);
        if text.starts_with('=') && (text.contains("= FAILURES =") || text.contains("= ERRORS =")) {
            if *line >= walked {
                walked = report(log, *line, &mut sections);
            }
        } else if text.contains("INTERNALERROR>") {
            internal(log, *line, findings);
        } else if text.contains("while loading conftest") {
            conftest(log, *line, findings);
        }
    }
    let mut named = 0;
    for line in lines {
        let text = log.text(*line);
        let Some(found) = re!(
            r"^(?:\[gw\d+\] )?(FAILED|ERROR) (?:\[[\d.]+s\] )?(\S+\.\w+(?:::.*?)?)(?: - (.*))?$"
        )
        .captures(text) else {
            continue;
        };
        if named >= MOST {
            break;
        }
        named += 1;
        let (path, message) = (
            &found[2],
            found.get(3).map(|message| message.as_str().trim()),
        );
        if !path.contains("::") && &found[1] == "FAILED" {
            continue;
        }
        let test = path.split_once("::").map_or(path, |(_, test)| test);
        let section = sections
            .iter()
            .find(|section: &&Section| section.names(test));
        let said = section.map(|section| section.said.as_str());
        let full = message.filter(|message| !message.is_empty());
        let (category, whose) = kind(&found[1], full.or(said).unwrap_or_default());
        let headline = match (full, said) {
            // pytest cuts messages to the width of the terminal; the section has them whole.
            (Some(full), Some(said)) if full.ends_with("...") && said.len() > full.len() => {
                format!("{} {path} - {said}", &found[1])
            }
            (None, Some(said)) => format!("{} {path} - {said}", &found[1]),
            _ => text.to_owned(),
        };
        let height = if full.is_some() {
            rank::TEST + 2
        } else {
            rank::TEST - 3
        };
        findings.push(
            Finding::new(*line, height, category)
                .whose(whose)
                .headline(headline)
                .key(format!("{test}: {}", full.or(said).unwrap_or_default()))
                .test(
                    path.split("::").next().unwrap_or_default(),
                    test,
                    full.or(said),
                ),
        );
    }
    for section in sections.into_iter().take(MOST) {
        let (category, whose) = kind(
            if section.collecting {
                "ERROR"
            } else {
                "FAILED"
            },
            &section.said,
        );
        findings.push(
            Finding::new(section.line, rank::TEST, category)
                .whose(whose)
                .headline(if section.test.is_empty() || named == 0 {
                    section.headline()
                } else {
                    section.said.clone()
                })
                .key(format!("{}: {}", section.test, section.said))
                .span(section.from, section.to)
                .test("", &section.test, Some(&section.said)),
        );
    }
}

/// One `____ test ____` part of the report.
struct Section {
    test: String,
    collecting: bool,
    /// Line of the first `E   `.
    line: usize,
    said: String,
    from: usize,
    to: usize,
}

impl Section {
    fn names(&self, test: &str) -> bool {
        test.replace("::", ".") == self.test || test.rsplit("::").next() == Some(self.test.as_str())
    }

    fn headline(&self) -> String {
        if self.test.is_empty() {
            self.said.clone()
        } else {
            format!("{}: {}", self.test, self.said)
        }
    }
}

/// Reads the report that begins at `start`; returns the line behind it.
fn report(log: &Log<'_>, start: usize, sections: &mut Vec<Section>) -> usize {
    let mut test = String::new();
    let mut heading = start;
    let mut collecting = false;
    let mut open: Option<Section> = None;
    let end = log.end().min(start + REPORT);
    for at in start + 1..end {
        let text = log.text(at);
        if text.starts_with("====")
            && !text.contains("= FAILURES =")
            && !text.contains("= ERRORS =")
        {
            sections.extend(open.take());
            return at + 1;
        }
        if let Some(found) = re!(r"^_{2,} (.+?) _{2,}$").captures(text) {
            sections.extend(open.take());
            collecting = found[1].starts_with("ERROR ");
            found[1].clone_into(&mut test);
            heading = at;
        } else if let Some(said) = text.strip_prefix("E  ").map(str::trim) {
            match &mut open {
                Some(section) if at - section.to <= 2 => section.to = at,
                _ if said.is_empty() => {}
                _ => {
                    // Chained exceptions: the last one counts, and its section replaces the first.
                    let from = at.saturating_sub(4).max(heading);
                    open = Some(Section {
                        test: test.clone(),
                        collecting,
                        line: at,
                        said: said.to_owned(),
                        from,
                        to: at,
                    });
                }
            }
        } else if let Some(section) = &mut open
            && re!(r"^\S+:\d+: (\w+)?").is_match(text)
            && at - section.to <= 3
        {
            section.to = at;
        }
    }
    sections.extend(open);
    end
}

/// pytest itself broke.
fn internal(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) {
    if let Some(found) =
        re!(r"INTERNALERROR> ((?:\w+\.)*\w*(?:Error|Exception|Exit)\b.*)").captures(log.text(line))
    {
        findings.push(
            Finding::new(line, rank::TEST, Category::Test)
                .headline(&found[1])
                .late(),
        );
    }
}

/// `conftest.py` could not be loaded: its error stands below.
fn conftest(log: &Log<'_>, line: usize, findings: &mut Vec<Finding>) {
    let raised = (line + 1..line + 40).find(|at| re!(r"^E\s+\w").is_match(log.text(*at)));
    let at = raised.unwrap_or(line);
    let said = log.text(at).trim_start_matches('E').trim();
    let (category, whose) = kind("ERROR", said);
    let finding = Finding::new(at, rank::TEST, category)
        .whose(whose)
        .span(line, at);
    findings.push(if raised.is_some() {
        finding.headline(said)
    } else {
        finding
    });
}

/// A failed test is a test's failure; a test that could not be collected often is not.
fn kind(word: &str, said: &str) -> (Category, Whose) {
    match classify::exception(said) {
        Some(kind @ (Category::Dependency | Category::Compile, _)) if word == "ERROR" => kind,
        _ => (Category::Test, Whose::Code),
    }
}
