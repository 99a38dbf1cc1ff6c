//! What pipelines there are, without what they hold: to compare with what was kept.

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId, Status};
use serde::Deserialize;
use serde_json::json;

use super::{gids, named};
use crate::{
    Answer, Client, GitlabError, Priority, ReportCursors, ReportWindow,
    exchange::Call,
    graphql::{self, Gid, Nodes, PageInfo},
};

/// Pipelines per list and project when many projects are asked for.
const PIPELINES: usize = 20;

/// Pipelines per list when one project is asked for.
const MORE_PIPELINES: usize = 100;

/// Pages of one project after which something is wrong.
const MOST_PAGES: usize = 10_000;

/// Jobs up to which GitLab counts them exactly.
const COUNTED_JOBS: u64 = 1_000;

/// A pipeline as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPipeline {
    /// Its id.
    pub id: PipelineId,
    /// Its branch, tag or merge request ref; absent where the token may not see it.
    pub ref_name: Option<String>,
    /// Where it stands.
    pub status: Status,
    /// When it was created: whole seconds.
    pub created_at: Timestamp,
    /// When its row last changed: whole seconds.
    pub updated_at: Timestamp,
    /// Its jobs, bridges and retried ones included; absent where GitLab does not count them (above 1,000).
    pub jobs: Option<u64>,
}

/// All pipelines of a project in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProject {
    /// The project.
    pub project_id: ProjectId,
    /// Its pipelines of both lists.
    pub pipelines: Vec<ListedPipeline>,
}

impl Client {
    /// All pipelines of up to 100 projects whose `updated_at` is in a window, children included, as lists show them.
    ///
    /// One request for all that fits: 20 pipelines per list and project; a request per further 100 of a project.
    /// A project that is gone, or whose pipelines the token may not read, is absent.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Complexity`] and [`GitlabError::Timeout`] where fewer projects may succeed.
    pub async fn listed(
        &self,
        ids: &[ProjectId],
        window: ReportWindow,
        priority: Priority,
    ) -> Result<Answer<Vec<ListedProject>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let size = if ids.len() == 1 {
            MORE_PIPELINES
        } else {
            PIPELINES
        };
        let first = ask(&mut call, ids, window, &ReportCursors::start(), size).await?;
        let mut projects = Vec::new();
        for (mut project, mut next) in first {
            let only = [project.project_id];
            let mut pages = 0;
            let mut seen = true;
            while seen && !next.is_done() {
                pages += 1;
                if pages > MOST_PAGES {
                    return Err(GitlabError::Malformed {
                        what: format!("the list of pipelines of project `{}`", project.project_id),
                        detail: "its pages do not end".to_owned(),
                        site: Box::default(),
                    });
                }
                let mut page = ask(&mut call, &only, window, &next, MORE_PIPELINES).await?;
                // A project that vanishes between two pages is as absent as one that never was there.
                seen = match page.pop() {
                    Some((more, after)) => {
                        project.pipelines.extend(more.pipelines);
                        next = after;
                        true
                    }
                    None => false,
                };
            }
            if seen {
                projects.push(project);
            }
        }
        Ok(call.answer(projects))
    }
}

/// One page of each project; for a single one that GitLab cannot bear, ever smaller ones.
async fn ask(
    call: &mut Call<'_>,
    ids: &[ProjectId],
    window: ReportWindow,
    cursors: &ReportCursors,
    mut size: usize,
) -> Result<Vec<(ListedProject, ReportCursors)>, GitlabError> {
    let data: Data = loop {
        let mut variables = json!({
            "ids": gids(ids),
            "projects": ids.len(),
            "pipelines": size,
            "after": window.from,
            "before": window.to,
            "own": cursors.own.is_some(),
            "children": cursors.children.is_some(),
        });
        if let Some(Some(cursor)) = &cursors.own {
            variables["cursor"] = cursor.as_str().into();
        }
        if let Some(Some(cursor)) = &cursors.children {
            variables["childCursor"] = cursor.as_str().into();
        }
        let what = format!("the list of pipelines of {}", named(ids));
        match graphql::query(call, graphql::LISTED, variables, what, true).await {
            Err(error) if error.asks_for_less() && ids.len() == 1 && size > 1 => size /= 2,
            other => break other?.0,
        }
    };
    let projects = data.projects.into_iter().flat_map(Nodes::into_iter);
    Ok(projects
        .filter_map(|project| take_in(project, cursors))
        .collect())
}

/// Reads one project; none if its pipelines cannot be read.
fn take_in(project: Project, asked: &ReportCursors) -> Option<(ListedProject, ReportCursors)> {
    let missing = (asked.own.is_some() && project.pipelines.is_none())
        || (asked.children.is_some() && project.children.is_none());
    if missing {
        return None;
    }
    let mut next = ReportCursors::default();
    let mut pipelines = Vec::new();
    for (list, next) in [
        (project.pipelines, &mut next.own),
        (project.children, &mut next.children),
    ] {
        let Some(list) = list else { continue };
        *next = list.page_info.next().map(Some);
        let rows = list.nodes.into_iter().flatten().flatten();
        pipelines.extend(rows.map(Row::into_listed));
    }
    let project_id = ProjectId(project.id.number);
    let listed = ListedProject {
        project_id,
        pipelines,
    };
    Some((listed, next))
}

/// Data of `listed.graphql`.
#[derive(Deserialize)]
struct Data {
    projects: Option<Nodes<Project>>,
}

#[derive(Deserialize)]
struct Project {
    id: Gid,
    #[serde(default)]
    pipelines: Option<Rows>,
    #[serde(default)]
    children: Option<Rows>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rows {
    nodes: Option<Vec<Option<Row>>>,
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: Gid,
    #[serde(rename = "ref")]
    ref_name: Option<String>,
    status: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    jobs: Option<Jobs>,
}

#[derive(Deserialize)]
struct Jobs {
    count: u64,
}

impl Row {
    fn into_listed(self) -> ListedPipeline {
        ListedPipeline {
            id: PipelineId(self.id.number),
            ref_name: self.ref_name.map(graphql::bare_ref),
            status: Status::parse(&self.status),
            created_at: graphql::seconds(self.created_at),
            updated_at: graphql::seconds(self.updated_at),
            jobs: self
                .jobs
                .map(|jobs| jobs.count)
                .filter(|count| *count <= COUNTED_JOBS),
        }
    }
}
