//! Kinds of failures as signs: a letter, and a shape and colour for whose they usually are.

/// A kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kind {
    /// The word of the store; empty while a failure has no reason yet.
    pub(crate) word: &'static str,
    /// One letter; no two kinds have the same.
    pub(crate) letter: &'static str,
    /// `code`, `config`, `infra`, `external`, `unknown` or `waiting`: class of shape and colour.
    pub(crate) family: &'static str,
    /// For people.
    pub(crate) name: &'static str,
}

const fn kind(
    word: &'static str,
    letter: &'static str,
    family: &'static str,
    name: &'static str,
) -> Kind {
    Kind {
        word,
        letter,
        family,
        name,
    }
}

/// All kinds, in the order of legends and menus.
const KINDS: &[Kind] = &[
    kind("test", "T", "code", "test"),
    kind("compile", "K", "code", "compile"),
    kind("lint", "L", "code", "lint"),
    kind("dependency", "D", "code", "dependency"),
    kind("git", "G", "code", "git"),
    kind("config", "C", "config", "configuration"),
    kind("auth", "A", "config", "credentials"),
    kind("policy", "P", "config", "policy"),
    kind("artifacts", "F", "config", "artifacts"),
    kind("deploy", "E", "config", "deployment"),
    kind("runner", "R", "infra", "runner"),
    kind("oom", "O", "infra", "out of memory"),
    kind("disk", "S", "infra", "disk full"),
    kind("killed", "X", "infra", "killed"),
    kind("timeout", "M", "infra", "timeout"),
    kind("network", "N", "external", "network"),
    kind("registry", "I", "external", "image registry"),
    kind("unknown", "?", "unknown", "unknown"),
];

/// A failure without a reason yet.
const WAITING: Kind = kind("", "…", "waiting", "not explained yet");
/// A pipeline that failed without a job.
const PIPELINE: Kind = kind("pipeline", "!", "unknown", "pipeline failed without a job");

impl Kind {
    /// All kinds.
    pub(crate) const ALL: &'static [Self] = KINDS;

    /// The kind of a word of the store; one we do not know is `unknown`.
    pub(crate) fn of(word: Option<&str>) -> Self {
        match word {
            None => WAITING,
            Some(word) => KINDS
                .iter()
                .find(|kind| kind.word == word)
                .or(KINDS.last())
                .copied()
                .unwrap_or(WAITING),
        }
    }

    /// Of a pipeline that failed without a job.
    pub(crate) fn pipeline() -> Self {
        PIPELINE
    }

    /// Whether there is such a word.
    pub(crate) fn is_word(word: &str) -> bool {
        KINDS.iter().any(|kind| kind.word == word)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn letters_tell_kinds_apart() {
        let letters: HashSet<&str> = KINDS.iter().map(|kind| kind.letter).collect();
        assert_eq!(letters.len(), KINDS.len());
        assert!(!letters.contains(WAITING.letter) && !letters.contains(PIPELINE.letter));
    }

    #[test]
    fn a_word_of_a_later_version_is_unknown() {
        assert_eq!(Kind::of(Some("solar_flare")).letter, "?");
        assert_eq!(Kind::of(Some("oom")).name, "out of memory");
        assert_eq!(Kind::of(None).family, "waiting");
    }
}
