//! The lines a person would want to read.

use std::collections::BTreeSet;

use crate::choose::Chosen;
use crate::log::Log;
use crate::{EXCERPT_LINES, ExcerptLine, mask, score};

/// Lines of the headline's own block.
const OWN: usize = 24;

/// Lines of each further finding.
const FURTHER: usize = 8;

/// Findings whose score is further below the first one's are left out.
const NEAR: f64 = 24.0;

/// Lines wanted when there is no green run to say what is new.
const WANTED: usize = 30;

/// Lines that differ in numbers only and are shown.
const ALIKE: usize = 6;

/// Novel lines between two strong ones that stay together.
const GAP: usize = 2;

/// Picks at most [`EXCERPT_LINES`] lines around the first of `ordered`; `strong` are lines with words of failure.
pub(crate) fn excerpt(log: &Log<'_>, ordered: &[Chosen], strong: &[usize]) -> Vec<ExcerptLine> {
    let mut lines = BTreeSet::new();
    if let Some(first) = ordered.first() {
        add(log, &mut lines, first, OWN, EXCERPT_LINES);
        for more in &first.finding.more {
            add_around(log, &mut lines, *more, (*more, *more), FURTHER, WANTED);
        }
        if !log.inside(first.finding.line) {
            // The runner ended the job: what it did last says most.
            let spoken = |line: &usize| !log.text(*line).trim().is_empty();
            lines.extend(
                (log.extent.start..log.extent.end)
                    .rev()
                    .filter(spoken)
                    .take(FURTHER),
            );
        }
        let near = |chosen: &&Chosen| chosen.score > first.score - NEAR;
        for chosen in ordered.iter().skip(1).take(40).filter(near) {
            add(log, &mut lines, chosen, FURTHER, WANTED);
        }
        if log.novel.is_some() {
            novel_blocks(log, &mut lines, ordered, strong);
        }
    }
    let own = ordered.first().map(|first| first.finding.line);
    let mut seen: Vec<(Vec<u8>, usize)> = Vec::new();
    lines.retain(|line| {
        let mut masked = Vec::new();
        mask::line(log.text(*line), &mut masked);
        if let Some((_, count)) = seen.iter_mut().find(|(known, _)| *known == masked) {
            *count += 1;
            return *count <= ALIKE || own == Some(*line);
        }
        seen.push((masked, 1));
        true
    });
    lines
        .into_iter()
        .map(|line| ExcerptLine {
            number: log.lines[line].number,
            text: mask::shortened(&log.lines[line].text, 500).into_owned(),
        })
        .collect()
}

/// Adds the span of a finding, at most `most` lines of it, the finding's own line among them.
fn add(log: &Log<'_>, lines: &mut BTreeSet<usize>, chosen: &Chosen, most: usize, limit: usize) {
    add_around(
        log,
        lines,
        chosen.finding.line,
        chosen.finding.span,
        most,
        limit,
    );
}

/// As [`add`], for a line and its span.
fn add_around(
    log: &Log<'_>,
    lines: &mut BTreeSet<usize>,
    own: usize,
    span: (usize, usize),
    most: usize,
    limit: usize,
) {
    let (mut from, mut to) = surroundings(log, own, span);
    to = to.min(log.lines.len().saturating_sub(1)).min(own + most);
    from = from.max(own.saturating_sub(most));
    while to - from + 1 > most {
        if own - from > to - own {
            from += 1;
        } else {
            to -= 1;
        }
    }
    // The line itself comes first, in case there is no room for its surroundings.
    for line in std::iter::once(own).chain(from..=to) {
        if lines.len() < limit && (line == own || told(log, line)) {
            lines.insert(line);
        }
    }
}

/// Widens a span to what belongs to it by its look: a heading above, details below.
fn surroundings(log: &Log<'_>, line: usize, span: (usize, usize)) -> (usize, usize) {
    let (mut from, mut to) = span;
    let above = from.checked_sub(1).map(|above| (above, log.text(above)));
    if let Some((above, text)) = above
        && log.inside(above)
        && (text.ends_with(':') || text.starts_with("In file included from"))
        && !text.starts_with("$ ")
    {
        from = above;
    }
    let indent = |text: &str| text.len() - text.trim_start().len();
    let base = indent(log.text(line));
    let stem = stem(log.text(line));
    for at in to + 1..=to + DETAILS {
        let text = log.text(at);
        let blank = text.trim().is_empty();
        let detail = !blank
            && (indent(text) > base
                || text.starts_with(['|', '^', '~', '>', '│', '╰', '='])
                || HINTS.iter().any(|hint| text.trim_start().starts_with(hint))
                || (stem.len() > 3 && text.starts_with(stem)));
        // One blank line may stand between a message and its details.
        let across =
            blank && indent(log.text(at + 1)) > base && !log.text(at + 1).trim().is_empty();
        if !log.inside(at) || !(detail || across) {
            break;
        }
        to = at;
    }
    (from, to)
}

/// What lines of one tool have in common: its name, or the file it speaks of.
fn stem(text: &str) -> &str {
    for known in [
        "npm ERR!",
        "npm error",
        "[ERROR]",
        "[error]",
        "ERROR:",
        "error:",
        "E  ",
        "fatal:",
        "remote:",
        "E: ",
        "go: ",
        "CMake Error",
    ] {
        if text.starts_with(known) {
            return known;
        }
    }
    text.find(|letter: char| letter == ':' || letter == '(' || letter.is_whitespace())
        .filter(|end| text[..*end].contains('.') && text[*end..].starts_with([':', '(']))
        .map_or("", |end| &text[..end])
}

