//! The line that says how things are; each figure leads to what it counts.

use labtower_store::GridTotals;

use super::query::Choice;
use crate::web::format::count;

/// A figure and where it leads.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) value: String,
    pub(super) label: &'static str,
    /// Path and query from the root; empty where it leads nowhere.
    pub(super) href: String,
    /// Class of its colour.
    pub(super) class: &'static str,
    /// Whether the page shows just that.
    pub(super) chosen: bool,
}

/// The figures of a grid.
pub(super) fn figures(totals: &GridTotals, choice: &Choice) -> Vec<Figure> {
    let figure = |value: usize, label, href: String, class| Figure {
        value: count(value as u64),
        label,
        href,
        class: if value == 0 { "" } else { class },
        chosen: false,
    };
    let toggled = |name: &'static str, value: &str| {
        let chosen = choice.value(name) == value;
        let href = choice.with(name, if chosen { "" } else { value });
        (href, chosen)
    };
    let (new, is_new) = toggled("mark", "new");
    let (back, is_back) = toggled("mark", "back");
    let (waiting, is_waiting) = toggled("cat", "unexplained");
    vec![
        figure(
            totals.last_night_jobs,
            "failed jobs last night",
            String::new(),
            "bad",
        ),
        figure(
            totals.last_night_projects,
            "red projects",
            String::new(),
            "",
        ),
        Figure {
            chosen: is_new,
            ..figure(totals.new, "new", new, "bad")
        },
        Figure {
            chosen: is_back,
            ..figure(totals.came_back, "came back", back, "bad")
        },
        Figure {
            chosen: is_waiting,
            ..figure(totals.unexplained, "not explained yet", waiting, "")
        },
        figure(totals.did_not_run, "did not run", String::new(), "late"),
        figure(
            totals.failed_jobs,
            "failed jobs in all nights",
            choice.with("view", "table"),
            "",
        ),
    ]
}
