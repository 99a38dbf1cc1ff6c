//! `MergeRequest` and what belongs to it.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::{Context, Enum, Error, ID, Object, SimpleObject};

use super::Request;
use super::commit::{CommitConnection, GraphCommit};
use super::page::{Order, PageArguments, PageInfo};
use super::people::{GraphUser, user_gid};
use super::scalar::{GraphTime, UserGid};
use crate::resources::MergeRequestFacts;

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

impl MergeRequestState {
    /// From the word.
    pub(crate) fn of(state: &str) -> Self {
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
pub(crate) struct GraphMergeRequest(pub(super) MergeRequestFacts);

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
