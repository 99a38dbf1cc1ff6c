//! Groups.

use super::names::{SQUADS, TEAMS};
use super::time::{DAY, Time};

/// A group of projects.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) id: u64,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) full_path: String,
    pub(crate) full_name: String,
    /// Index of the parent in the world's groups.
    pub(crate) parent: Option<u32>,
    pub(crate) created: Time,
}

/// Index of the root group `acme`.
pub(crate) const ROOT: u32 = 0;
/// Index of the root group `partners`, whose projects are shared with `acme`.
pub(crate) const PARTNERS: u32 = 1;

/// The root `acme`, the root `partners`, then teams and squads under `acme`, enough for `projects`.
pub(crate) fn groups(projects: usize, origin: Time) -> Vec<Group> {
    let mut groups = vec![
        group(0, "acme", "Acme", None, &[], origin),
        group(1, "partners", "Partners", None, &[], origin),
    ];
    let teams = projects.div_ceil(12).clamp(2, TEAMS.len());
    let squads = projects.div_ceil(60).clamp(1, SQUADS.len());
    for (path, name) in &TEAMS[..teams] {
        let team = groups.len() as u32;
        let row = group(team, path, name, Some(ROOT), &groups, origin);
        groups.push(row);
        for (path, name) in &SQUADS[..squads] {
            let row = group(groups.len() as u32, path, name, Some(team), &groups, origin);
            groups.push(row);
        }
    }
    groups
}

fn group(
    index: u32,
    path: &str,
    name: &str,
    parent: Option<u32>,
    groups: &[Group],
    origin: Time,
) -> Group {
    let above = parent.map(|parent| &groups[parent as usize]);
    Group {
        id: 3 + 4 * u64::from(index),
        path: path.to_owned(),
        name: name.to_owned(),
        full_path: above.map_or_else(
            || path.to_owned(),
            |above| format!("{}/{path}", above.full_path),
        ),
        full_name: above.map_or_else(
            || name.to_owned(),
            |above| format!("{} / {name}", above.full_name),
        ),
        parent,
        created: origin.plus(-900 * DAY + i64::from(index) * DAY),
    }
}
