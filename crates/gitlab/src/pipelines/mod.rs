//! Pipelines with their jobs: what changed, what runs, how many there are, and history page by page.
//!
//! Whatever is returned has all of its jobs: a pipeline with more than a page of them is completed here.

mod both;
mod changed;
mod complete;
mod counts;
mod listed;
mod one;
mod page;

use jiff::Timestamp;
use labtower_model::{PipelineWithJobs, ProjectId};
use serde_json::{Value, json};

pub(crate) use both::{BothPage, page_of_both};
pub use both::{ListCursors, UpdatedWindow};
pub use listed::{ListedPipeline, ListedProject};

/// Pipelines of one project, from one list or both.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectPipelines {
    /// The project.
    pub project_id: ProjectId,
    /// Pipelines with all of their jobs, child pipelines included.
    pub pipelines: Vec<PipelineWithJobs>,
    /// Where [`crate::Client::pipelines_page`] goes on with [`PipelineList::Own`], if there is more.
    pub next: Option<String>,
    /// Where it goes on with [`PipelineList::Children`], if there is more.
    pub next_children: Option<String>,
}

/// Which of a project's two lists of pipelines: GitLab never shows both in one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PipelineList {
    /// All but child pipelines.
    Own,
    /// Child pipelines (`source: "parent_pipeline"`).
    Children,
}

/// Which pipelines of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PipelineFilter {
    /// Those updated since then, inclusive.
    UpdatedAfter(Timestamp),
    /// Those updated between these, both inclusive.
    UpdatedBetween(Timestamp, Timestamp),
    /// Those that run now (`scope: RUNNING`).
    Running,
}

impl PipelineFilter {
    /// The variables of a document that stand for it; null might mean something, so the other is left out.
    pub(crate) fn variables(self) -> Value {
        match self {
            Self::UpdatedAfter(moment) => json!({ "after": moment }),
            Self::UpdatedBetween(from, to) => json!({ "after": from, "before": to }),
            Self::Running => json!({ "scope": "RUNNING" }),
        }
    }
}

/// One page of one list, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct PipelinesPage {
    /// Pipelines with all of their jobs, by id, descending.
    pub pipelines: Vec<PipelineWithJobs>,
    /// Cursor of the next page; stays valid while new pipelines are created.
    pub next: Option<String>,
}

/// How many pipelines a project has since a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectCounts {
    /// The project.
    pub project_id: ProjectId,
    /// Pipelines of [`PipelineList::Own`].
    pub pipelines: u64,
    /// Pipelines of [`PipelineList::Children`].
    pub children: u64,
}

/// Global ids of projects, as GraphQL takes them.
pub(crate) fn gids(ids: &[ProjectId]) -> Vec<String> {
    ids.iter()
        .map(|id| format!("gid://gitlab/Project/{id}"))
        .collect()
}

/// Projects in the words of an error message.
pub(crate) fn named(ids: &[ProjectId]) -> String {
    match ids {
        [id] => format!("project `{id}`"),
        _ => format!("{} projects", ids.len()),
    }
}
