//! The part of a trace that parsers read.

use crate::extent::Extent;
use crate::{Line, mask};

/// Lines of a trace, the failing phase among them, and which of them a green run does not have.
pub(crate) struct Log<'a> {
    pub(crate) lines: &'a [Line],
    pub(crate) extent: Extent,
    /// One entry a line; absent without a green run.
    pub(crate) novel: Option<Vec<bool>>,
}

impl<'a> Log<'a> {
    /// Text of a line without prefixes that say when it was printed; empty behind the end.
    pub(crate) fn text(&self, line: usize) -> &'a str {
        self.lines
            .get(line)
            .map_or("", |line| mask::body(&line.text))
    }

    /// First line after `line` that is not blank, at most `reach` lines away.
    pub(crate) fn below(&self, line: usize, reach: usize) -> Option<usize> {
        (line + 1..=line + reach)
            .take_while(|at| *at < self.end())
            .find(|at| !self.text(*at).trim().is_empty())
    }

    /// Last line before `line` that is not blank, at most `reach` lines away.
    pub(crate) fn above(&self, line: usize, reach: usize) -> Option<usize> {
        (line.saturating_sub(reach)..line)
            .rev()
            .find(|at| !self.text(*at).trim().is_empty())
    }

    /// Last line of the run that begins behind `line` and in which `belongs` holds, at most `reach` lines.
    pub(crate) fn run(&self, line: usize, reach: usize, belongs: impl Fn(&str) -> bool) -> usize {
        let mut last = line;
        for at in line + 1..=line + reach {
            if at >= self.end() || !belongs(self.text(at)) {
                break;
            }
            last = at;
        }
        last
    }

    /// Behind the last line of the failing phase.
    pub(crate) fn end(&self) -> usize {
        self.extent.end
    }

    /// Is the line in the failing phase?
    pub(crate) fn inside(&self, line: usize) -> bool {
        self.extent.holds(line)
    }

    /// Is the line new, as far as is known?
    pub(crate) fn is_novel(&self, line: usize) -> bool {
        self.novel
            .as_ref()
            .is_none_or(|novel| novel.get(line).copied().unwrap_or(true))
    }
}
