//! The world at one moment, as the resources of this folder look at it.

use super::Dice;
use super::tale::{History, Place};
use crate::app::Simulation;
use crate::rest::error::ApiError;
use crate::world::{DAY, Moment, Project};

/// Planning began this long before the first pipeline.
const LEAD: i64 = 30 * DAY;

/// The story of the project at this index.
pub(crate) fn project_place(moment: &Moment<'_>, project: u32) -> Place {
    Place {
        dice: Dice::new(moment.projects[project as usize].seed),
        ordinal: u64::from(project),
        begin: moment.origin.plus(-LEAD),
        now: moment.at(),
        users: moment.users.len() as u64,
    }
}

/// The story of the group at this index; groups count from the end of the ordinals.
pub(crate) fn group_place(moment: &Moment<'_>, group: u32) -> Place {
    Place {
        dice: Dice::new(moment.seed).of("group").at(u64::from(group)),
        ordinal: (1 << 16) - 2 - u64::from(group),
        begin: moment.origin.plus(-LEAD),
        now: moment.at(),
        users: moment.users.len() as u64,
    }
}

/// The story of the instance itself.
pub(crate) fn instance_place(moment: &Moment<'_>) -> Place {
    Place {
        dice: Dice::new(moment.seed).of("instance"),
        ordinal: (1 << 16) - 1,
        begin: moment.origin.plus(-LEAD),
        now: moment.at(),
        users: moment.users.len() as u64,
    }
}

/// Pushes and merge requests of the project at this index.
pub(crate) fn history(moment: &Moment<'_>, project: u32) -> History {
    let row = &moment.projects[project as usize];
    let pipelines = row
        .pipelines
        .iter()
        .map(|index| &moment.pipelines[*index as usize]);
    History::of(row, pipelines, &project_place(moment, project))
}

/// Full path and index of every project the token may see, of `group` and below or of all.
pub(crate) fn visible_projects(
    app: &Simulation,
    moment: &Moment<'_>,
    group: Option<u32>,
) -> Vec<u32> {
    let faults = app.faults();
    let projects = moment.projects.iter().enumerate();
    projects
        .filter(|(_, project)| !faults.forbidden_projects.contains(&project.id))
        .filter(|(_, project)| group.is_none_or(|group| moment.is_within(project.group, group)))
        .map(|(index, _)| index as u32)
        .collect()
}

/// Index of the user for `UserBasic`.
pub(crate) fn user(index: u64) -> Option<u32> {
    u32::try_from(index).ok()
}

/// Parses a number of a path, such as an iid.
pub(crate) fn number(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::not_found(""))
}

/// The group whose milestones and labels the project inherits: the root of its tree.
pub(crate) fn root_group(moment: &Moment<'_>, project: &Project) -> u32 {
    let mut group = project.group;
    while let Some(parent) = moment.groups[group as usize].parent {
        group = parent;
    }
    group
}
