//! Asks about many projects at once, and finds the one that spoils the answer.

use std::future::Future;

use labtower_gitlab::GitlabError;
use labtower_model::ProjectId;

/// What came of a question about many projects.
pub(crate) struct Fetched<T> {
    /// One answer for all, or several where the question had to be split.
    pub(crate) answers: Vec<(Vec<ProjectId>, T)>,
    /// Projects that cannot be read even when asked about alone.
    pub(crate) failed: Vec<(ProjectId, GitlabError)>,
}

/// Asks; when the answer fails for a reason one project may have brought, asks the halves, down to single projects.
///
/// # Errors
/// What concerns no single project: a refused token, no connection, a spent budget.
pub(crate) async fn fetch<T, Ask, Answering>(
    ids: Vec<ProjectId>,
    ask: Ask,
) -> Result<Fetched<T>, GitlabError>
where
    Ask: Fn(Vec<ProjectId>) -> Answering,
    Answering: Future<Output = Result<T, GitlabError>>,
{
    let mut fetched = Fetched {
        answers: Vec::new(),
        failed: Vec::new(),
    };
    let mut waiting = vec![ids];
    while let Some(ids) = waiting.pop() {
        match ask(ids.clone()).await {
            Ok(answer) => fetched.answers.push((ids, answer)),
            Err(error) if !may_concern_one_project(&error) => return Err(error),
            Err(error) => {
                if let [only] = ids.as_slice() {
                    fetched.failed.push((*only, error));
                } else {
                    let (left, right) = ids.split_at(ids.len() / 2);
                    waiting.extend([right.to_vec(), left.to_vec()]);
                }
            }
        }
    }
    Ok(fetched)
}

/// Whether asking about fewer projects may help.
pub(crate) fn may_concern_one_project(error: &GitlabError) -> bool {
    matches!(
        error,
        GitlabError::GraphQl { .. }
            | GitlabError::Malformed { .. }
            | GitlabError::Timeout { .. }
            | GitlabError::Complexity { .. }
            | GitlabError::Forbidden { .. }
            | GitlabError::NotFound { .. }
            | GitlabError::Server { .. }
    )
}
