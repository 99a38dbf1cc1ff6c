//! A window of many projects' pipelines, children included: a page of both lists of each in one request.

use jiff::Timestamp;
use labtower_model::ProjectId;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use super::{gids, named};
use crate::{
    GitlabError,
    exchange::Call,
    graphql::{self, Document, Gid, Nodes, PageInfo},
};

/// Pipelines per list and project when many projects are asked for.
const PIPELINES: usize = 20;

/// Pipelines per list when one project is asked for.
const MORE_PIPELINES: usize = 100;

/// Which pipelines: those whose `updated_at` is between these, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UpdatedWindow {
    /// Oldest change.
    pub from: Timestamp,
    /// Newest change.
    pub to: Timestamp,
}

/// Where a project's two lists go on; a list that is absent is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListCursors {
    /// Whether its own pipelines are asked for, and from where; from the start if from nowhere.
    pub own: Option<Option<String>>,
    /// The same for child pipelines.
    pub children: Option<Option<String>>,
}

impl ListCursors {
    /// Both lists from their start.
    pub fn start() -> Self {
        Self {
            own: Some(None),
            children: Some(None),
        }
    }

    /// Whether nothing is left to ask for.
    pub fn is_done(&self) -> bool {
        self.own.is_none() && self.children.is_none()
    }
}

/// One page of a project's pipelines, of both lists.
pub(crate) struct BothPage<P> {
    pub(crate) project_id: ProjectId,
    pub(crate) pipelines: Vec<P>,
    /// Where its lists go on.
    pub(crate) next: ListCursors,
}

/// One page of each project; for a single one that GitLab cannot bear, ever smaller ones.
///
/// A project that is gone, or whose pipelines the token may not read, is absent. `what` is asked for, in the words of an
/// error message.
pub(crate) async fn page_of_both<P: DeserializeOwned>(
    call: &mut Call<'_>,
    document: Document,
    what: &str,
    ids: &[ProjectId],
    window: UpdatedWindow,
    cursors: &ListCursors,
) -> Result<Vec<BothPage<P>>, GitlabError> {
    let mut variables = json!({
        "ids": gids(ids),
        "projects": ids.len(),
        "after": window.from,
        "before": window.to,
        "own": cursors.own.is_some(),
        "children": cursors.children.is_some(),
    });
    for (name, cursor) in [("cursor", &cursors.own), ("childCursor", &cursors.children)] {
        if let Some(Some(cursor)) = cursor {
            variables[name] = cursor.as_str().into();
        }
    }
    let what = format!("{what} of {}", named(ids));
    let mut size = if ids.len() == 1 {
        MORE_PIPELINES
    } else {
        PIPELINES
    };
    let data: Data<P> = loop {
        variables["pipelines"] = size.into();
        match graphql::query(call, document, variables.clone(), what.clone(), true).await {
            Err(error) if error.asks_for_less() && ids.len() == 1 && size > 1 => {
                tracing::debug!(%error, size, "page too large, asking for half");
                size /= 2;
            }
            other => break other?.0,
        }
    };
    let projects = data.projects.into_iter().flat_map(Nodes::into_iter);
    Ok(projects
        .filter_map(|project| project.into_page(cursors))
        .collect())
}

/// Data of documents that ask for both lists.
#[derive(Deserialize)]
#[serde(bound = "P: DeserializeOwned")]
struct Data<P> {
    projects: Option<Nodes<Project<P>>>,
}

#[derive(Deserialize)]
#[serde(bound = "P: DeserializeOwned")]
struct Project<P> {
    id: Gid,
    #[serde(default)]
    pipelines: Option<Rows<P>>,
    #[serde(default)]
    children: Option<Rows<P>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound = "P: DeserializeOwned")]
struct Rows<P> {
    nodes: Option<Vec<Option<P>>>,
    page_info: PageInfo,
}

impl<P> Project<P> {
    /// None if its pipelines cannot be read.
    fn into_page(self, asked: &ListCursors) -> Option<BothPage<P>> {
        let missing = (asked.own.is_some() && self.pipelines.is_none())
            || (asked.children.is_some() && self.children.is_none());
        if missing {
            return None;
        }
        let mut next = ListCursors::default();
        let mut pipelines = Vec::new();
        for (list, next) in [
            (self.pipelines, &mut next.own),
            (self.children, &mut next.children),
        ] {
            let Some(list) = list else { continue };
            *next = list.page_info.next().map(Some);
            pipelines.extend(list.nodes.into_iter().flatten().flatten());
        }
        Some(BothPage {
            project_id: ProjectId(self.id.number),
            pipelines,
            next,
        })
    }
}
