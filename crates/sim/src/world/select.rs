//! Choosing pipelines: the filters REST and GraphQL share.

use std::collections::HashSet;

use super::pipeline::{Row, Source, Target};
use super::project::Branch;
use super::status::Status;
use super::time::Time;
use super::{Moment, NONE, Project};

/// What a list of pipelines is narrowed to; the default is all but child pipelines.
#[derive(Debug, Clone, Default)]
pub(crate) struct PipelineFilter {
    pub(crate) scope: Option<Scope>,
    pub(crate) status: Option<Status>,
    /// Branch, tag or raw merge request ref; a branch matches its merge request's pipelines too.
    pub(crate) ref_name: Option<String>,
    pub(crate) sha: Option<String>,
    /// `parent_pipeline` is the only way to see child pipelines. An unknown source matches nothing.
    pub(crate) source: Option<String>,
    /// Inclusive, as the other three.
    pub(crate) updated_after: Option<Time>,
    pub(crate) updated_before: Option<Time>,
    pub(crate) created_after: Option<Time>,
    pub(crate) created_before: Option<Time>,
    pub(crate) username: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) yaml_errors: Option<bool>,
}

/// `scope` of a list of pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `running` only.
    Running,
    /// `pending` only.
    Pending,
    /// `success`, `failed`, `canceled`; not `skipped`.
    Finished,
    /// The newest pipeline of every branch.
    Branches,
    /// The newest pipeline of every tag.
    Tags,
}

impl Scope {
    /// Reads REST's spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "running" => Self::Running,
            "pending" => Self::Pending,
            "finished" => Self::Finished,
            "branches" => Self::Branches,
            "tags" => Self::Tags,
            _ => return None,
        })
    }
}

impl Moment<'_> {
    /// The project's pipelines that pass the filter, newest first; lazy.
    pub(crate) fn select<'m>(
        &'m self,
        project: u32,
        filter: &'m PipelineFilter,
    ) -> impl Iterator<Item = u32> + 'm {
        let mut refs = HashSet::new();
        self.pipelines_of(project).filter(move |index| {
            let row = &self.pipelines[*index as usize];
            self.passes(*index, row, filter)
                && match filter.scope {
                    // Newest first, so the first of a ref is its newest.
                    Some(Scope::Branches) => match row.target {
                        Target::Default => refs.insert(NONE),
                        Target::Branch(iid) => refs.insert(iid),
                        _ => false,
                    },
                    Some(Scope::Tags) => {
                        matches!(row.target, Target::Tag(index) if refs.insert(index))
                    }
                    _ => true,
                }
        })
    }

    fn passes(&self, index: u32, row: &Row, filter: &PipelineFilter) -> bool {
        let child = row.source == Source::ParentPipeline;
        match &filter.source {
            None if child => return false,
            Some(source) if source != row.source.as_str() => return false,
            _ => {}
        }
        // No change is later than the row's last one: most rows are told by this alone.
        if filter
            .updated_after
            .is_some_and(|after| row.settled < after)
            || filter
                .created_after
                .is_some_and(|after| row.created < after)
            || filter
                .created_before
                .is_some_and(|before| row.created > before)
        {
            return false;
        }
        let project = &self.projects[row.project as usize];
        if filter
            .ref_name
            .as_deref()
            .is_some_and(|name| !names(project, row.target, name))
            || filter
                .sha
                .as_deref()
                .is_some_and(|sha| project.sha(row.commit) != sha)
        {
            return false;
        }
        if let Some(username) = &filter.username
            && self
                .users
                .get(row.user as usize)
                .is_none_or(|user| user.username != *username)
        {
            return false;
        }
        let stateless = filter.status.is_none()
            && filter.updated_after.is_none()
            && filter.updated_before.is_none()
            && !matches!(
                filter.scope,
                Some(Scope::Running | Scope::Pending | Scope::Finished)
            );
        if !stateless {
            let state = self.state(index);
            let scope = match filter.scope {
                Some(Scope::Running) => state.status == Status::Running,
                Some(Scope::Pending) => state.status == Status::Pending,
                Some(Scope::Finished) => state.status.is_finished(),
                _ => true,
            };
            if !scope
                || filter.status.is_some_and(|status| state.status != status)
                || filter
                    .updated_after
                    .is_some_and(|after| state.updated < after)
                || filter
                    .updated_before
                    .is_some_and(|before| state.updated > before)
            {
                return false;
            }
        }
        if filter.name.is_none() && filter.yaml_errors.is_none() {
            return true;
        }
        let facts = self.pipeline(index);
        filter
            .name
            .as_deref()
            .is_none_or(|name| facts.name == Some(name))
            && filter
                .yaml_errors
                .is_none_or(|wanted| facts.yaml_errors.is_some() == wanted)
    }
}

/// Whether a pipeline on `target` is one of `name`'s.
fn names(project: &Project, target: Target, name: &str) -> bool {
    match target {
        Target::Default => name == project.default_branch,
        Target::Branch(iid) => project.branch(Branch::Feature(iid)) == name,
        Target::Tag(index) => Project::tag(index) == name,
        Target::MergeRequest(iid) => {
            name == format!("refs/merge-requests/{iid}/head")
                || project.branch(Branch::Feature(iid)) == name
        }
    }
}
