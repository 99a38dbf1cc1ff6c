//! What a parser or rule says of one line.

use crate::{Category, Decider, FailedTest, Whose};

/// A line that may be the reason, and how sure its finder is.
#[derive(Debug, Clone)]
pub(crate) struct Finding {
    /// Index of the line in the trace.
    pub(crate) line: usize,
    /// How much a line of this shape tells, 0 to 100; see [`rank`].
    pub(crate) rank: i32,
    pub(crate) category: Category,
    pub(crate) whose: Whose,
    /// Text in place of the line's own.
    pub(crate) headline: Option<String>,
    /// What makes two failures the same, in place of the headline.
    pub(crate) key: Option<String>,
    /// First and last line of what a reader wants with it.
    pub(crate) span: (usize, usize),
    /// Further lines of the same shape, for the excerpt.
    pub(crate) more: Vec<usize>,
    pub(crate) tests: Vec<FailedTest>,
    pub(crate) by: Decider,
    /// Parser or rule.
    pub(crate) name: String,
    /// Later lines of this shape are likelier; otherwise earlier ones, because the rest is cascade.
    pub(crate) late: bool,
    /// It knows the kind of failure better than the line that tells the reason.
    pub(crate) context: bool,
}

/// The scale of ranks.
///
/// The distance between two steps is more than position can make up for.
pub(crate) mod rank {
    /// An error with its place and message.
    pub(crate) const ROOT: i32 = 88;
    /// A failed test with its message.
    pub(crate) const TEST: i32 = 84;
    /// A tool's own error message.
    pub(crate) const TOOL: i32 = 72;
    /// A complaint of a linter or formatter.
    pub(crate) const LINT: i32 = 68;
    /// An exception or error of no known tool.
    pub(crate) const GENERIC: i32 = 56;
    /// Says which part failed, not why.
    pub(crate) const SUMMARY: i32 = 34;
    /// Says only that something failed.
    pub(crate) const WRAPPER: i32 = 10;
}

impl Finding {
    /// A finding of a parser, whose name is set by the caller.
    pub(crate) fn new(line: usize, rank: i32, category: Category) -> Finding {
        Finding {
            line,
            rank,
            category,
            whose: category.usually(),
            headline: None,
            key: None,
            span: (line, line),
            more: Vec::new(),
            tests: Vec::new(),
            by: Decider::Parser,
            name: String::new(),
            late: false,
            context: false,
        }
    }

    pub(crate) fn headline(mut self, text: impl Into<String>) -> Finding {
        self.headline = Some(text.into());
        self
    }

    pub(crate) fn key(mut self, text: impl Into<String>) -> Finding {
        self.key = Some(text.into());
        self
    }

    pub(crate) fn whose(mut self, whose: Whose) -> Finding {
        self.whose = whose;
        self
    }

    pub(crate) fn span(mut self, from: usize, to: usize) -> Finding {
        self.span = (from.min(self.line), to.max(self.line));
        self
    }

    pub(crate) fn late(mut self) -> Finding {
        self.late = true;
        self
    }

    /// Adds a failed test of the log.
    pub(crate) fn test(mut self, suite: &str, name: &str, message: Option<&str>) -> Finding {
        self.tests.push(FailedTest {
            suite: suite.to_owned(),
            name: name.to_owned(),
            classname: None,
            file: None,
            message: message.map(str::to_owned),
        });
        self
    }
}
