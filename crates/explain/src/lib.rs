//! Why a CI job failed, from the text of its log.
//!
//! Pure: text in, an [`Explanation`] out; no IO, no clock, no SQL, and time linear in the size of the log.
//!
//! The way of a log:
//! 1. [`Trace::clean`]: bytes to lines, with numbers, phases and masked secrets;
//! 2. [`extent`]: the lines that can hold the reason, the failing phase;
//! 3. [`scan`]: one pass over them that finds, by fixed words, which parsers and rules may speak of which line;
//! 4. [`parsers`] (a file per tool, for what needs more than one line) and [`rules`] (`rules/*.toml`, for what one line tells)
//!    make findings, each with a rank;
//! 5. [`choose`]: novelty against a green run, position and rank give the order; the first is the headline;
//! 6. [`excerpt`], [`signature`], [`versions`]: what goes with it.
//!
//! Start at [`Explainer::explain`].
//! To teach it a new message, add a rule with an example to `rules/*.toml`; `docs/failures-rules.md` says how.
//! To teach it a tool whose message spreads over several lines, add a file to `parsers`.

mod block;
mod category;
mod choose;
mod excerpt;
mod explain;
mod explanation;
mod extent;
mod facts;
mod finding;
mod green;
pub mod group;
mod log;
mod mask;
mod metadata;
mod narrow;
mod parsers;
mod pattern;
mod rules;
mod scan;
mod score;
mod secrets;
mod signature;
mod trace;
mod versions;

pub use block::{KnownIssue, Matcher};
pub use category::{Category, UnknownWord, Whose};
pub use explain::Explainer;
pub use explanation::{
    Candidate, DecidedBy, Decider, EXCERPT_LINES, ExcerptLine, Explanation, HEADLINE_CHARS, Printed,
};
pub use facts::{Facts, FailedTest};
pub use green::GreenLines;
pub use metadata::{Reason, matches_reason, reason};
pub use pattern::{Pattern, PatternError};
pub use rules::{RuleProblem, RulesError};
pub use secrets::mask_secrets;
pub use signature::Signature;
pub use trace::{HEAD_BYTES, Line, PhaseId, TAIL_BYTES, Trace};
