//! How far a stream of the feed is.

use serde::{Deserialize, Serialize};

use crate::sink::Position;

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
    pub(super) fn of(position: &Position, feed: &str) -> u64 {
        let text = position.cursors.get(PARENT).map_or("", String::as_str);
        let place: Place = serde_json::from_str(text).unwrap_or_default();
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
        let mut position = Position::default();
        assert_eq!(Place::of(&position, "a"), 0);
        position
            .cursors
            .insert(PARENT.to_owned(), Place::text("a", 7));
        assert_eq!(Place::of(&position, "a"), 7);
        assert_eq!(Place::of(&position, "b"), 0);
    }
}
