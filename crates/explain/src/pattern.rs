//! Patterns of known issues: plain text, or a regular expression.

use regex::{Regex, RegexBuilder};

use crate::narrow::narrowed;

/// Longest pattern, in bytes.
const LONGEST: usize = 1_000;

/// Largest compiled expression, in bytes.
const COMPILED: usize = 1 << 20;

/// Largest memory of an expression for what it has seen, in bytes: there may be as many patterns as issues.
const SEEN: usize = 64 << 10;

/// Something to look for in the lines of a log; case does not matter.
#[derive(Debug, Clone)]
pub struct Pattern {
    expression: Regex,
    text: String,
}

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It would match every line.
    #[error("pattern is empty or matches the empty line")]
    Empty,
    /// It is longer than we look at.
    #[error("pattern is longer than {LONGEST} bytes")]
    Long,
    /// It is no regular expression of the linear kind (no look-around, no back references).
    #[error("pattern cannot be read: {0}")]
    Unreadable(String),
}

impl Pattern {
    /// Plain text; runs of white space are alike.
    ///
    /// # Errors
    /// When it is empty or too long.
    pub fn literal(text: &str) -> Result<Pattern, PatternError> {
        let words: Vec<String> = text.split_whitespace().map(regex::escape).collect();
        Pattern::compile(text, &words.join(r"[ \t]+"))
    }

    /// A regular expression, matched against single lines in linear time.
    ///
    /// # Errors
    /// When it is empty, too long, too large or unreadable.
    pub fn regex(text: &str) -> Result<Pattern, PatternError> {
        Pattern::compile(text, text)
    }

    /// As people write it in an issue: `/…/` is a regular expression, anything else plain text.
    ///
    /// # Errors
    /// As [`Pattern::literal`] and [`Pattern::regex`].
    pub fn parse(text: &str) -> Result<Pattern, PatternError> {
        let text = text.trim();
        match text
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'))
        {
            Some(expression) if !expression.is_empty() => Pattern::regex(expression),
            _ => Pattern::literal(text),
        }
    }

    /// The pattern as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Does the line hold it?
    pub fn is_match(&self, line: &str) -> bool {
        self.expression.is_match(line)
    }

    fn compile(text: &str, expression: &str) -> Result<Pattern, PatternError> {
        if text.len() > LONGEST {
            return Err(PatternError::Long);
        }
        let expression = RegexBuilder::new(expression)
            .case_insensitive(true)
            .size_limit(COMPILED)
            .dfa_size_limit(SEEN)
            .build()
            .map_err(|error| {
                PatternError::Unreadable(
                    error
                        .to_string()
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" "),
                )
            })?;
        if expression.is_match("") {
            return Err(PatternError::Empty);
        }
        Ok(Pattern {
            expression,
            text: text.to_owned(),
        })
    }
}

/// Largest memory of an expression of ours for what it has seen, in bytes: there are hundreds, each with one for every
/// thread, and most see few lines.
pub(crate) const SEEN_OF_RULES: usize = 256 << 10;

/// A constant expression that sees few lines.
#[expect(
    clippy::expect_used,
    reason = "a constant pattern, compiled by the tests"
)]
pub(crate) fn constant(expression: &str) -> Regex {
    RegexBuilder::new(&narrowed(expression))
        .dfa_size_limit(SEEN_OF_RULES)
        .build()
        .expect("a constant pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_plain_and_slashes_make_an_expression() {
        assert!(
            Pattern::parse("a.b (x)")
                .unwrap()
                .is_match("see A.B  (x) here")
        );
        assert!(!Pattern::parse("a.b").unwrap().is_match("axb"));
        assert!(Pattern::parse("/a.b/").unwrap().is_match("axb"));
        assert_eq!(Pattern::parse(" ").unwrap_err(), PatternError::Empty);
        assert_eq!(Pattern::regex("x*").unwrap_err(), PatternError::Empty);
        assert!(matches!(
            Pattern::regex("(?=x)"),
            Err(PatternError::Unreadable(_))
        ));
        assert_eq!(
            Pattern::literal(&"x".repeat(2_000)).unwrap_err(),
            PatternError::Long
        );
    }
}
