//! Whose list it is.

use std::fmt;
use std::str::FromStr;

use crate::ParentKind;

/// The instance, a group or a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parent {
    /// Which of them.
    pub kind: ParentKind,
    /// Id of the group or project; 0 of the instance.
    pub id: i64,
}

impl Parent {
    /// The instance.
    pub const INSTANCE: Self = Self {
        kind: ParentKind::Instance,
        id: 0,
    };

    /// A group.
    pub fn group(id: i64) -> Self {
        Self {
            kind: ParentKind::Group,
            id,
        }
    }

    /// A project.
    pub fn project(id: i64) -> Self {
        Self {
            kind: ParentKind::Project,
            id,
        }
    }
}

impl fmt::Display for Parent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ParentKind::Instance => f.write_str("instance"),
            ParentKind::Group => write!(f, "groups/{}", self.id),
            ParentKind::Project => write!(f, "projects/{}", self.id),
        }
    }
}

impl FromStr for Parent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = match text.split_once('/') {
            None if text == "instance" => Some(Self::INSTANCE),
            Some(("groups", id)) => id.parse().ok().map(Self::group),
            Some(("projects", id)) => id.parse().ok().map(Self::project),
            _ => None,
        };
        parsed.ok_or_else(|| format!("`{text}` is no parent"))
    }
}
