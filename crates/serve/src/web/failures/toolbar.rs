//! The form of choices above the grid: works without script, and keeps what was chosen.

use super::category::Kind;
use super::query::{Choice, DAYS, GROUPINGS, SORTS};
use crate::options::FailureOptions;

/// Sources of pipelines that GitLab names, as a menu.
const SOURCES: [(&str, &str); 6] = [
    ("schedule", "nightly (schedules)"),
    ("push", "pushes"),
    ("merge_request_event", "merge requests"),
    ("web", "started by hand"),
    ("api,trigger,pipeline", "API and triggers"),
    ("any", "any source"),
];

/// The form.
#[derive(Debug)]
pub(super) struct Toolbar {
    pub(super) menus: Vec<Menu>,
    pub(super) q: String,
    pub(super) group: String,
    pub(super) topic: String,
    pub(super) checks: Vec<Check>,
    /// Choices that have no control of their own.
    pub(super) kept: Vec<(&'static str, String)>,
    pub(super) views: Vec<Link>,
    /// The page without any choice.
    pub(super) is_chosen: bool,
}

/// A menu of one parameter.
#[derive(Debug)]
pub(super) struct Menu {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) items: Vec<Item>,
}

/// One choice of a menu.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// A choice that is there or not.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) chosen: bool,
}

/// A saved view.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) name: String,
    pub(super) href: String,
}

impl Toolbar {
    pub(super) fn new(choice: &Choice, options: &FailureOptions) -> Self {
        let chosen = |name: &str| choice.value(name);
        let mut menus = vec![
            menu(
                choice,
                "days",
                "Nights",
                "30",
                DAYS.map(|days| (days.to_string(), format!("last {days} nights"))),
            ),
            menu(choice, "source", "Source", "schedule", SOURCES.map(owned)),
            menu(
                choice,
                "ref",
                "Ref",
                "default",
                [("default", "default branch"), ("any", "any ref")].map(owned),
            ),
        ];
        let kinds = Kind::ALL.iter().map(|kind| {
            (
                kind.word.to_owned(),
                format!("{} {}", kind.letter, kind.name),
            )
        });
        let kinds = [(String::new(), "any kind".to_owned())]
            .into_iter()
            .chain(kinds)
            .chain([("unexplained".to_owned(), "not explained yet".to_owned())]);
        menus.push(menu(choice, "cat", "Kind", "", kinds));
        menus.push(menu(
            choice,
            "issue",
            "Issue",
            "",
            [
                ("", "any"),
                ("linked", "with issue"),
                ("none", "without issue"),
            ]
            .map(owned),
        ));
        menus.push(menu(
            choice,
            "mark",
            "Mark",
            "",
            [("", "any"), ("new", "new"), ("back", "came back")].map(owned),
        ));
        menus.push(menu(
            choice,
            "sort",
            "Sort",
            "recent",
            SORTS.map(|(value, label, _)| owned((value, label))),
        ));
        menus.push(menu(
            choice,
            "by",
            "Group rows",
            "none",
            GROUPINGS.map(|(value, label, _)| owned((value, label))),
        ));
        let checks = [
            ("allowed", "allowed to fail"),
            ("retried", "retried"),
            ("all", "green projects"),
        ]
        .map(|(name, label)| Check {
            name,
            label,
            chosen: matches!(chosen(name), "1" | "true" | "on"),
        });
        let kept = ["project", "view", "rows"]
            .into_iter()
            .map(|name| (name, chosen(name).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let views = options.views.iter().map(|view| Link {
            name: view.name.clone(),
            href: format!("failures?{}", view.query.trim_start_matches('?')),
        });
        Self {
            menus,
            q: chosen("q").to_owned(),
            group: chosen("group").to_owned(),
            topic: chosen("topic").to_owned(),
            checks: checks.into(),
            kept,
            views: views.collect(),
            is_chosen: choice.with("view", "") != "failures",
        }
    }
}

fn owned((value, label): (&str, &str)) -> (String, String) {
    (value.to_owned(), label.to_owned())
}

/// A menu; what was chosen and is not in it is added, so that it stays.
fn menu(
    choice: &Choice,
    name: &'static str,
    label: &'static str,
    default: &str,
    items: impl IntoIterator<Item = (String, String)>,
) -> Menu {
    let value = match choice.value(name) {
        "" => default,
        value => value,
    };
    let mut items: Vec<Item> = items
        .into_iter()
        .map(|(item, label)| Item {
            chosen: item == value,
            label,
            // The default needs no place in the address.
            value: if item == default { String::new() } else { item },
        })
        .collect();
    if !items.iter().any(|item| item.chosen) {
        items.push(Item {
            value: value.to_owned(),
            label: value.to_owned(),
            chosen: true,
        });
    }
    Menu { name, label, items }
}
