//! `Group`.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::{Context, Error, ID, Object};

use super::Request;
use super::page::{Order, PageArguments};
use super::project::ProjectConnection;
use super::scalar::{self, NamespaceProjectSort};
use crate::world::Group;

/// `Group`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphGroup(u32);

impl GraphGroup {
    /// The group at this index of the world.
    pub(crate) fn new(index: u32) -> Self {
        Self(index)
    }

    fn read<T>(self, context: &Context<'_>, read: impl FnOnce(&Group) -> T) -> T {
        read(&context.data_unchecked::<Request>().moment().groups[self.0 as usize])
    }
}

/// A group of projects.
#[Object(name = "Group")]
impl GraphGroup {
    async fn id(&self, context: &Context<'_>) -> Option<ID> {
        self.read(context, |group| {
            Some(ID(format!("gid://gitlab/Group/{}", group.id)))
        })
    }

    async fn full_path(&self, context: &Context<'_>) -> ID {
        self.read(context, |group| ID(group.full_path.clone()))
    }

    async fn path(&self, context: &Context<'_>) -> String {
        self.read(context, |group| group.path.clone())
    }

    async fn name(&self, context: &Context<'_>) -> Option<String> {
        self.read(context, |group| Some(group.name.clone()))
    }

    async fn full_name(&self, context: &Context<'_>) -> Option<String> {
        self.read(context, |group| Some(group.full_name.clone()))
    }

    async fn web_url(&self, context: &Context<'_>) -> String {
        let url = &context.data_unchecked::<Request>().app.url;
        self.read(context, |group| format!("{url}/groups/{}", group.full_path))
    }

    async fn parent(&self, context: &Context<'_>) -> Option<GraphGroup> {
        self.read(context, |group| group.parent.map(GraphGroup))
    }

    /// Projects of the group, with `includeSubgroups` those of the groups inside it too.
    #[expect(clippy::too_many_arguments, reason = "GitLab's own arguments")]
    async fn projects(
        &self,
        context: &Context<'_>,
        #[graphql(default = false)] include_subgroups: bool,
        include_archived: Option<bool>,
        search: Option<String>,
        sort: Option<NamespaceProjectSort>,
        ids: Option<Vec<ID>>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<ProjectConnection, Error> {
        let request = context.data_unchecked::<Request>();
        let moment = request.moment();
        let hidden = &request.app.faults().forbidden_projects;
        let ids: Option<Vec<u64>> =
            ids.map(|ids| ids.iter().filter_map(|id| scalar::number(id)).collect());
        let mut projects: Vec<u32> = (0..moment.projects.len() as u32)
            .filter(|index| {
                let project = &moment.projects[*index as usize];
                (project.group == self.0
                    || include_subgroups && moment.is_within(project.group, self.0))
                    && (include_archived != Some(false) || !project.archived)
                    && !hidden.contains(&project.id)
                    && ids.as_ref().is_none_or(|ids| ids.contains(&project.id))
                    && search
                        .as_deref()
                        .is_none_or(|search| project.full_path.contains(search))
            })
            .collect();
        let path = |index: &u32| moment.projects[*index as usize].full_path.clone();
        match sort {
            Some(NamespaceProjectSort::ActivityDesc) => {
                projects
                    .sort_by_cached_key(|index| std::cmp::Reverse(moment.last_activity(*index)));
            }
            Some(NamespaceProjectSort::PathAsc | NamespaceProjectSort::FullPathAsc) => {
                projects.sort_by_cached_key(path);
            }
            Some(NamespaceProjectSort::PathDesc | NamespaceProjectSort::FullPathDesc) => {
                projects.sort_by_cached_key(|index| std::cmp::Reverse(path(index)));
            }
            None => projects.reverse(),
        }
        drop(moment);
        let by_id = sort.is_none().then_some(Order::Descending);
        ProjectConnection::new(
            request,
            projects,
            by_id,
            &PageArguments {
                first,
                last,
                after,
                before,
            },
        )
    }

    async fn projects_count(&self, context: &Context<'_>) -> i32 {
        let moment = context.data_unchecked::<Request>().moment();
        moment
            .projects
            .iter()
            .filter(|project| project.group == self.0)
            .count() as i32
    }
}
