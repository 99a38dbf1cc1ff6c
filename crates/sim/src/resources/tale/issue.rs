//! Issues: opened, talked about, closed, now and then opened again.

use super::{Place, Remark, labels_of, milestones, talk};
use crate::resources::Dice;
use crate::resources::stacks::NOUNS;
use crate::world::{DAY, HOUR, Time};

/// An issue at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    /// Number within its project, from 0; the iid is one more.
    pub(crate) index: u64,
    /// Its own chance, for what does not change.
    pub(crate) dice: Dice,
    /// One line.
    pub(crate) title: String,
    /// Markdown.
    pub(crate) description: Option<String>,
    /// When it was opened.
    pub(crate) created: Time,
    /// The last event so far.
    pub(crate) updated: Time,
    /// When it was closed and opened again, so far.
    pub(crate) turns: Vec<(Time, &'static str)>,
    /// When it was closed, if it is closed now, and by which user.
    pub(crate) closed: Option<(Time, u64)>,
    /// Index into the world's users.
    pub(crate) author: u64,
    /// Index into the world's users.
    pub(crate) assignee: Option<u64>,
    /// Names, sorted.
    pub(crate) labels: Vec<&'static str>,
    /// Index of the project's milestone.
    pub(crate) milestone: Option<u64>,
    /// When it should be done.
    pub(crate) due: Option<Time>,
    /// For members only.
    pub(crate) confidential: bool,
    /// `issue`, `incident` or `task`.
    pub(crate) kind: &'static str,
    /// Comments and system notes so far, oldest first.
    pub(crate) remarks: Vec<Remark>,
}

impl Issue {
    /// How much work it is thought to be; four in ten are estimated.
    pub(crate) fn weight(&self) -> Option<u64> {
        let mut dice = self.dice.of("weight");
        dice.chance(0.4)
            .then(|| [1, 2, 3, 5, 8][dice.below(5) as usize])
    }
}

/// Things to complain about.
const TITLES: &[&str] = &[
    "is slow on large accounts",
    "fails with a timeout after the upgrade",
    "needs a dark theme",
    "shows the wrong total",
    "should be exported as CSV",
    "breaks when the name contains an emoji 🎉",
    "loses its place after a restart",
    "has no documentation",
    "springt beim Zurückgehen",
];

/// Milliseconds between two issues of a project on average: a busy one opens four a day, a calm one two a week.
fn step(place: &Place) -> i64 {
    (HOUR * 6) + place.dice.of("issue rate").below(80 * HOUR as u64) as i64
}

/// The issues that exist by now, oldest first.
pub(crate) fn issues(place: &Place) -> Vec<Issue> {
    let step = step(place);
    (0..place.count("issue", step))
        .map(|index| build(place, index, step))
        .collect()
}

/// The issue `index`, if it exists by now.
pub(crate) fn issue_at(place: &Place, index: u64) -> Option<Issue> {
    let step = step(place);
    (index < place.count("issue", step)).then(|| build(place, index, step))
}

