//! When two failures are the same.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::{Category, mask};

/// Version of [`masked`]: a change of the mask needs a new number, so that old identities can be mapped.
pub(crate) const VERSION: u16 = 1;

/// Longest pattern, in characters.
const PATTERN_CHARS: usize = 240;

/// Identity of a failure: the headline without what changes from run to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// Version of the mask.
    pub version: u16,
    /// The masked headline, for people: `Connection to «HOST1» refused`.
    pub pattern: String,
    /// Hash of version, category and pattern.
    pub hash: u128,
}

impl Signature {
    /// The identity of a headline (or of what a rule captured of it) in a category.
    pub fn of(headline: &str, category: Category) -> Signature {
        let pattern = mask::shortened(&masked(headline), PATTERN_CHARS).into_owned();
        let hash = xxh3_128(format!("{VERSION}\n{category}\n{pattern}").as_bytes());
        Signature {
            version: VERSION,
            pattern,
            hash,
        }
    }
}

/// Replaces dates, hosts, addresses, hashes, paths of temporary folders and numbers by numbered names.
///
/// Equal values get equal names, so `expected 3, got 3` and `expected 3, got 4` stay different.
pub(crate) fn masked(text: &str) -> String {
    let mut seen: Vec<(usize, String)> = Vec::new();
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let out = UNIQUE.replace_all(&joined, |found: &Captures<'_>| {
        let Some((kind, value)) = found
            .iter()
            .enumerate()
            .skip(1)
            .find_map(|(kind, part)| part.map(|part| (kind, part.as_str())))
        else {
            return String::new();
        };
        let at = seen
            .iter()
            .position(|(known, text)| *known == kind && text == value)
            .unwrap_or_else(|| {
                seen.push((kind, value.to_owned()));
                seen.len() - 1
            });
        let number = seen[..=at]
            .iter()
            .filter(|(known, _)| *known == kind)
            .count();
        format!("«{}{number}»", NAMES[kind - 1])
    });
    out.into_owned()
}

/// Names of the groups of [`UNIQUE`], in order.
const NAMES: &[&str] = &[
    "TIME", "UUID", "IP", "HOST", "TMP", "DIGEST", "HEX", "HEX", "LONG", "PLACE", "DURATION", "N",
];

#[expect(
    clippy::unwrap_used,
    reason = "a constant pattern, compiled by the tests"
)]
static UNIQUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?)",
        r"|\b([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\b",
        r"|\b(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?::\d+)?)\b",
        r"|://((?:[\w.-]+)(?::\d+)?)",
        r"|((?:/tmp|/var/folders|/builds|/home/[\w.-]+|/root|/Users/[\w.-]+|[A-Z]:\\Users\\[\w.-]+)(?:[/\\][\w.@+-]+)*[/\\])",
        r"|(sha256:[0-9a-f]{12,})",
        r"|\b(0x[0-9a-fA-F]+)\b",
        r"|\b([0-9]+[a-f][0-9a-f]{6,}|[a-f]+[0-9][0-9a-f]{6,})\b",
        r"|\b([A-Za-z0-9+/]{10,}={1,2})",
        r"|(:\d+(?::\d+)?\b)",
        r"|\b(\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))\b",
        r"|\b(\d+(?:\.\d+)?)\b",
    ))
    .unwrap()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_numbered_and_equal_values_stay_equal() {
        assert_eq!(masked("expected 3, got 3"), masked("expected 7, got 7"));
        assert_ne!(masked("expected 3, got 3"), masked("expected 3, got 4"));
        assert_eq!(masked("dial 10.0.0.1:5432 refused"), "dial «IP1» refused");
        assert_eq!(
            masked("at src/a.rs:10:5 after 3.2s"),
            masked("at src/a.rs:11:9 after 12s")
        );
        assert_eq!(masked("/builds/a/b/x.c bad"), masked("/builds/c/x.c bad"));
    }

    #[test]
    fn categories_tell_equal_words_apart() {
        let one = Signature::of("boom 1", Category::Test);
        assert_eq!(one, Signature::of("boom 2", Category::Test));
        assert_ne!(one.hash, Signature::of("boom 1", Category::Network).hash);
    }
}