/// Lines of details below a message.
const DETAILS: usize = 12;

/// How a line of details may begin.
const HINTS: &[&str] = &[
    "help:",
    "note:",
    "hint:",
    "Hint:",
    "Expected",
    "expected",
    "Received",
    "Actual",
    "actual",
    "left:",
    "right:",
    "Caused by",
    "--- ",
    "+++ ",
    "compilation terminated",
    "Did you mean",
    "Run ",
    "To fix",
    "Please ",
    "ERROR: No matching",
];

/// Adds runs of lines that the green run does not have and in which at least one is strong.
fn novel_blocks(log: &Log<'_>, lines: &mut BTreeSet<usize>, ordered: &[Chosen], strong: &[usize]) {
    let first = ordered[0].finding.line;
    let evidence: BTreeSet<usize> = strong
        .iter()
        .copied()
        .filter(|line| score::strength(log.text(*line)) >= score::EVIDENCE)
        .chain(
            ordered
                .iter()
                .filter(|chosen| chosen.score > 30.0)
                .map(|chosen| chosen.finding.line),
        )
        .filter(|line| log.is_novel(*line) && log.inside(*line))
        .collect();
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    for line in evidence {
        if blocks.last().is_some_and(|(_, to)| line <= *to) {
            continue;
        }
        let from = edge(log, line, -1);
        let to = edge(log, line, 1);
        blocks.push((from, to));
    }
    // Near blocks first.
    blocks.sort_by_key(|(from, to)| {
        if *from <= first && first <= *to {
            0
        } else {
            first.abs_diff(*from).min(first.abs_diff(*to))
        }
    });
    for (from, to) in blocks {
        let length = to - from + 1;
        let room = EXCERPT_LINES.saturating_sub(lines.len());
        if room == 0 {
            break;
        }
        if length <= room {
            lines.extend((from..=to).filter(|line| told(log, *line)));
            continue;
        }
        // Too long: what stands nearest to evidence.
        let mut inner: Vec<usize> = (from..=to)
            .filter(|line| !log.text(*line).trim().is_empty())
            .collect();
        inner.sort_by_key(|line| {
            let near = strong.partition_point(|strong| strong < line);
            let behind = strong.get(near).map_or(usize::MAX, |strong| strong - line);
            let before = near
                .checked_sub(1)
                .and_then(|near| strong.get(near))
                .map_or(usize::MAX, |strong| line - strong);
            behind.min(before).min(line.abs_diff(first))
        });
        lines.extend(inner.into_iter().take(room));
    }
}

/// Worth showing: not blank, no ornament, no test that passed, and not deep in a stack trace.
fn told(log: &Log<'_>, line: usize) -> bool {
    let text = log.text(line).trim();
    let frame = |text: &str| {
        let text = text.trim_start();
        text.starts_with("at ")
            || text.starts_with("from ")
            || text
                .strip_prefix('#')
                .is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
    };
    if frame(text) && FOREIGN.iter().any(|part| text.contains(part)) {
        return false;
    }
    let deep = line >= FRAMES && (line - FRAMES..=line).all(|at| frame(log.text(at)));
    !deep
        && !text
            .chars()
            .all(|letter| matches!(letter, '=' | '-' | '_' | '─' | '━' | '⎯' | '*' | '.' | '#'))
        && !IDLE.iter().any(|opening| text.starts_with(opening))
}

/// Frames of a language's own machinery.
const FOREIGN: &[&str] = &[
    "java.base/",
    "jdk.internal",
    "jdk.compiler/",
    "sun.reflect",
    "java.lang.reflect",
    "org.junit.",
    "org.gradle.",
    "org.apache.maven.",
    "node:internal",
    "(internal/",
    "/node_modules/",
    "node:async_hooks",
    "<internal:",
    "/gems/",
    "libc_start",
    "/rustc/",
    "core::ops",
];

/// How lines begin that nobody needs beside the reason.
const IDLE: &[&str] = &[
    "✓ ",
    "✔ ",
    "PASS ",
    "ok ",
    "--- PASS",
    "[       OK ]",
    "note: run with `RUST_BACKTRACE",
    "> Run with --",
    "Run with --",
    "> Get more help",
    "* Get more help",
    "* Try:",
    "[ERROR] -> [Help",
    "[ERROR] To see the full",
    "[ERROR] Re-run Maven",
    "[ERROR] For more information",
    "[ERROR] [Help",
    "[ERROR] Please refer",
    "For more information about",
    "stack backtrace:",
    "Did you mean:",
    "For more information:",
];

/// Frames of a stack trace that are shown.
const FRAMES: usize = 4;

/// Walks from `line` over novel lines, across at most [`GAP`] others or blank ones.
fn edge(log: &Log<'_>, line: usize, step: isize) -> usize {
    let mut last = line;
    let mut gap = 0;
    let mut at = line;
    for _ in 0..200 {
        let Some(next) = at.checked_add_signed(step) else {
            break;
        };
        if !log.inside(next) {
            break;
        }
        at = next;
        let blank = log.text(at).trim().is_empty();
        if log.is_novel(at) && !blank {
            last = at;
            gap = 0;
        } else {
            gap += 1;
            if gap > GAP {
                break;
            }
        }
    }
    last
}
