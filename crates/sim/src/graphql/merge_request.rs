//! `MergeRequest`, what belongs to it, and its connection.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};

use super::Request;
use super::commit::{CommitConnection, GraphCommit};
use super::page::{Order, Page, PageArguments, PageInfo};
use super::people::{GraphUser, user_gid};
use super::scalar::{GraphTime, UserGid};
use crate::resources::{MergeRequestFacts, merge_requests_of};
use crate::world::Time;

/// `MergeRequestState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "MergeRequestState", rename_items = "lowercase")]
pub(crate) enum MergeRequestState {
    Merged,
    Opened,
    Closed,
    Locked,
    All,
}

/// `MergeRequestSort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "MergeRequestSort")]
pub(crate) enum MergeRequestSort {
    UpdatedDesc,
    UpdatedAsc,
    CreatedDesc,
    CreatedAsc,
}

/// Which merge requests are asked for.
#[derive(Debug, Default)]
pub(crate) struct MergeRequestFilter {
    pub(crate) iids: Option<Vec<String>>,
    pub(crate) state: Option<MergeRequestState>,
    pub(crate) draft: Option<bool>,
    pub(crate) created_after: Option<GraphTime>,
    pub(crate) created_before: Option<GraphTime>,
    pub(crate) updated_after: Option<GraphTime>,
    pub(crate) updated_before: Option<GraphTime>,
    pub(crate) merged_after: Option<GraphTime>,
    pub(crate) merged_before: Option<GraphTime>,
}

impl MergeRequestFilter {
    fn holds(&self, row: &MergeRequestFacts) -> bool {
        let within = |after: Option<GraphTime>, before: Option<GraphTime>, at: Option<Time>| {
            after.is_none_or(|after| at.is_some_and(|at| at >= after.0))
                && before.is_none_or(|before| at.is_some_and(|at| at <= before.0))
        };
        let state = MergeRequestState::of(row.state);
        within(self.created_after, self.created_before, Some(row.created))
            && within(self.updated_after, self.updated_before, Some(row.updated))
            && within(self.merged_after, self.merged_before, row.merged)
            && self.draft.is_none_or(|draft| draft == row.draft)
            && self
                .state
                .is_none_or(|wanted| wanted == MergeRequestState::All || wanted == state)
            && self
                .iids
                .as_ref()
                .is_none_or(|iids| iids.contains(&row.iid.to_string()))
    }
}

impl MergeRequestState {
    fn of(state: &str) -> Self {
        match state {
            "merged" => Self::Merged,
            "closed" => Self::Closed,
            "locked" => Self::Locked,
            _ => Self::Opened,
        }
    }
}

/// `MergeRequestAuthor`.
#[derive(Debug, SimpleObject)]
#[graphql(name = "MergeRequestAuthor")]
pub(crate) struct MergeRequestAuthor {
    id: UserGid,
    username: String,
    name: String,
    bot: bool,
}

/// `Label`.
#[derive(Debug, SimpleObject)]
#[graphql(name = "Label")]
pub(crate) struct GraphLabel {
    title: &'static str,
}

/// `LabelConnection`.
#[derive(Debug, SimpleObject)]
#[graphql(name = "LabelConnection")]
pub(crate) struct LabelConnection {
    count: i32,
    nodes: Option<Vec<Option<GraphLabel>>>,
    page_info: PageInfo,
}

/// `MergeRequest`.
#[derive(Debug, Clone)]
pub(crate) struct GraphMergeRequest(MergeRequestFacts);

/// A proposal to merge one branch into another.
#[Object(name = "MergeRequest")]
impl GraphMergeRequest {
    async fn id(&self) -> ID {
        ID(format!("gid://gitlab/MergeRequest/{}", self.0.id))
    }

    async fn iid(&self) -> String {
        self.0.iid.to_string()
    }

    async fn state(&self) -> MergeRequestState {
        MergeRequestState::of(self.0.state)
    }

