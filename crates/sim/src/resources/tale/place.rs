//! Where something happens: a project or a group, with what its story is drawn from.

use crate::resources::Dice;
use crate::world::Time;

/// A project or group, as far as stories need it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Repeatable chance of this place.
    pub(crate) dice: Dice,
    /// Its index among its kind: part of every id.
    pub(crate) ordinal: u64,
    /// The first thing happens after this.
    pub(crate) begin: Time,
    /// The present.
    pub(crate) now: Time,
    /// Number of users of the world.
    pub(crate) users: u64,
}

/// Ids of the things of one place are this far apart, so that no two places share one.
const STRIDE: u64 = 1 << 16;

/// The global id of the thing `index` of the place `ordinal`: ascending with `index`, unique among places.
pub(crate) const fn global_id(ordinal: u64, index: u64) -> u64 {
    index * STRIDE + ordinal + 1
}

/// The place's ordinal and the thing's index behind a global id.
pub(crate) const fn split_id(id: u64) -> Option<(u64, u64)> {
    match id.checked_sub(1) {
        Some(id) => Some((id % STRIDE, id / STRIDE)),
        None => None,
    }
}

impl Place {
    /// When the thing `index` of a kind appears, if `step` milliseconds lie between two on average.
    ///
    /// Ascending in `index`: each has a slot of its own and a moment within it.
    pub(crate) fn appears(&self, kind: &str, index: u64, step: i64) -> Time {
        let within = self
            .dice
            .of(kind)
            .at(index)
            .of("appears")
            .below(step as u64);
        self.begin.plus(index as i64 * step + within as i64)
    }

    /// How many things of a kind have appeared by now.
    pub(crate) fn count(&self, kind: &str, step: i64) -> u64 {
        let elapsed = self.now.since(self.begin);
        if elapsed < 0 {
            return 0;
        }
        let slot = (elapsed / step) as u64;
        slot + u64::from(self.appears(kind, slot, step) <= self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_appear_one_after_the_other_and_are_counted() {
        let mut place = Place {
            dice: Dice::new(3),
            ordinal: 4,
            begin: Time(1_000),
            now: Time(0),
            users: 5,
        };
        let times: Vec<Time> = (0..50)
            .map(|index| place.appears("x", index, 700))
            .collect();
        assert!(times.is_sorted());
        for now in (0..30_000).step_by(97) {
            place.now = Time(now);
            let seen = times.iter().filter(|at| **at <= place.now).count() as u64;
            assert_eq!(place.count("x", 700), seen, "at {now}");
        }
    }

    #[test]
    fn ids_lead_back_to_their_place() {
        for (ordinal, index) in [(0, 0), (9, 4), (65_535, 12)] {
            assert_eq!(split_id(global_id(ordinal, index)), Some((ordinal, index)));
        }
        assert_eq!(split_id(0), None);
    }
}
