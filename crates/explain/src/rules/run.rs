//! Rules against the failing phase.

use regex::RegexSet;

use super::{Pick, Rule};
use crate::Decider;
use crate::finding::Finding;
use crate::log::Log;

/// One set of the patterns of rules that name no words: such rules see every line.
pub(crate) fn prefilter(rules: &[Rule]) -> (RegexSet, Vec<usize>) {
    let open: Vec<usize> = (0..rules.len())
        .filter(|at| rules[*at].needs.is_empty())
        .collect();
    let set = RegexSet::new(open.iter().map(|at| rules[*at].pattern.as_str())).unwrap_or_default();
    if set.len() == open.len() {
        (set, open)
    } else {
        (RegexSet::empty(), open)
    }
}

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
        let mut matching = |line: &&usize| {
            log.is_novel(**line) == novel && rule.pattern.is_match(log.text(**line))
        };
        let found = match rule.pick {
            Pick::Last => part.iter().rev().find(&mut matching),
            Pick::First => part.iter().find(&mut matching),
        };
        if let Some(line) = found {
            findings.push(finding(rule, log, *line));
            return;
        }
    }
}

fn finding(rule: &Rule, log: &Log<'_>, line: usize) -> Finding {
    let mut finding = Finding::new(line, rule.rank, rule.category).whose(rule.whose);
    finding.by = Decider::Rule;
    finding.name.clone_from(&rule.name);
    finding.late = rule.pick == Pick::Last;
    finding.key = rule.capture(log.text(line)).map(str::to_owned);
    finding
}
