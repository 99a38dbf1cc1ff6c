//! How far a stream of the feed is.

use serde::{Deserialize, Serialize};

/// The one parent of the feed's cursors: the feed is the instance's.
pub(super) const PARENT: &str = "instance";

/// A place in a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Which feed it is a place in: numbers of another mean nothing here.
    pub(super) feed: String,
    /// The last number that was taken.
    pub(super) seq: u64,
}

impl Place {
    /// Where a stream goes on in a feed.
    pub(super) fn of(cursor: &str, feed: &str) -> u64 {
        let place: Place = serde_json::from_str(cursor).unwrap_or_default();
        if place.feed == feed { place.seq } else { 0 }
    }

    pub(super) fn text(feed: &str, seq: u64) -> String {
        serde_json::json!({ "feed": feed, "seq": seq }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_another_feed_is_the_beginning() {
        assert_eq!(Place::of("", "a"), 0);
        let cursor = Place::text("a", 7);
        assert_eq!(Place::of(&cursor, "a"), 7);
        assert_eq!(Place::of(&cursor, "b"), 0);
    }
}
