//! Whether a list of commits has gaps; pure.
//!
//! Pages are numbered, so a row can slip between two of them while commits are pushed or taken back. GitLab tells no
//! total here, but every commit names its parents: a parent that is not in the list, of a commit that is not the
//! list's last, was missed or lies before the list's beginning.

use std::collections::HashSet;

use labtower_gitlab::ListedCommit;

/// One reading of a list.
#[derive(Debug, Default)]
pub(super) struct Listing {
    seen: HashSet<String>,
    /// Parents of all commits before the newest page's last one.
    expected: HashSet<String>,
    /// Parents of the last commit so far.
    last: Vec<String>,
}

impl Listing {
    /// Takes in the commits of the next page.
    pub(super) fn take(&mut self, page: &[ListedCommit]) {
        for row in page {
            self.expected.extend(std::mem::take(&mut self.last));
            self.seen.insert(row.commit.sha.clone());
            self.last.clone_from(&row.parents);
        }
    }

    /// Whether commits may have been missed.
    pub(super) fn has_gaps(&self) -> bool {
        !self.expected.is_subset(&self.seen)
    }
}

#[cfg(test)]
mod tests {
    use labtower_model::{Commit, samples};

    use super::*;

    fn row(sha: &str, parents: &[&str]) -> ListedCommit {
        ListedCommit {
            commit: Commit {
                sha: sha.to_owned(),
                ..samples::commit()
            },
            parents: parents.iter().map(|&parent| parent.to_owned()).collect(),
        }
    }

    fn gaps(pages: &[&[ListedCommit]]) -> bool {
        let mut listing = Listing::default();
        for page in pages {
            listing.take(page);
        }
        listing.has_gaps()
    }

    #[test]
    fn straight_history_that_begins_before_the_list_has_no_gaps() {
        let first = [row("d", &["c"]), row("c", &["b"])];
        let second = [row("b", &["a"])];
        assert!(!gaps(&[&first, &second]));
    }

    #[test]
    fn row_that_slipped_between_two_pages_is_a_gap() {
        let first = [row("d", &["c"]), row("c", &["b"])];
        let second = [row("a", &[])];
        assert!(gaps(&[&first, &second]));
    }

    #[test]
    fn merge_of_what_is_listed_has_no_gaps() {
        let page = [
            row("m", &["b", "f"]),
            row("f", &["a"]),
            row("b", &["a"]),
            row("a", &[]),
        ];
        assert!(!gaps(&[&page]));
    }
}
