//! Lines of no known shape: what they say still tells some from others.

use std::sync::LazyLock;

use regex::Regex;

use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::{Category, Decider};

/// Words that make a line worth a look.
pub(crate) const WORDS: &[&str] = &[
    "error",
    "fail",
    "exception",
    "panic",
    "fatal",
    "denied",
    "not found",
    "cannot",
    "can't",
    "unable",
    "refused",
    "timed out",
    "timeout",
    "killed",
    "no such",
    "undefined",
    "unexpected",
    "invalid",
    "missing",
    "abort",
    "segmentation",
    "assert",
    "expected",
    "traceback",
    "not ok",
    "conflict",
    "unresolved",
    "exceeded",
    "no space",
    "forbidden",
    "unauthorized",
    "mismatch",
    "does not",
    "could not",
    "couldn't",
    "rejected",
    "crash",
    "illegal",
    "violat",
    "unsupported",
    "unknown",
    "no matching",
    "must ",
];

/// Most findings.
const MOST: usize = 8;

/// How strong the words of a line are, 0 to 50; 0 for noise.
pub(crate) fn strength(text: &str) -> i32 {
    let text = text.trim_start();
    if text.is_empty() || NOISE.is_match(text) {
        return 0;
    }
    STRONG
        .iter()
        .find(|(pattern, _)| pattern.is_match(text))
        .map_or(0, |(_, strength)| *strength)
}

/// The strongest lines of the phase, the first of equals within the last command.
pub(crate) fn findings(log: &Log<'_>, lines: &[usize]) -> Vec<Finding> {
    let mut found: Vec<(i32, usize)> = lines
        .iter()
        .map(|line| (strength(log.text(*line)), *line))
        .filter(|(strength, _)| *strength > 0)
        .map(|(strength, line)| {
            let after = if line >= log.extent.command { 0 } else { 15 };
            let old = if log.is_novel(line) { 0 } else { 40 };
            (strength - after - old, line)
        })
        .collect();
    found.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    // The first of equals, and the last: one of them is the cause.
    let mut picked: Vec<usize> = Vec::new();
    for same in found.chunk_by(|one, other| one.0 == other.0) {
        for (_, line) in same
            .first()
            .into_iter()
            .chain(same.last())
            .chain(same.get(1))
        {
            if !picked.contains(line) && picked.len() < MOST {
                picked.push(*line);
            }
        }
    }
    picked
        .into_iter()
        .map(|line| {
            let mut finding = Finding::new(line, strength(log.text(line)), Category::Unknown);
            if let Some((category, whose)) = crate::parsers::telling(log.text(line)) {
                (finding.category, finding.whose) = (category, whose);
            }
            finding.by = Decider::Score;
            "words".clone_into(&mut finding.name);
            finding
        })
        .collect()
}

/// Lines that speak of errors and are none.
#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
static NOISE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)^\$ |^\+ |\b(?:0|no|without|zero) (?:\w+ )?(?:errors?|failures?|failed|fails?)\b|\b(?:errors?|failures?|failed|failing)[ :=]+0\b",
        r"|^(?:warning|warn|debug|info|note|trace|notice|hint)\b|^\[(?:warning|warn|info|debug)\]|deprecat",
        r"|\b(?:pass(?:ed|ing)?|ok|✓|✔)\s*$|^(?:ok|pass|passed|✓|✔)\b|\.\.\. ok$|^(?:compiling|downloading|downloaded|installing|fetching|get:|unpacking|setting up|selecting|checking|copying|linking|building|collecting|requirement already|inflating|creating|adding|extracting|preparing|using|loading|cloning|remote: (?:counting|compressing|enumerating|total))\b",
        r"|-W?no-error|error[_-]?(?:handler|handling|page|log|code|report|prone)\b|on[_-]error|--fail|fail[_-]?fast|if[_-]fail|ignore[sd]?\b|retry(?:ing)?\b",
        r"|^\s*at |^[\w/.-]+\.(?:rb|py|js|ts|go|rs|java|o|cpp|c|h|html|class|so|md|txt)$|^(?:export|declare|[A-Z_]+=)",
    ))
    .unwrap()
});

/// Shapes and their strength, strongest first.
#[expect(
    clippy::unwrap_used,
    reason = "constant patterns, compiled by the tests"
)]
static STRONG: LazyLock<Vec<(Regex, i32)>> = LazyLock::new(|| {
    [
        (r"^(?:fatal error|FATAL ERROR|fatal|FATAL|Fatal error)\b ?:? ?\S", 50),
        (r"^(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception|Failure|Fault)\b(?:: | - |$)", 50),
        (r"^(?:thread '.*' )?panic(?:ked)?\b", 50),
        (r"^(?i:error)(?:\[\w+\]|\(\w+\))?(?: [A-Z]+\d+)?: \S", 50),
        (r"^\[(?i:error|fatal|critical)\]:? \S", 46),
        (r"^[\w./@-]+: (?i:error|fatal|fatal error): \S", 48),
        (r"^\S+:\d+(?::\d+)?:? .*(?i:error|fail|undefined|invalid|expected)", 46),
        (r"(?i)\b(?:assertion|assert)\w* ?fail|\bassertion\b.*\bfailed", 46),
        (r"(?i)\bcommand not found\b|\bno such file or directory\b|\bpermission denied\b|\baccess denied\b", 44),
        (r"\b(?:[A-Z]\w+)+(?:Error|Exception)\b: \S", 44),
        (r"^(?:E|ERR!?|ERROR|CRITICAL|FAIL|FAILED|FAILURE|Error|Failed)\b[ :]+\S", 44),
        (r"\b(?:ERROR|FATAL|CRITICAL|SEVERE)\b[\]:]? ", 40),
        (r"(?i)\b(?:cannot|can't|could not|couldn't|unable to|failed to|failure to|does not|doesn't|must be|is not|are not)\b \w+", 36),
        (r"(?i)\b(?:not found|missing|undefined|unexpected|invalid|mismatch|unsupported|unknown|refused|rejected|exceeded|forbidden|unauthorized|timed out|aborted|crashed|killed|conflict)\b", 32),
        (r"(?i)\berrors?\b|\bexception\b", 28),
        (r"(?i)\bfail(?:ed|ure|ures|s|ing)?\b", 26),
    ]
    .into_iter()
    .map(|(pattern, strength)| (Regex::new(pattern).unwrap(), strength))
    .collect()
});

/// A rank from which a line counts as strong evidence.
pub(crate) const EVIDENCE: i32 = rank::SUMMARY - 2;

#[cfg(test)]
mod tests {
    use super::strength;

    #[test]
    fn messages_beat_mentions_and_noise_is_nothing() {
        assert!(strength("fatal: unable to read") > strength("the step failed"));
        assert!(
            strength("java.lang.IllegalStateException: boom") > strength("something is missing")
        );
        for noise in [
            "Tests: 3, failures: 0",
            "no errors",
            "warning: error in docs",
            "$ fail",
            "test error_handling ... ok",
            "",
        ] {
            assert_eq!(strength(noise), 0, "{noise}");
        }
    }
}
