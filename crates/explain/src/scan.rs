//! One pass over a log that finds which lines hold which fixed words.
//!
//! Parsers and rules name the words without which they have nothing to say; only lines with such a word reach them.
//! That keeps the cost of a further rule near zero and the whole linear.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::log::Log;

/// Most lines of one parser or rule that are looked at: from the beginning and from the end.
const FIRST: usize = 400;
const LAST: usize = 800;

/// Finds words of many parties at once; a party is known by its number.
#[derive(Debug)]
pub(crate) struct Scanner {
    automaton: AhoCorasick,
    /// Words of each party.
    parties: Vec<Vec<u32>>,
    words: usize,
}

/// Lines in which each word occurs, in order.
pub(crate) struct Hits<'a> {
    scanner: &'a Scanner,
    by_word: Vec<Vec<u32>>,
}

impl Scanner {
    /// Builds a scanner for parties with their words; case does not matter.
    pub(crate) fn new<'a>(
        parties: impl Iterator<Item = Vec<&'a str>>,
    ) -> Result<Scanner, aho_corasick::BuildError> {
        let mut words: Vec<String> = Vec::new();
        let mut numbers = std::collections::HashMap::new();
        let parties = parties
            .map(|party| {
                party
                    .into_iter()
                    .map(|word| {
                        let word = word.to_ascii_lowercase();
                        *numbers.entry(word.clone()).or_insert_with(|| {
                            words.push(word);
                            words.len() as u32 - 1
                        })
                    })
                    .collect()
            })
            .collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words)?;
        Ok(Scanner {
            automaton,
            parties,
            words: words.len(),
        })
    }

    /// Looks through the failing phase.
    pub(crate) fn scan(&self, log: &Log<'_>) -> Hits<'_> {
        let mut by_word = vec![Vec::new(); self.words];
        let verdict = log
            .extent
            .verdict
            .filter(|line| !log.inside(*line) && *line >= log.extent.end);
        for at in (log.extent.start..log.extent.end).chain(verdict) {
            for found in self.automaton.find_overlapping_iter(&log.lines[at].text) {
                let lines: &mut Vec<u32> = &mut by_word[found.pattern().as_usize()];
                if lines.last() != Some(&(at as u32)) {
                    lines.push(at as u32);
                }
            }
        }
        Hits {
            scanner: self,
            by_word,
        }
    }
}

impl Hits<'_> {
    /// Lines with a word of the party, in order; a bounded number of them.
    pub(crate) fn of(&self, party: usize) -> Vec<usize> {
        let words = &self.scanner.parties[party];
        let mut lines: Vec<u32> = match words.as_slice() {
            [] => return Vec::new(),
            [word] => bounded(&self.by_word[*word as usize]),
            words => {
                let mut lines: Vec<u32> = words
                    .iter()
                    .flat_map(|word| bounded(&self.by_word[*word as usize]))
                    .collect();
                lines.sort_unstable();
                lines.dedup();
                lines
            }
        };
        if lines.len() > FIRST + LAST {
            lines = bounded(&lines);
        }
        lines.into_iter().map(|line| line as usize).collect()
    }
}

fn bounded(lines: &[u32]) -> Vec<u32> {
    if lines.len() <= FIRST + LAST {
        return lines.to_vec();
    }
    [&lines[..FIRST], &lines[lines.len() - LAST..]].concat()
}
