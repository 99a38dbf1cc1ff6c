//! Small things that live: they appear, change a few times, and some go away.

use crate::resources::Dice;
use crate::resources::tale::{Place, global_id};
use crate::world::{DAY, Time};

/// What one kind of thing is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    /// Labels its chance.
    pub(crate) name: &'static str,
    /// Days between two on average.
    pub(crate) every: i64,
    /// Most that ever appear in one place.
    pub(crate) most: u64,
    /// Days between two changes of one on average; 0: it never changes.
    pub(crate) changes: i64,
    /// Days until it is removed on average; 0: it stays.
    pub(crate) stays: i64,
}

/// A thing at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    /// Number within its place, from 0.
    pub(crate) index: u64,
    /// Unique among the things of its kind, ascending.
    pub(crate) id: u64,
    /// Its own chance, for what does not change.
    pub(crate) dice: Dice,
    pub(crate) created: Time,
    /// The last change so far.
    pub(crate) updated: Time,
    /// Changes so far.
    pub(crate) revision: u64,
}

/// After so many changes nobody touches it any more.
const SETTLED: i64 = 9;

impl Kind {
    /// The things of this kind that exist by now, oldest first.
    pub(crate) fn of(&self, place: &Place) -> Vec<Thing> {
        let step = self.every * DAY;
        let count = place.count(self.name, step).min(self.most);
        // Nothing lives longer than twice its time.
        let first = match self.stays {
            0 => 0,
            days => (place.now.since(place.begin) - 2 * days * DAY) / step - 1,
        };
        (first.max(0) as u64..count)
            .filter_map(|index| self.at(place, index))
            .collect()
    }

    fn at(&self, place: &Place, index: u64) -> Option<Thing> {
        let dice = place.dice.of(self.name).at(index);
        let created = place.appears(self.name, index, self.every * DAY);
        if self.stays > 0 {
            let life = DAY + dice.of("life").below((2 * self.stays * DAY - DAY) as u64) as i64;
            if created.plus(life) <= place.now {
                return None;
            }
        }
        let mut thing = Thing {
            index,
            id: global_id(place.ordinal, index),
            dice,
            created,
            updated: created,
            revision: 0,
        };
        if self.changes > 0 {
            let mean = (self.changes * DAY) as u64;
            let period = (mean / 2 + dice.of("period").below(mean)) as i64;
            let done = (place.now.since(created) / period).min(SETTLED);
            thing.updated = created.plus(done * period);
            thing.revision = done as u64;
        }
        Some(thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::HOUR;

    const KIND: Kind = Kind {
        name: "thing",
        every: 3,
        most: 60,
        changes: 2,
        stays: 20,
    };

    #[test]
    fn things_appear_change_and_go_but_never_change_silently() {
        let mut place = Place {
            dice: Dice::new(4),
            ordinal: 7,
            begin: Time(0),
            now: Time(0),
            users: 5,
        };
        let mut before: Vec<Thing> = Vec::new();
        let (mut changed, mut gone) = (0, 0);
        for hour in (0..24 * 260).step_by(7) {
            place.now = Time(hour * HOUR);
            let after = KIND.of(&place);
            for old in &before {
                match after.iter().find(|new| new.id == old.id) {
                    None => gone += 1,
                    Some(new) => {
                        assert_eq!(new.created, old.created);
                        assert!(new.updated >= old.updated && new.updated <= place.now);
                        assert_eq!(new.revision > old.revision, new.updated > old.updated);
                        changed += u32::from(new.revision > old.revision);
                    }
                }
            }
            before = after;
        }
        assert!(changed > 40, "{changed} changes");
        assert_eq!(gone, 60, "all are gone in the end");
    }
}
