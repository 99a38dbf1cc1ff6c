//! Milestones: one after the other, each two weeks long.

use super::Place;
use crate::world::{DAY, Time};

/// Days from one milestone to the next.
const LENGTH: i64 = 14 * DAY;

/// A milestone at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Milestone {
    /// Number within its place, from 0; the iid is one more.
    pub(crate) index: u64,
    /// `Sprint 7` or the like.
    pub(crate) title: String,
    /// When it was made: a week before it starts.
    pub(crate) created: Time,
    /// When it was last touched.
    pub(crate) updated: Time,
    /// First day.
    pub(crate) start: Time,
    /// Last day.
    pub(crate) due: Time,
    /// Still open.
    pub(crate) active: bool,
}

/// The milestones that exist by now, oldest first.
pub(crate) fn milestones(place: &Place, name: &str) -> Vec<Milestone> {
    (0..)
        .map_while(|index| milestone_at(place, name, index))
        .collect()
}

/// The milestone `index`, if it exists by now.
pub(crate) fn milestone_at(place: &Place, name: &str, index: u64) -> Option<Milestone> {
    let mut dice = place.dice.of("milestone").at(index);
    let start = place.begin.plus(index as i64 * LENGTH);
    let created = start.plus(-7 * DAY + dice.below(DAY as u64) as i64);
    if created > place.now {
        return None;
    }
    let due = start.plus(LENGTH - DAY);
    // Somebody closes it a few hours to days after it is due, or forgets to.
    let closed = due.plus(DAY / 4 + dice.below(4 * DAY as u64) as i64);
    let active = closed > place.now || dice.chance(0.15);
    Some(Milestone {
        index,
        title: format!("{name} {}", index + 1),
        created,
        updated: if active { created } else { closed },
        start,
        due,
        active,
    })
}
