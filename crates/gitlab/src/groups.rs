//! All projects of a group.

use std::collections::{BTreeMap, BTreeSet};

use labtower_model::{Project, ProjectId};

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    headers,
    projects::{WireProject, encoded, read},
};

/// How often a list is read again because it shifted while it was read.
const LISTINGS: usize = 5;

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
        let mut before: Option<BTreeSet<ProjectId>> = None;
        for _ in 0..LISTINGS {
            let listing = list(&mut call, group, options).await?;
            let ids: BTreeSet<ProjectId> = listing.projects.keys().copied().collect();
            // Twice the same list is the list, whatever the total says: it may count what we may not see.
            if listing.is_whole() || before.as_ref() == Some(&ids) {
                return Ok(call.answer(listing.projects.into_values().collect()));
            }
            tracing::debug!(
                group,
                found = ids.len(),
                "list shifted while read, reading again"
            );
            before = Some(ids);
        }
        Err(GitlabError::Malformed {
            what: format!("projects of group `{group}`"),
            detail: format!("the list changed in each of {LISTINGS} readings"),
            site: Box::default(),
        })
    }
}

/// One reading of the whole list.
#[derive(Default)]
struct Listing {
    projects: BTreeMap<ProjectId, Project>,
    doubles: bool,
    totals: BTreeSet<u64>,
}

impl Listing {
    /// Whether nothing hints at a page that shifted.
    fn is_whole(&self) -> bool {
        let total = match self.totals.iter().copied().collect::<Vec<_>>()[..] {
            // GitLab leaves the total out of long lists.
            [] => true,
            [total] => total == self.projects.len() as u64,
            _ => false,
        };
        total && !self.doubles
    }
}

async fn list(
    call: &mut Call<'_>,
    group: &str,
    options: &GroupOptions,
) -> Result<Listing, GitlabError> {
    let path = format!("api/v4/groups/{}/projects", encoded(group));
    let mut query = format!(
        "include_subgroups={}&with_shared={}&order_by=id&sort=asc&per_page=100&page=1",
        options.recursive, options.shared
    );
    if !options.archived {
        query.push_str("&archived=false");
    }
    let mut listing = Listing::default();
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
        listing.totals.extend(total);
        for project in page {
            let project = project.into_model();
            listing.doubles |= listing.projects.insert(project.id, project).is_some();
        }
        match next {
            Some(next) => query = next,
            None => return Ok(listing),
        }
    }
    Err(GitlabError::Malformed {
        what: format!("projects of group `{group}`"),
        detail: "its pages do not end".to_owned(),
        site: Box::default(),
    })
}

/// The query with another page number, for a proxy that strips `Link`.
fn next_by_number(query: &str, page: Option<u64>) -> Option<String> {
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