    async fn draft(&self) -> bool {
        self.0.draft
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn source_branch(&self) -> &str {
        &self.0.source_branch
    }

    async fn target_branch(&self) -> &str {
        self.0.target_branch
    }

    async fn diff_head_sha(&self) -> Option<&str> {
        self.0.sha.as_deref()
    }

    async fn merge_commit_sha(&self) -> Option<&str> {
        self.0.merge_commit_sha.as_deref()
    }

    async fn author(&self, context: &Context<'_>) -> Option<MergeRequestAuthor> {
        let moment = context.data_unchecked::<Request>().moment();
        let user = moment.users.get(self.0.author? as usize)?;
        Some(MergeRequestAuthor {
            id: user_gid(user),
            username: user.username.clone(),
            name: user.name.clone(),
            bot: user.bot,
        })
    }

    async fn merge_user(&self, context: &Context<'_>) -> Option<GraphUser> {
        let request = context.data_unchecked::<Request>();
        GraphUser::new(&request.app, &request.moment(), self.0.merge_user?)
    }

    async fn created_at(&self) -> GraphTime {
        GraphTime(self.0.created)
    }

    async fn updated_at(&self) -> GraphTime {
        GraphTime(self.0.updated)
    }

    async fn prepared_at(&self) -> Option<GraphTime> {
        Some(GraphTime(self.0.created))
    }

    async fn merged_at(&self) -> Option<GraphTime> {
        self.0.merged.map(GraphTime)
    }

    async fn closed_at(&self) -> Option<GraphTime> {
        self.0.closed.map(GraphTime)
    }

    async fn commit_count(&self) -> Option<i32> {
        Some(self.0.commits.len() as i32)
    }

    async fn user_notes_count(&self) -> Option<i32> {
        Some(self.0.notes as i32)
    }

    async fn labels(
        &self,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<LabelConnection>, Error> {
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        let rows = self.0.labels.iter().enumerate();
        let page = arguments.cut(rows, |(place, _)| *place as u64 + 1, Order::Ascending)?;
        let label = |(_, title): (usize, &&'static str)| Some(GraphLabel { title });
        Ok(Some(LabelConnection {
            count: self.0.labels.len() as i32,
            nodes: Some(page.rows.into_iter().map(label).collect()),
            page_info: page.info,
        }))
    }

    /// Its commits, newest first.
    async fn commits(
        &self,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<CommitConnection>, Error> {
        let arguments = PageArguments {
            first,
            last,
            after,
            before,
        };
        let rows = self.0.commits.iter().rev();
        let rows = rows.map(|commit| GraphCommit::new(self.0.project, *commit));
        CommitConnection::new(rows, &arguments).map(Some)
    }
}

/// `MergeRequestEdge`.
#[derive(SimpleObject)]
#[graphql(name = "MergeRequestEdge")]
pub(crate) struct MergeRequestEdge {
    cursor: String,
    node: Option<GraphMergeRequest>,
}

/// `MergeRequestConnection`.
pub(crate) struct MergeRequestConnection {
    page: Page<MergeRequestFacts>,
    count: usize,
    sort: MergeRequestSort,
}

/// What a cursor of a list in this order stands at.
fn key(sort: MergeRequestSort, row: &MergeRequestFacts) -> u64 {
    match sort {
        MergeRequestSort::CreatedAsc | MergeRequestSort::CreatedDesc => row.id,
        // The time, and the number to tell equal ones apart.
        MergeRequestSort::UpdatedAsc | MergeRequestSort::UpdatedDesc => {
            (row.updated.0 as u64) << 20 | row.iid
        }
    }
}

impl MergeRequestConnection {
    /// The asked page of the project's merge requests.
    pub(crate) fn new(
        request: &Request,
        project: u32,
        filter: &MergeRequestFilter,
        sort: MergeRequestSort,
        arguments: &PageArguments,
    ) -> Result<Self, Error> {
        let mut rows = merge_requests_of(&request.moment(), project);
        rows.retain(|row| filter.holds(row));
        rows.sort_unstable_by_key(|row| key(sort, row));
        let order = match sort {
            MergeRequestSort::CreatedAsc | MergeRequestSort::UpdatedAsc => Order::Ascending,
            MergeRequestSort::CreatedDesc | MergeRequestSort::UpdatedDesc => {
                rows.reverse();
                Order::Descending
            }
        };
        let count = rows.len();
        let page = arguments.cut(rows.into_iter(), |row| key(sort, row), order)?;
        Ok(Self { page, count, sort })
    }
}

/// Merge requests.
#[Object(name = "MergeRequestConnection")]
impl MergeRequestConnection {
    async fn count(&self) -> i32 {
        self.count as i32
    }

    async fn nodes(&self) -> Option<Vec<Option<GraphMergeRequest>>> {
        let node = |row: &MergeRequestFacts| Some(GraphMergeRequest(row.clone()));
        Some(self.page.rows.iter().map(node).collect())
    }

    async fn edges(&self) -> Option<Vec<Option<MergeRequestEdge>>> {
        let edge = |row: &MergeRequestFacts| {
            Some(MergeRequestEdge {
                cursor: super::cursor::cursor(key(self.sort, row)),
                node: Some(GraphMergeRequest(row.clone())),
            })
        };
        Some(self.page.rows.iter().map(edge).collect())
    }

    async fn page_info(&self) -> PageInfo {
        self.page.info.clone()
    }
}
