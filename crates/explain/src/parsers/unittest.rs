//! Python's unittest, and what prints like it: Django, nose, trial.

use super::traceback;
use super::{MOST, Parser};
use crate::Category;
use crate::finding::{Finding, rank};
use crate::log::Log;

pub(super) const PARSER: Parser = Parser {
    name: "unittest",
    words: &["FAIL: ", "ERROR: ", "FAIL [", "ERROR ["],
    parse,
};

/// Lines of one failure.
const LINES: usize = 200;

fn parse(log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let mut count = 0;
    for line in lines {
        let Some(found) =
            re!(r"^(?:FAIL|ERROR)(?: \[[\d.]+s\])?: (\S.*)$").captures(log.text(*line))
        else {
            continue;
        };
        let framed = line
            .checked_sub(1)
            .is_some_and(|above| log.text(above).starts_with("====="));
        if !framed {
            continue;
        }
        count += 1;
        if count > MOST {
            return;
        }
        let name = found[1].split(' ').next().unwrap_or_default().to_owned();
        let end = log.end().min(line + LINES);
        let mut last = None;
        let mut at = line + 1;
        while at < end
            && !log.text(at).starts_with("=====")
            && !re!(r"^Ran \d+ tests? in").is_match(log.text(at))
        {
            if log
                .text(at)
                .starts_with("Traceback (most recent call last)")
                && let Some(raised) = traceback::raised(log, at)
            {
                last = Some(raised);
                at = raised;
            }
            at += 1;
        }
        let Some(raised) = last else { continue };
        let said = log.text(raised);
        findings.push(
            Finding::new(raised, rank::TEST + 1, Category::Test)
                .headline(format!("{name}: {said}"))
                .span(
                    *line,
                    raised + usize::from(!log.text(raised + 1).trim().is_empty()),
                )
                .test(
                    found[1]
                        .split_once('(')
                        .map_or("", |(_, class)| class.trim_end_matches(')')),
                    &name,
                    Some(said),
                ),
        );
    }
}
