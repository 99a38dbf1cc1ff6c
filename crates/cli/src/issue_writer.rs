//! Issues that people create from a page: a client of its own, with the token that may write.

use std::sync::Arc;

use labtower_gitlab::{Client, ClientConfig, GitlabError};
use labtower_model::Clock;
use labtower_serve::{IssueAnswer, IssueWriter, NewIssue};
use labtower_store::{Issue, IssueKey, IssueMade};

/// What asks GitLab for issues.
///
/// # Errors
/// When the client's settings are wrong.
pub(crate) fn issue_writer(
    config: ClientConfig,
    clock: Arc<dyn Clock>,
) -> Result<IssueWriter, GitlabError> {
    let client = Client::new(config, clock)?;
    Ok(Arc::new(move |new| -> IssueAnswer {
        Box::pin(create(client.clone(), new))
    }))
}

async fn create(client: Client, new: NewIssue) -> IssueMade {
    let asked = client
        .create_issue(&new.project_path, &new.title, &new.description, &new.labels)
        .await;
    match asked {
        Ok(answer) => {
            let issue = answer.value;
            IssueMade::Made(Box::new(Issue {
                key: IssueKey {
                    project_path: new.project_path,
                    iid: issue.iid,
                },
                id: issue.id,
                title: issue.title,
                state: issue.state,
                labels: issue.labels,
                assignees: issue.assignees,
                author: issue.author,
                web_url: issue.web_url,
                created_at: issue.created_at,
                updated_at: issue.updated_at,
                closed_at: issue.closed_at,
                // Read with the project's issues, which then looks through all failures for them.
                blocks: Vec::new(),
            }))
        }
        Err(error) if may_exist(&error) => IssueMade::Unknown(error.sentence()),
        Err(error) => IssueMade::Refused(error.sentence()),
    }
}

/// Whether GitLab may have made the issue all the same.
fn may_exist(error: &GitlabError) -> bool {
    match error {
        GitlabError::Timeout { .. }
        | GitlabError::Transport { .. }
        | GitlabError::Server { .. }
        | GitlabError::Malformed { .. } => true,
        GitlabError::Unauthorized { .. }
        | GitlabError::Forbidden { .. }
        | GitlabError::NotFound { .. }
        | GitlabError::RateLimited { .. }
        | GitlabError::Complexity { .. }
        | GitlabError::Refused { .. }
        | GitlabError::GraphQl { .. }
        | GitlabError::Config { .. } => false,
    }
}
