//! Commits of a default branch: page by page, and how many there are.

use jiff::Timestamp;
use labtower_model::ProjectId;

use super::{CommitsPage, wire::WireCommit};
use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Request},
    headers,
    projects::read,
};

/// Commits on a page.
const PAGE: usize = 100;

impl Client {
    /// One page (the first is 1) of the commits that the default branch leads to, newest first, up to 100 of them;
    /// only those committed since `since` (inclusive), by the committer's date.
    ///
    /// `None` if the project has no repository the token may read.
    pub async fn commits_page(
        &self,
        project: ProjectId,
        since: Option<Timestamp>,
        page: usize,
        priority: Priority,
    ) -> Result<Answer<Option<CommitsPage>>, GitlabError> {
        let mut call = Call::new(self, priority);
        match commits(&mut call, project, since, page, PAGE).await {
            Ok(page) => Ok(call.answer(Some(page))),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Ok(call.answer(None))
            }
            Err(error) => Err(error),
        }
    }

    /// How many commits the default branch leads to, for where GitLab does not show its own count.
    ///
    /// GitLab tells no total of commits, so this asks whether there is an n-th commit, doubling and halving:
    /// about two requests per binary digit, two when `guess` is right.
    /// `None` if the project has no repository the token may read.
    pub async fn count_commits(
        &self,
        project: ProjectId,
        guess: u64,
        priority: Priority,
    ) -> Result<Answer<Option<u64>>, GitlabError> {
        let mut call = Call::new(self, priority);
        match count(&mut call, project, guess).await {
            Ok(count) => Ok(call.answer(Some(count))),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Ok(call.answer(None))
            }
            Err(error) => Err(error),
        }
    }
}

async fn count(call: &mut Call<'_>, project: ProjectId, guess: u64) -> Result<u64, GitlabError> {
    // Between: there are at least `low` commits, and fewer than `high`.
    let (mut low, mut high) = (0, None);
    let mut step = 1;
    let mut next = guess.max(1);
    loop {
        let place = usize::try_from(next).unwrap_or(usize::MAX);
        if commits(call, project, None, place, 1)
            .await?
            .commits
            .is_empty()
        {
            high = Some(next);
        } else {
            low = next;
        }
        next = match high {
            Some(high) if high - low <= 1 => return Ok(low),
            // Near the guess first, then in the middle.
            Some(high) if low == 0 => high.saturating_sub(step).max(1),
            Some(high) => low + (high - low) / 2,
            None => low + step,
        };
        step *= 2;
    }
}

async fn commits(
    call: &mut Call<'_>,
    project: ProjectId,
    since: Option<Timestamp>,
    page: usize,
    size: usize,
) -> Result<CommitsPage, GitlabError> {
    let since = since.map_or_else(String::new, |since| format!("&since={since}"));
    let request = Request {
        endpoint: Endpoint::Commits,
        path: format!(
            "api/v4/projects/{project}/repository/commits?per_page={size}&page={page}{since}"
        ),
        body: None,
        what: format!("commits of project `{project}`"),
        shrinks: false,
    };
    call.send(&request, |reply| {
        let rows: Vec<WireCommit> = read(reply, &request.what)?;
        let next = headers::number::<u64>(&reply.headers, "x-next-page");
        let told = next.is_some() || headers::next_link_query(&reply.headers).is_some();
        // A proxy may strip both headers; a page that is full may have a successor.
        let silent =
            !reply.headers.contains_key("x-next-page") && !reply.headers.contains_key("link");
        Ok(CommitsPage {
            more: !rows.is_empty() && (told || silent && rows.len() >= size),
            commits: rows
                .into_iter()
                .filter_map(|row| row.into_model(project))
                .collect(),
        })
    })
    .await
}
