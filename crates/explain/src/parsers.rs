//! Parsers: what a tool prints over several lines, read as its authors meant it.
//!
//! A parser is called with the lines that hold one of its words, and only if there are any.
//! It recognises shapes of the tool's output and nothing of any one project.

use crate::finding::Finding;
use crate::log::Log;
use crate::{Category, Whose};

/// A compiled constant pattern, made at its first use.
macro_rules! re {
    ($pattern:expr) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| crate::pattern::constant($pattern));
        &*PATTERN
    }};
}

mod cargo;
mod classify;
mod dotnet;
mod eslint;
mod go;
mod gradle;
mod gtest;
mod jest;
mod julia;
mod junit;
mod mocha;
mod named;
mod npm;
mod phpunit;
mod pytest;
mod resolver;
mod rlang;
mod rspec;
mod scala;
mod stack;
mod terraform;
mod traceback;
mod unittest;

/// Reads what one tool prints.
pub(crate) struct Parser {
    /// Name stored with a reason.
    pub(crate) name: &'static str,
    /// A log without one of these words has nothing for this parser; case does not matter.
    pub(crate) words: &'static [&'static str],
    /// Adds findings; the lines hold one of the words each, are in order and in the failing phase.
    pub(crate) parse: fn(&Log<'_>, &[usize], &mut Vec<Finding>),
}

/// All parsers.
pub(crate) const PARSERS: &[Parser] = &[
    pytest::PARSER,
    unittest::PARSER,
    traceback::PARSER,
    cargo::PARSER,
    go::PARSER,
    jest::PARSER,
    mocha::PARSER,
    npm::PARSER,
    eslint::PARSER,
    resolver::PARSER,
    junit::PARSER,
    gradle::PARSER,
    stack::PARSER,
    rspec::PARSER,
    phpunit::PARSER,
    dotnet::PARSER,
    gtest::PARSER,
    julia::PARSER,
    rlang::PARSER,
    scala::PARSER,
    terraform::PARSER,
    named::PARSER,
];

/// Category that the words of a line tell more surely than its shape: an address that could not be reached, a full disk.
pub(crate) fn telling(text: &str) -> Option<(Category, Whose)> {
    classify::exception(text).filter(|(category, _)| {
        matches!(
            category,
            Category::Network | Category::Auth | Category::Disk | Category::Oom
        )
    })
}

/// Most failures of one tool that become findings.
const MOST: usize = 25;

#[cfg(test)]
mod tests;
