//! What people write under issues and merge requests.

use crate::resources::Dice;
use crate::world::{HOUR, Time};

/// One comment or system note.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    /// Number within its conversation, from 0: ascending with time.
    pub(crate) index: u64,
    /// When it was written.
    pub(crate) at: Time,
    /// When its text was edited, or `at`.
    pub(crate) updated: Time,
    /// Index into the world's users.
    pub(crate) author: u64,
    /// Markdown.
    pub(crate) body: &'static str,
    /// Written by GitLab itself.
    pub(crate) system: bool,
    /// Part of a thread that can be resolved.
    pub(crate) resolvable: bool,
    /// Since when the thread is resolved.
    pub(crate) resolved: Option<Time>,
    /// Answers the remark before it, in the same discussion.
    pub(crate) reply: bool,
}

/// People's comments.
const BODIES: &[&str] = &[
    "Looks good to me.",
    "Could we add a test for the empty case?",
    "This fails on my machine as well, with the same message.",
    "Done in the latest commit :rocket:",
    "Is this still needed after the last release?",
    "I would rather keep the old name; it is used in `config.yml`.\n\nSee the table:\n\n| old | new |\n| --- | --- |\n| a | b |",
    "Können wir das im nächsten Sprint machen?",
    "The pipeline was red because of the registry, retried.",
    "@acme-bot please rebase",
    "これは仕様どおりです。",
];

/// GitLab's own notes.
const SYSTEM: &[&str] = &[
    "changed the description",
    "mentioned in commit",
    "assigned to @acme-bot",
    "marked the checklist item **Docs** as completed",
    "changed milestone",
];

/// The conversation between `from` and `until`, oldest first; `lively` is the most remarks there can be.
pub(crate) fn talk(dice: Dice, from: Time, until: Time, users: u64, lively: u64) -> Vec<Remark> {
    let mut dice = dice.of("talk");
    let wanted = dice.below(lively + 1);
    let span = until.since(from).max(1);
    let mut at = from;
    let mut remarks = Vec::new();
    for index in 0..wanted {
        at = at.plus(1 + dice.below((span / wanted as i64).max(2) as u64) as i64);
        let system = dice.chance(0.25);
        let edited = !system && dice.chance(0.1);
        let threaded = !system && dice.chance(0.4);
        let resolved = dice
            .chance(0.7)
            .then(|| at.plus(HOUR + dice.below(20 * HOUR as u64) as i64));
        remarks.push(Remark {
            index,
            at,
            updated: if edited { at.plus(90_000) } else { at },
            author: dice.below(users.max(1)),
            body: if system {
                dice.pick(SYSTEM)
            } else {
                dice.pick(BODIES)
            },
            system,
            resolvable: threaded,
            resolved: resolved.filter(|_| threaded),
            reply: false,
        });
        if threaded
            && let [.., before, last] = remarks.as_mut_slice()
            && before.resolvable
            && dice.chance(0.5)
        {
            // An answer belongs to the thread before it and shares its resolution.
            last.resolved = before.resolved;
            last.reply = true;
        }
    }
    remarks
}
