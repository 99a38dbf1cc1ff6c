//! Rules against the failing phase.

use regex::RegexSet;

use super::{Pick, Rule};
use crate::finding::Finding;
use crate::log::Log;
use crate::{Category, Decider, parsers};

/// One set of the patterns of rules that name no words: such rules see every line.
pub(crate) fn prefilter(rules: &[Rule]) -> (RegexSet, Vec<usize>) {
    let open: Vec<usize> = (0..rules.len())
        .filter(|at| rules[*at].needs.is_empty())
        .collect();
    let set = RegexSet::new(open.iter().map(|at| rules[*at].pattern.text())).unwrap_or_default();
    if set.len() == open.len() {
        (set, open)
    } else {
        (RegexSet::empty(), open)
    }
}

/// Further lines of a rule that picks the first, for the excerpt.
const FURTHER: usize = 6;

/// Lines tried for them.
const FURTHER_TRIED: usize = 60;

/// Findings of one rule among `lines`, at most two: the one it picks, and the one a green run does not explain.
pub(crate) fn run(rule: &Rule, log: &Log<'_>, lines: &[usize], findings: &mut Vec<Finding>) {
    let split = lines.partition_point(|line| *line < log.extent.command);
    let (before, command) = lines.split_at(split);
    // A pass for novel lines of the last command, then for those before it, then for all others.
    for (part, novel) in [
        (command, true),
        (before, true),
        (command, false),
        (before, false),
    ] {
        if !novel && log.novel.is_none() {
            continue;
        }
        let mut matching =
            |line: &&usize| log.is_novel(**line) == novel && rule.matches(log.text(**line));
        let found = match rule.pick {
            Pick::Last => part.iter().rev().find(&mut matching),
            Pick::First => part.iter().find(&mut matching),
        };
        if let Some(line) = found {
            let mut found = finding(rule, log, *line);
            if rule.pick == Pick::First {
                let later = part
                    .iter()
                    .filter(|later| **later > *line)
                    .take(FURTHER_TRIED);
                found.more = later
                    .filter(|later| rule.matches(log.text(**later)))
                    .copied()
                    .take(FURTHER)
                    .collect();
            }
            findings.push(found);
            return;
        }
    }
}

fn finding(rule: &Rule, log: &Log<'_>, line: usize) -> Finding {
    let mut finding = Finding::new(line, rule.rank, rule.category).whose(rule.whose);
    finding.by = Decider::Rule;
    finding.name.clone_from(&rule.name);
    finding.late = rule.pick == Pick::Last;
    finding.context = rule.context;
    if matches!(rule.category, Category::Unknown | Category::Dependency)
        && let Some((category, whose)) = parsers::telling(log.text(line))
    {
        (finding.category, finding.whose) = (category, whose);
    }
    finding.key = rule.capture(log.text(line)).map(str::to_owned);
    finding
}
