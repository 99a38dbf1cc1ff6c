//! `MergeRequestConnection`: filtered, sorted and paged.

use async_graphql::{Enum, Error, Object, SimpleObject};

use super::Request;
use super::merge_request::{GraphMergeRequest, MergeRequestState};
use super::page::{Order, Page, PageArguments, PageInfo};
use super::scalar::GraphTime;
use crate::resources::{MergeRequestFacts, merge_requests_of};
use crate::world::Time;

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
