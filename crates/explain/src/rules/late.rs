//! Expressions of rules, which are many and of which a log needs few.

use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use crate::narrow::narrowed;
use crate::pattern::SEEN_OF_RULES;

/// Largest compiled pattern, in bytes; keeps a hostile pack from eating memory.
const PATTERN_BYTES: usize = 1 << 20;

/// An expression that was made once, to see that it is one, and is made again at its first use.
#[derive(Debug)]
pub(crate) struct Late {
    text: String,
    made: OnceLock<Regex>,
}

impl Late {
    /// Makes the expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let text = narrowed(text).into_owned();
        let made = expression(&text).map_err(|error| super::pack::one_line(&error))?;
        Ok(Self {
            text,
            made: made.into(),
        })
    }

    /// Gives back the memory until it is used.
    pub(super) fn rest(&mut self) {
        self.made.take();
    }

    /// The expression.
    #[expect(clippy::expect_used, reason = "it was made before")]
    pub(super) fn get(&self) -> &Regex {
        let make = || expression(&self.text).expect("what was an expression stays one");
        self.made.get_or_init(make)
    }

    /// As it is made.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

fn expression(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text)
        .size_limit(PATTERN_BYTES)
        .dfa_size_limit(SEEN_OF_RULES)
        .build()
}
