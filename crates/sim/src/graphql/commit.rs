//! `Commit` and its connection.

use async_graphql::{Context, Error, ID, Object, SimpleObject};

use super::Request;
use super::page::{Order, PageArguments, PageInfo};
use super::scalar::GraphTime;
use crate::rest::jobs::commit_title;
use crate::world::{Moment, Project};

/// `Commit`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphCommit {
    project: u32,
    index: u32,
}

impl GraphCommit {
    /// The commit at an index of the project at an index.
    pub(crate) fn new(project: u32, index: u32) -> Self {
        Self { project, index }
    }

    fn read<T>(self, context: &Context<'_>, read: impl FnOnce(&Moment<'_>, &Project) -> T) -> T {
        let moment = context.data_unchecked::<Request>().moment();
        read(&moment, &moment.projects[self.project as usize])
    }

    fn at(self, context: &Context<'_>) -> GraphTime {
        self.read(context, |_, project| {
            GraphTime(project.commits[self.index as usize].at)
        })
    }
}

/// A commit.
#[Object(name = "Commit")]
impl GraphCommit {
    async fn id(&self, context: &Context<'_>) -> ID {
        let sha = self.read(context, |_, project| project.sha(self.index));
        ID(format!("gid://gitlab/Commit/{sha}"))
    }

    async fn sha(&self, context: &Context<'_>) -> String {
        self.read(context, |_, project| project.sha(self.index))
    }

    async fn short_id(&self, context: &Context<'_>) -> String {
        self.read(context, |_, project| {
            project.sha(self.index)[..8].to_owned()
        })
    }

    async fn title(&self, context: &Context<'_>) -> Option<String> {
        Some(self.read(context, |_, project| commit_title(project.seed, self.index)))
    }

    async fn author_name(&self, context: &Context<'_>) -> Option<String> {
        self.read(context, |moment, project| {
            let author = project.commits[self.index as usize].author;
            Some(moment.users.get(author as usize)?.name.clone())
        })
    }

    async fn authored_date(&self, context: &Context<'_>) -> Option<GraphTime> {
        Some(self.at(context))
    }

    async fn committed_date(&self, context: &Context<'_>) -> Option<GraphTime> {
        Some(self.at(context))
    }
}

/// `CommitConnection`.
#[derive(SimpleObject)]
#[graphql(name = "CommitConnection")]
pub(crate) struct CommitConnection {
    nodes: Option<Vec<Option<GraphCommit>>>,
    page_info: PageInfo,
}

impl CommitConnection {
    /// The asked page of `rows`, which are newest first.
    pub(crate) fn new(
        rows: impl Iterator<Item = GraphCommit>,
        arguments: &PageArguments,
    ) -> Result<Self, Error> {
        let page = arguments.cut(rows, |row| u64::from(row.index) + 1, Order::Descending)?;
        Ok(Self {
            nodes: Some(page.rows.into_iter().map(Some).collect()),
            page_info: page.info,
        })
    }
}
