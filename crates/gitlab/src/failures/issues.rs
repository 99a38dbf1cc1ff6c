//! Issues of a project.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    delivery::one,
    exchange::{Call, Request},
    projects::{encoded, read},
};

/// Issues on a page.
const PAGE: usize = 100;

/// An issue.
///
/// Source: `GET /projects/:id/issues`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Instance-wide id.
    pub id: i64,
    /// Full path of its project, as GitLab names it; absent where GitLab does not tell.
    pub project_path: Option<String>,
    /// Number within its project.
    pub iid: i64,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: Option<String>,
    /// `opened` or `closed`.
    pub state: String,
    /// Names.
    pub labels: Vec<String>,
    /// Usernames.
    pub assignees: Vec<String>,
    /// Username.
    pub author: Option<String>,
    /// Its page.
    pub web_url: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
}

impl Client {
    /// Up to 100 issues of a project, those that changed longest ago first; with `updated_after` (inclusive), only those
    /// that changed since.
    ///
    /// Rows move to the end of this list when they change, so that its later pages shift: the next page is better asked
    /// for as the first one (`page` 1) after the last row's `updated_at`.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see them or the feature is off.
    pub async fn issues_page(
        &self,
        project: &str,
        updated_after: Option<Timestamp>,
        page: usize,
        priority: Priority,
    ) -> Result<Answer<Vec<Issue>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let since = updated_after.map_or_else(String::new, |at| format!("&updated_after={at}"));
        let issues: Vec<WireIssue> = one(
            &mut call,
            Endpoint::Issues,
            format!(
                "api/v4/projects/{}/issues?scope=all&state=all&order_by=updated_at&sort=asc&per_page={PAGE}&page={page}{since}",
                encoded(project)
            ),
            format!("issues of project `{project}`"),
        )
        .await?;
        let issues = issues.into_iter().map(WireIssue::into_issue).collect();
        Ok(call.answer(issues))
    }

    /// Whether a page of this many issues is the last one.
    pub fn is_last_issues_page(rows: usize) -> bool {
        rows < PAGE
    }

    /// An issue; `None` if it does not exist or is hidden from this token.
    ///
    /// # Errors
    ///
    /// Whatever keeps us from asking.
    pub async fn issue(
        &self,
        project: &str,
        iid: i64,
        priority: Priority,
    ) -> Result<Answer<Option<Issue>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let path = format!("api/v4/projects/{}/issues/{iid}", encoded(project));
        let what = format!("issue `{project}#{iid}`");
        match one::<WireIssue>(&mut call, Endpoint::Issue, path, what).await {
            Ok(issue) => Ok(call.answer(Some(issue.into_issue()))),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Ok(call.answer(None))
            }
            Err(error) => Err(error),
        }
    }

    /// Makes an issue. Needs a token with scope `api`.
    ///
    /// A request whose answer did not come is an error and not sent again: the issue may exist.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] for a token that may only read.
    pub async fn create_issue(
        &self,
        project: &str,
        title: &str,
        description: &str,
        labels: &[String],
    ) -> Result<Answer<Issue>, GitlabError> {
        let mut call = Call::once_only(self, Priority::Running);
        let body =
            json!({ "title": title, "description": description, "labels": labels.join(",") });
        let request = Request {
            endpoint: Endpoint::NewIssue,
            path: format!("api/v4/projects/{}/issues", encoded(project)),
            body: Some(body.to_string().into()),
            what: format!("new issue of project `{project}`"),
            shrinks: false,
        };
        let issue = call
            .send(&request, |reply| read::<WireIssue>(reply, &request.what))
            .await?;
        Ok(call.answer(issue.into_issue()))
    }
}

#[derive(Deserialize)]
struct WireIssue {
    id: i64,
    iid: i64,
    title: Option<String>,
    description: Option<String>,
    state: Option<String>,
    labels: Option<Vec<String>>,
    assignees: Option<Vec<WirePerson>>,
    author: Option<WirePerson>,
    web_url: Option<String>,
    references: Option<WireReferences>,
    created_at: Timestamp,
    updated_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct WirePerson {
    username: Option<String>,
}

#[derive(Deserialize)]
struct WireReferences {
    full: Option<String>,
}

impl WireIssue {
    fn into_issue(self) -> Issue {
        let full = self.references.and_then(|references| references.full);
        let path = full.and_then(|full| Some(full.rsplit_once('#')?.0.to_owned()));
        let people = self.assignees.unwrap_or_default();
        Issue {
            id: self.id,
            project_path: path,
            iid: self.iid,
            title: self.title.unwrap_or_default(),
            description: self.description,
            state: self.state.unwrap_or_else(|| "opened".to_owned()),
            labels: self.labels.unwrap_or_default(),
            assignees: people
                .into_iter()
                .filter_map(|person| person.username)
                .collect(),
            author: self.author.and_then(|person| person.username),
            web_url: self.web_url,
            created_at: self.created_at,
            updated_at: self.updated_at.unwrap_or(self.created_at),
            closed_at: self.closed_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_minimum_of_an_issue_is_enough() {
        let wire: WireIssue = serde_json::from_str(
            r#"{"id": 7, "iid": 3, "created_at": "2026-11-20T12:00:00.123Z", "author": null, "closed_at": null}"#,
        )
        .unwrap();
        let issue = wire.into_issue();
        assert_eq!(
            (issue.updated_at, issue.project_path),
            (issue.created_at, None)
        );
    }

    #[test]
    fn project_is_read_off_the_reference() {
        let wire: WireIssue = serde_json::from_str(
            r#"{"id": 7, "iid": 3, "created_at": "2026-11-20T12:00:00Z", "references": {"full": "g/sub/p#3"}}"#,
        )
        .unwrap();
        assert_eq!(wire.into_issue().project_path.as_deref(), Some("g/sub/p"));
    }
}
