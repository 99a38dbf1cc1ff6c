//! What pipelines there are, without what they hold: to compare with what was kept.

use jiff::Timestamp;
use labtower_model::{PipelineId, ProjectId, Status};
use serde::Deserialize;

use super::both::{BothPage, ListCursors, UpdatedWindow, page_of_both};
use crate::{
    Answer, Client, GitlabError, Priority,
    exchange::Call,
    graphql::{self, Gid},
};

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
        window: UpdatedWindow,
        priority: Priority,
    ) -> Result<Answer<Vec<ListedProject>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let mut projects = Vec::new();
        for mut page in ask(&mut call, ids, window, &ListCursors::start()).await? {
            let project_id = page.project_id;
            let mut rows = std::mem::take(&mut page.pipelines);
            let mut pages = 0;
            let mut seen = true;
            while seen && !page.next.is_done() {
                pages += 1;
                if pages > MOST_PAGES {
                    return Err(GitlabError::Malformed {
                        what: format!("the list of pipelines of project `{project_id}`"),
                        detail: "its pages do not end".to_owned(),
                        site: Box::default(),
                    });
                }
                let mut more = ask(&mut call, &[project_id], window, &page.next).await?;
                // A project that vanishes between two pages is as absent as one that never was there.
                seen = match more.pop() {
                    Some(more) => {
                        page = more;
                        rows.append(&mut page.pipelines);
                        true
                    }
                    None => false,
                };
            }
            if seen {
                projects.push(ListedProject {
                    project_id,
                    pipelines: rows.into_iter().map(Row::into_listed).collect(),
                });
            }
        }
        Ok(call.answer(projects))
    }
}

/// One page of each project.
async fn ask(
    call: &mut Call<'_>,
    ids: &[ProjectId],
    window: UpdatedWindow,
    cursors: &ListCursors,
) -> Result<Vec<BothPage<Row>>, GitlabError> {
    let what = "the list of pipelines";
    page_of_both(call, graphql::LISTED, what, ids, window, cursors).await
}

/// A pipeline of `listed.graphql`.
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
