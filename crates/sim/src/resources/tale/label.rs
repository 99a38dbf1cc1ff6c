//! Labels: a fixed set for every project, another for groups.

use crate::resources::Dice;

/// A label of a project or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    /// Name.
    pub(crate) name: &'static str,
    /// `#rrggbb`.
    pub(crate) color: &'static str,
    /// What it is for.
    pub(crate) description: Option<&'static str>,
    /// Place in the list of prioritised labels.
    pub(crate) priority: Option<u64>,
}

const fn label(
    name: &'static str,
    color: &'static str,
    description: Option<&'static str>,
    priority: Option<u64>,
) -> Label {
    Label {
        name,
        color,
        description,
        priority,
    }
}

/// Labels every project has.
pub(crate) const PROJECT_LABELS: &[Label] = &[
    label("bug", "#d9534f", Some("Something does not work"), Some(1)),
    label("documentation", "#428bca", None, None),
    label(
        "enhancement",
        "#5cb85c",
        Some("Something could work better"),
        Some(3),
    ),
    label(
        "flaky test",
        "#f0ad4e",
        Some("A test that fails now and then"),
        Some(2),
    ),
    label("tech debt", "#8e44ad", None, None),
];

/// Labels of the root groups.
pub(crate) const GROUP_LABELS: &[Label] = &[
    label(
        "priority::high",
        "#ad4363",
        Some("Before anything else"),
        None,
    ),
    label("priority::low", "#69d100", None, None),
    label("team::plattform-größe", "#34495e", None, None),
    label("workflow::in review", "#0033cc", None, None),
];

/// None to three label names of one issue or merge request, sorted as GitLab sorts them: by name.
pub(crate) fn labels_of(dice: Dice) -> Vec<&'static str> {
    let mut dice = dice.of("labels");
    let mut names: Vec<&str> = PROJECT_LABELS
        .iter()
        .chain(GROUP_LABELS)
        .filter(|_| dice.chance(0.15))
        .map(|label| label.name)
        .take(3)
        .collect();
    names.sort_unstable();
    names
}
