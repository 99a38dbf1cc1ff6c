//! Issues that callers made.

use std::sync::{PoisonError, RwLock};

use super::Dice;
use super::tale::Issue;
use crate::world::Time;

/// Numbers of issues that callers made begin here, far from those of the world's own life.
const FIRST: u64 = 1_000_000;

/// Issues that callers made, in order.
#[derive(Debug, Default)]
pub(crate) struct Made {
    list: RwLock<Vec<NewIssue>>,
}

/// What a caller made.
#[derive(Debug, Clone)]
pub(super) struct NewIssue {
    /// Index of the project.
    pub(super) project: u32,
    pub(super) title: String,
    pub(super) description: Option<String>,
    pub(super) labels: Vec<String>,
    pub(super) at: Time,
}

impl Made {
    /// Adds an issue; returns it.
    pub(super) fn add(&self, issue: NewIssue) -> Issue {
        let mut list = self.list.write().unwrap_or_else(PoisonError::into_inner);
        list.push(issue);
        shown(&list[list.len() - 1], list.len() as u64 - 1)
    }

    /// The issues of a project.
    pub(super) fn of(&self, project: u32) -> Vec<Issue> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        let own = (0..)
            .zip(&*list)
            .filter(|(_, issue)| issue.project == project);
        own.map(|(number, issue)| shown(issue, number)).collect()
    }

    /// The labels of an issue that a caller made; `None` for the world's own.
    pub(super) fn labels(&self, issue: &Issue) -> Option<Vec<String>> {
        let number = issue.index.checked_sub(FIRST)?;
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        Some(list.get(number as usize)?.labels.clone())
    }
}

fn shown(made: &NewIssue, number: u64) -> Issue {
    Issue {
        index: FIRST + number,
        dice: Dice::new(number),
        title: made.title.clone(),
        description: made.description.clone(),
        created: made.at,
        updated: made.at,
        turns: Vec::new(),
        closed: None,
        author: 0,
        assignee: None,
        labels: Vec::new(),
        milestone: None,
        due: None,
        confidential: false,
        kind: "issue",
        remarks: Vec::new(),
    }
}