fn build(place: &Place, index: u64, step: i64) -> Issue {
    let now = place.now;
    let root = place.dice.of("issue").at(index);
    let mut dice = root;
    let created = place.appears("issue", index, step);
    let noun = dice.pick(NOUNS);
    let author = dice.below(place.users);
    // Most are closed within days, some stay open for ever.
    let life = (dice.unit().powi(3) * 60.0 * DAY as f64) as i64 + HOUR;
    let closes = dice.chance(0.8).then(|| created.plus(life));
    let reopens = closes.filter(|_| dice.chance(0.08)).map(|at| at.plus(DAY));
    let closes_again = reopens
        .filter(|_| dice.chance(0.7))
        .map(|at| at.plus(2 * DAY));
    let closer = dice.below(place.users);
    let until = closes.unwrap_or_else(|| created.plus(20 * DAY));

    let mut remarks = talk(root, created, until, place.users, 9);
    remarks.retain(|remark| remark.at <= now);
    for remark in &mut remarks {
        hide_future(remark, now);
    }
    let mut updated = created;
    let talked = remarks.iter().map(|remark| remark.updated);
    for at in talked.chain([closes, reopens, closes_again].into_iter().flatten()) {
        if at <= now {
            updated = updated.max(at);
        }
    }
    let past = |at: Option<Time>| at.filter(|at| *at <= now);
    let closed = match (past(closes), past(reopens), past(closes_again)) {
        (_, _, Some(at)) | (Some(at), None, None) => Some((at, closer)),
        _ => None,
    };
    let turns = [
        (closes, "closed"),
        (reopens, "reopened"),
        (closes_again, "closed"),
    ];
    let turns = turns.into_iter();
    // The milestone that was newest when the issue was opened.
    let milestone = dice.chance(0.4).then(|| {
        milestones(
            &Place {
                now: created,
                ..*place
            },
            "",
        )
        .last()
        .map(|milestone| milestone.index)
    });
    Issue {
        index,
        dice: root,
        title: format!("The {noun} {}", dice.pick(TITLES)),
        description: dice.chance(0.8).then(|| {
            let steps = format!(
                "### Steps\n\n1. Open the {noun}\n2. Wait\n\n- [x] reproduced\n- [ ] documented"
            );
            match known_failure(root, place) {
                Some(block) => format!("{steps}\n\n{block}"),
                None => steps,
            }
        }),
        created,
        updated,
        turns: turns
            .filter_map(|(at, state)| Some((past(at)?, state)))
            .collect(),
        closed,
        author,
        assignee: dice.chance(0.6).then(|| dice.below(place.users)),
        labels: labels_of(root),
        milestone: milestone.flatten(),
        due: dice.chance(0.15).then(|| created.plus(10 * DAY)),
        confidential: dice.chance(0.04),
        kind: match dice.below(20) {
            0 => "incident",
            1 => "task",
            _ => "issue",
        },
        remarks,
    }
}

/// Trackers of this many projects have known failures: those who look after CI keep them in a few places.
const KNOWING: u64 = 5;

/// A block that names failures of CI which belong to the issue; few issues have one.
fn known_failure(root: Dice, place: &Place) -> Option<String> {
    const MATCHES: &[&str] = &[
        "match: \"no space left on device\"",
        "match: \"Failed to connect to artifacts.example.com\"",
        "match: /upstream answered 5\\d\\d/",
        "match: \"command not found\"\njob: \"*test*\"",
        "match: \"Could not resolve host\"",
    ];
    let mut dice = root.of("known failure");
    (place.ordinal < KNOWING && dice.chance(0.06))
        .then(|| format!("```ci-failure\n{}\n```", dice.pick(MATCHES)))
}

/// Takes back what has not happened by `now`.
pub(crate) fn hide_future(remark: &mut Remark, now: Time) {
    if remark.updated > now {
        remark.updated = remark.at;
    }
    remark.resolved = remark.resolved.filter(|at| *at <= now);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(now: Time) -> Place {
        Place {
            dice: Dice::new(9),
            ordinal: 0,
            begin: Time(0),
            now,
            users: 12,
        }
    }

    #[test]
    fn an_issue_changes_only_when_updated_moves() {
        let mut before: Vec<Issue> = Vec::new();
        for hour in 0..24 * 40 {
            let now = Time(hour * HOUR);
            let after = issues(&place(now));
            assert!(after.len() >= before.len());
            for (old, new) in before.iter().zip(&after) {
                assert_eq!(
                    (old.index, old.created, &old.title),
                    (new.index, new.created, &new.title)
                );
                assert!(new.updated >= old.updated && new.updated <= now);
                if old.closed != new.closed || old.remarks.len() != new.remarks.len() {
                    assert!(
                        new.updated > old.updated,
                        "issue {} changed silently",
                        new.index
                    );
                }
            }
            before = after;
        }
        assert!(before.iter().any(|issue| issue.closed.is_some()));
        assert!(before.iter().any(|issue| issue.closed.is_none()));
        assert!(before.iter().any(|issue| issue.milestone.is_some()));
    }
}
