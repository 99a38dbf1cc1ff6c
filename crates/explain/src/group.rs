//! Failures that are nearly the same belong together.
//!
//! Patterns are compared by the edit distance of their characters, which must stay below a tenth of their mean length.
//! A histogram of four-character pieces bounds that distance from below, so that few pairs are measured.
//! The index only grows: an existing group keeps its identity whatever comes later.

use xxhash_rust::xxh3::xxh3_64;

use crate::Category;

/// Shorter patterns, in characters, must be equal.
const SHORTEST: usize = 20;

/// Largest distance, as a share of the mean length.
const DISTANCE: f64 = 0.10;

/// Buckets of the histogram.
const BUCKETS: usize = 64;

/// Existing groups, by the pattern each began with.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    id: i64,
    family: u8,
    text: Vec<char>,
    histogram: [u16; BUCKETS],
}

impl Index {
    /// An index without groups.
    pub fn new() -> Index {
        Index::default()
    }

    /// Adds a group.
    pub fn insert(&mut self, id: i64, pattern: &str, category: Category) {
        self.entries.push(Entry::of(id, pattern, category));
    }

    /// Forgets a group, after a merge.
    pub fn remove(&mut self, id: i64) {
        self.entries.retain(|entry| entry.id != id);
    }

    /// Groups in the index.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// No group at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The nearest group of the same family of categories, and the similarity: 1 for equal, above 0.9 otherwise.
    ///
    /// Of equals the one inserted first wins.
    pub fn nearest(&self, pattern: &str, category: Category) -> Option<(i64, f64)> {
        let wanted = Entry::of(0, pattern, category);
        let mut best: Option<(i64, usize, f64)> = None;
        for entry in self
            .entries
            .iter()
            .filter(|entry| entry.family == wanted.family)
        {
            if entry.text == wanted.text {
                return Some((entry.id, 1.0));
            }
            let mean = (entry.text.len() + wanted.text.len()) as f64 / 2.0;
            if entry.text.len() < SHORTEST || wanted.text.len() < SHORTEST {
                continue;
            }
            let mut allowed = (mean * DISTANCE).ceil() as usize;
            allowed = allowed.saturating_sub(1);
            if let Some((_, distance, _)) = best {
                allowed = allowed.min(distance.saturating_sub(1));
            }
            if allowed == 0 || entry.bound(&wanted) > allowed {
                continue;
            }
            if let Some(distance) = within(&entry.text, &wanted.text, allowed) {
                best = Some((entry.id, distance, 1.0 - distance as f64 / mean));
            }
        }
        best.map(|(id, _, similarity)| (id, similarity))
    }
}

/// Similarity of two patterns: 1 for equal, 0 if they are further apart than a group allows.
pub fn similarity(one: &str, other: &str) -> f64 {
    let mut index = Index::new();
    index.insert(0, one, Category::Unknown);
    index
        .nearest(other, Category::Unknown)
        .map_or(0.0, |(_, similarity)| similarity)
}

impl Entry {
    fn of(id: i64, pattern: &str, category: Category) -> Entry {
        let mut histogram = [0_u16; BUCKETS];
        let text: Vec<char> = pattern.chars().take(400).collect();
        let mut bytes = [0_u8; 16];
        for piece in text.windows(4) {
            for (at, letter) in piece.iter().enumerate() {
                bytes[at * 4..at * 4 + 4].copy_from_slice(&(*letter as u32).to_le_bytes());
            }
            histogram[(xxh3_64(&bytes) % BUCKETS as u64) as usize] += 1;
        }
        Entry {
            id,
            family: category.family(),
            text,
            histogram,
        }
    }

    /// No more than the edit distance: one edit moves at most four pieces out and four in.
    fn bound(&self, other: &Entry) -> usize {
        let sum: usize = self
            .histogram
            .iter()
            .zip(&other.histogram)
            .map(|(one, other)| usize::from(one.abs_diff(*other)))
            .sum();
        (sum / 8).max(self.text.len().abs_diff(other.text.len()))
    }
}

/// Edit distance if it is at most `limit`, looking only at a band of that width around the diagonal.
fn within(one: &[char], other: &[char], limit: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > limit {
        return None;
    }
    let far = limit + 1;
    let mut row: Vec<usize> = (0..=other.len()).map(|at| at.min(far)).collect();
    for (at, letter) in one.iter().enumerate() {
        let from = at.saturating_sub(limit);
        let to = (at + limit + 1).min(other.len());
        let mut diagonal = row[from];
        row[from] = if from == 0 { (at + 1).min(far) } else { far };
        let mut least = row[from];
        for column in from..to {
            let above = if column + 1 == at + limit + 1 {
                far
            } else {
                row[column + 1]
            };
            let cost = diagonal + usize::from(other[column] != *letter);
            diagonal = row[column + 1];
            row[column + 1] = cost.min(above + 1).min(row[column] + 1).min(far);
            least = least.min(row[column + 1]);
        }
        if least > limit {
            return None;
        }
    }
    Some(row[other.len()]).filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(one: &str, other: &str, limit: usize) -> Option<usize> {
        let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
        within(&one, &other, limit)
    }

    #[test]
    fn banded_distance_equals_the_full_one() {
        assert_eq!(distance("kitten", "sitting", 5), Some(3));
        assert_eq!(distance("kitten", "sitting", 3), Some(3));
        assert_eq!(distance("kitten", "sitting", 2), None);
        assert_eq!(distance("abc", "abc", 1), Some(0));
        assert_eq!(distance("", "ab", 2), Some(2));
        assert_eq!(distance("abcdef", "bcdefg", 2), Some(2));
    }

    #[test]
    fn near_patterns_share_a_group_and_far_or_short_ones_do_not() {
        let mut index = Index::new();
        index.insert(
            7,
            "Connection to «HOST1» refused by the server",
            Category::Network,
        );
        let (id, similarity) = index
            .nearest(
                "Connection to «HOST1» refused by thy server",
                Category::Network,
            )
            .unwrap();
        assert_eq!(id, 7);
        assert!(similarity > 0.9 && similarity < 1.0);
        assert_eq!(
            index.nearest(
                "Connection to «HOST1» refused by the server",
                Category::Test
            ),
            None
        );
        assert_eq!(
            index.nearest("Something else entirely, and quite long", Category::Network),
            None
        );
        index.insert(8, "short", Category::Network);
        assert_eq!(index.nearest("shorT", Category::Network), None);
        assert_eq!(index.nearest("short", Category::Network), Some((8, 1.0)));
        index.remove(8);
        assert_eq!(index.len(), 1);
    }
}
