//! The answer: one line, where it stands, and why we believe it.

use serde::{Deserialize, Serialize};

use crate::{Category, FailedTest, Signature, Whose};

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// One line, at most [`HEADLINE_CHARS`] characters, secrets masked. Empty if nothing is known.
    pub headline: String,
    /// Line of the log, 1-based; absent if the log did not decide or its numbers are unknown.
    pub line: Option<u32>,
    /// The lines a person would want to read, at most [`EXCERPT_LINES`], in the order of the log.
    pub excerpt: Vec<ExcerptLine>,
    /// Section of the log that was open when the job died, `script` if the log has none; may be empty.
    pub phase: String,
    /// Kind of failure.
    pub category: Category,
    /// Who can mend it.
    pub whose: Whose,
    /// What decided.
    pub decided_by: DecidedBy,
    /// A sentence for people: which parser, rule or score, and on what evidence.
    pub why: String,
    /// Best first, at most five; the first is the headline.
    pub candidates: Vec<Candidate>,
    /// Failed tests that the log or the report names.
    pub tests: Vec<FailedTest>,
    /// Identity of the failure.
    pub signature: Signature,
    /// Versions of dependencies that the log prints, at most 2,000.
    pub versions: Vec<Printed>,
}

/// Longest headline, in characters.
pub const HEADLINE_CHARS: usize = 300;

/// Longest excerpt, in lines.
pub const EXCERPT_LINES: usize = 40;

/// One line of an excerpt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExcerptLine {
    /// Line of the log, 1-based.
    pub number: Option<u32>,
    /// The line, cleaned and masked.
    pub text: String,
}

/// What decided, so that it can be found, judged and changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecidedBy {
    /// How.
    pub kind: Decider,
    /// Name of the parser or rule, or the `failure_reason`.
    pub name: String,
    /// [`crate::Explainer::version`] at that time.
    pub version: String,
}

/// The ways to decide, as words in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// GitLab's `failure_reason`.
    Metadata,
    /// GitLab's test report.
    TestReport,
    /// A parser of a tool's output.
    Parser,
    /// A rule of a pack.
    Rule,
    /// The score of a line.
    Score,
    /// The last line that a green run does not have.
    Novelty,
    /// Nothing.
    None,
}

impl Decider {
    /// The word stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Decider::Metadata => "metadata",
            Decider::TestReport => "test_report",
            Decider::Parser => "parser",
            Decider::Rule => "rule",
            Decider::Score => "score",
            Decider::Novelty => "novelty",
            Decider::None => "none",
        }
    }
}

/// A line that may be the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The line as a headline.
    pub headline: String,
    /// Line of the log, 1-based.
    pub line: Option<u32>,
    /// Greater is more plausible; compares only within one explanation.
    pub score: f64,
    /// Which parser, rule or score.
    pub why: String,
}

/// A version of a dependency that the log prints.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Printed {
    /// Name of the package.
    pub name: String,
    /// Version, or the digest of an image.
    pub version: String,
}
