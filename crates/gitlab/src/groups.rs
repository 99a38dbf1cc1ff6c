//! All projects of a group.

use std::collections::{BTreeMap, BTreeSet};

use labtower_model::{Project, ProjectId};

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    headers,
    projects::{WireProject, encoded, read},
};

/// How often a list is read because it shifted while it was read.
const READINGS: usize = 8;

/// So many equal readings are the list, whatever the total says: it may count what we may not see.
const EQUAL_READINGS: usize = 3;

/// Pages of one listing after which something is wrong.
const MOST_PAGES: usize = 10_000;

/// Which projects of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupOptions {
    /// Those of subgroups too.
    pub recursive: bool,
    /// Those shared with the group too.
    pub shared: bool,
    /// Archived ones too.
    pub archived: bool,
}

impl Default for GroupOptions {
    fn default() -> Self {
        Self {
            recursive: true,
            shared: false,
            archived: false,
        }
    }
}

impl Client {
    /// All projects of a group (id or full path), by id; one request per 100.
    ///
    /// Offset pages shift when projects come and go, so the list is checked against `X-Total` and read again
    /// until it is whole.
    ///
    /// # Errors
    ///
    /// [`GitlabError::NotFound`] if the group is absent or hidden; [`GitlabError::Malformed`] if the list never holds still.
    pub async fn group_projects(
        &self,
        group: &str,
        options: &GroupOptions,
    ) -> Result<Answer<Vec<Project>>, GitlabError> {
        let mut call = Call::new(self, Priority::Fresh);
        let mut known: BTreeMap<ProjectId, Project> = BTreeMap::new();
        let mut last = BTreeSet::new();
        let mut equal = 0;
        for _ in 0..READINGS {
            let reading = read_list(&mut call, group, options).await?;
            let ids: BTreeSet<ProjectId> = reading.projects.keys().copied().collect();
            equal = if last == ids { equal + 1 } else { 1 };
            if reading.is_whole() || (equal == EQUAL_READINGS && !reading.doubles) {
                return Ok(call.answer(reading.projects.into_values().collect()));
            }
            tracing::debug!(
                group,
                found = ids.len(),
                "list shifted while read, reading again"
            );
            let total = reading.total();
            known.extend(reading.projects);
            // What one reading missed another may have had.
            if total == Some(known.len() as u64) {
                return Ok(call.answer(known.into_values().collect()));
            }
            last = ids;
        }
        Err(GitlabError::Malformed {
            what: format!("projects of group `{group}`"),
            detail: format!("the list changed in each of {READINGS} readings"),
            site: Box::default(),
        })
    }
}

/// One reading of the whole list.
#[derive(Default)]
struct Reading {
    projects: BTreeMap<ProjectId, Project>,
    /// Whether a project was on two pages.
    doubles: bool,
    totals: BTreeSet<u64>,
}

impl Reading {
    /// The number of projects GitLab spoke of, if it kept to one; it leaves the number out of long lists.
    fn total(&self) -> Option<u64> {
        self.totals
            .first()
            .copied()
            .filter(|_| self.totals.len() == 1)
    }

    /// Whether nothing hints at a page that shifted.
    fn is_whole(&self) -> bool {
        let count = self.projects.len() as u64;
        !self.doubles && (self.totals.is_empty() || self.total() == Some(count))
    }
}

async fn read_list(
    call: &mut Call<'_>,
    group: &str,
    options: &GroupOptions,
) -> Result<Reading, GitlabError> {
    let path = format!("api/v4/groups/{}/projects", encoded(group));
    let mut query = format!(
        "include_subgroups={}&with_shared={}&order_by=id&sort=asc&per_page=100&page=1",
        options.recursive, options.shared
    );
    if !options.archived {
        query.push_str("&archived=false");
    }
    let mut reading = Reading::default();
    let mut asked = BTreeSet::new();
    while asked.insert(query.clone()) && asked.len() <= MOST_PAGES {
        let request = Request {
            endpoint: Endpoint::GroupProjects,
            path: format!("{path}?{query}"),
            body: None,
            what: format!("group `{group}`"),
            shrinks: false,
        };
        let (page, total, next) = call
            .send(&request, |reply| {
                let page: Vec<WireProject> = read(reply, &request.what)?;
                let next = headers::next_link_query(&reply.headers).or_else(|| {
                    next_by_number(&query, headers::number(&reply.headers, "x-next-page"))
                });
                Ok((
                    page,
                    headers::number::<u64>(&reply.headers, "x-total"),
                    next,
                ))
            })
            .await?;
        reading.totals.extend(total);
        for project in page {
            let project = project.into_model();
            reading.doubles |= reading.projects.insert(project.id, project).is_some();
        }
        match next {
            Some(next) => query = next,
            None => return Ok(reading),
        }
    }
    Err(GitlabError::Malformed {
        what: format!("projects of group `{group}`"),
        detail: "its pages do not end".to_owned(),
        site: Box::default(),
    })
}

/// The query with another page number, for a proxy that strips `Link`.
pub(crate) fn next_by_number(query: &str, page: Option<u64>) -> Option<String> {
    let page = page?;
    let others = query.split('&').filter(|part| !part.starts_with("page="));
    Some(
        others
            .map(str::to_owned)
            .chain([format!("page={page}")])
            .collect::<Vec<_>>()
            .join("&"),
    )
}
