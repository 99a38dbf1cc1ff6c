//! Which of the findings is the reason.

use crate::finding::{Finding, rank};
use crate::log::Log;
use crate::signature;

/// A finding with the score that orders it.
pub(crate) struct Chosen {
    pub(crate) finding: Finding,
    pub(crate) score: f64,
}

/// Taken off the score of a wrapper: beyond what any other line can lose.
const LAST_RESORT: f64 = 1e6;

/// Most candidates.
const CANDIDATES: usize = 5;

/// Cost of a line that a green run printed too.
const KNOWN: f64 = 40.0;

/// Cost of a line before the last command that was echoed: the job went on after it.
const BEFORE: f64 = 15.0;

/// Cost of a line that says itself that it is tried again.
const RETRIED: f64 = 25.0;

/// Worth of standing at the very end, for findings whose last occurrence counts.
const LATE: f64 = 6.0;

/// Cost of a further candidate by the same parser or rule: the three shown should differ.
const REPEATED: f64 = 9.0;

/// Orders all findings, best first; one a line.
pub(crate) fn ordered(log: &Log<'_>, findings: Vec<Finding>) -> Vec<Chosen> {
    let length = (log.end() - log.extent.start).max(1) as f64;
    let mut all: Vec<Chosen> = findings
        .into_iter()
        .map(|finding| {
            let mut score = f64::from(finding.rank);
            if finding.line < log.extent.command {
                score -= BEFORE;
            }
            if !log.is_novel(finding.line) {
                score -= KNOWN;
            }
            if retried(log.text(finding.line)) {
                score -= RETRIED;
            }
            if finding.late || finding.rank <= rank::GENERIC {
                score +=
                    LATE * (finding.line.saturating_sub(log.extent.start) as f64 / length).min(1.0);
            }
            Chosen { finding, score }
        })
        .collect();
    // Of equals the first, since what follows an error is often its cascade.
    all.sort_by(|one, other| {
        other
            .score
            .total_cmp(&one.score)
            .then(one.finding.line.cmp(&other.finding.line))
    });
    // Of several findings on a line the best stays, with the surroundings of all.
    let mut at_line: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    let mut kept: Vec<Chosen> = Vec::with_capacity(all.len());
    for chosen in all {
        if let Some(at) = at_line.get(&chosen.finding.line) {
            let known = &mut kept[*at].finding;
            known.span = (
                known.span.0.min(chosen.finding.span.0),
                known.span.1.max(chosen.finding.span.1),
            );
            known.tests.extend(chosen.finding.tests);
        } else {
            at_line.insert(chosen.finding.line, kept.len());
            kept.push(chosen);
        }
    }
    kept
}

/// Does the line announce another attempt?
fn retried(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    (lower.contains("retry")
        || lower.contains("retries left")
        || lower.contains("trying again")
        || lower.contains("attempt "))
        && ![
            "after connection broken by",
            "retry timed out",
            "giving up",
            "exceeded",
            "retries exhausted",
            "max retries",
            "maxretry",
        ]
        .iter()
        .any(|last| lower.contains(last))
}

/// The kind of failure: that of the first, or what a summary says of it.
pub(crate) fn kind(
    log: &Log<'_>,
    ordered: &[Chosen],
    first: &Finding,
) -> (crate::Category, crate::Whose) {
    if first.category != crate::Category::Unknown {
        return (first.category, first.whose);
    }
    ordered
        .iter()
        .map(|chosen| &chosen.finding)
        .find(|finding| {
            finding.context
                && log.is_novel(finding.line)
                && finding.line >= log.extent.command.min(first.line)
        })
        .map_or((first.category, first.whose), |finding| {
            (finding.category, finding.whose)
        })
}

/// The first of `ordered`, and up to four that differ from those before them.
pub(crate) fn candidates<'a>(log: &Log<'_>, ordered: &'a [Chosen]) -> Vec<&'a Chosen> {
    let mut picked: Vec<&Chosen> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    while picked.len() < CANDIDATES {
        let next = ordered
            .iter()
            .take(200)
            .filter(|chosen| !picked.iter().any(|known| std::ptr::eq(*known, *chosen)))
            .filter(|chosen| !texts.contains(&signature::masked(&headline(log, &chosen.finding))))
            .map(|chosen| {
                let same = picked
                    .iter()
                    .filter(|known| known.finding.name == chosen.finding.name)
                    .count();
                // What is wrapped around every failure tells less than any line of the failure itself.
                let wrapper = chosen.finding.name.starts_with("wrappers/")
                    || log
                        .text(chosen.finding.line)
                        .starts_with("ERROR: Job failed: exit ");
                let last = if wrapper { LAST_RESORT } else { 0.0 };
                (chosen, chosen.score - REPEATED * same as f64 - last)
            })
            .reduce(|best, next| if next.1 > best.1 { next } else { best });
        let Some((chosen, _)) = next else { break };
        texts.push(signature::masked(&headline(log, &chosen.finding)));
        picked.push(chosen);
    }
    picked
}

/// Text of a finding: its own headline, or the line's.
pub(crate) fn headline(log: &Log<'_>, finding: &Finding) -> String {
    let text = finding
        .headline
        .as_deref()
        .unwrap_or_else(|| log.text(finding.line));
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::mask::shortened(&joined, crate::HEADLINE_CHARS).into_owned()
}
