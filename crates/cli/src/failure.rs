//! Errors on their way to the user: the chain of causes, a hint, an exit code.

use std::fmt::Write as _;

use labtower_gitlab::GitlabError;
use labtower_store::StoreError;
use labtower_sync::SyncError;

use crate::Exit;

/// A failed command.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened; absent when the command has printed it already.
    error: Option<anyhow::Error>,
    hint: Option<String>,
}

impl Failure {
    /// A failure that was already reported.
    pub fn reported(exit: Exit) -> Self {
        Self {
            exit,
            error: None,
            hint: None,
        }
    }

    /// A failure with advice.
    pub fn with_hint(exit: Exit, error: impl Into<anyhow::Error>, hint: impl Into<String>) -> Self {
        Self {
            exit,
            error: Some(error.into()),
            hint: Some(hint.into()),
        }
    }

    /// The text for standard error; `None` when everything was said.
    pub fn text(&self) -> Option<String> {
        let error = self.error.as_ref()?;
        let mut text = String::new();
        let mut last = String::new();
        for cause in error.chain() {
            let words = words(cause);
            // An error that has its source in its own words needs no second line for it.
            if !last.ends_with(&words) {
                let lead = if text.is_empty() {
                    "error"
                } else {
                    "\n  caused by"
                };
                let _ = write!(text, "{lead}: {words}");
            }
            last = words;
        }
        if let Some(hint) = &self.hint {
            let _ = write!(text, "\n  hint: {hint}");
        }
        Some(text)
    }
}

/// An error in words; those of our libraries are fragments that complete "failed to ...".
fn words(error: &(dyn std::error::Error + 'static)) -> String {
    let is_fragment =
        error.is::<GitlabError>() || error.is::<StoreError>() || error.is::<SyncError>();
    if is_fragment {
        format!("failed to {error}")
    } else {
        error.to_string()
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error: anyhow::Error = error.into();
        let advice = error.chain().find_map(|cause| {
            if let Some(SyncError::Gitlab(error)) = cause.downcast_ref() {
                return gitlab_advice(error);
            }
            cause.downcast_ref().and_then(gitlab_advice)
        });
        let (exit, hint) = match advice {
            Some((exit, hint)) => (exit, Some(hint.to_owned())),
            None => (Exit::Failed, None),
        };
        Self {
            exit,
            error: Some(error),
            hint,
        }
    }
}

/// The exit code and next step for an error of GitLab, where there is one to name.
pub(crate) fn gitlab_advice(error: &GitlabError) -> Option<(Exit, &'static str)> {
    match error {
        GitlabError::Unauthorized { .. } => Some((
            Exit::Unauthorized,
            "the token is wrong, expired or revoked; make one with the scope `read_api`",
        )),
        GitlabError::Forbidden { .. } => Some((
            Exit::Failed,
            "the token needs the scope `read_api` and its user the role Reporter",
        )),
        GitlabError::NotFound { .. } => Some((
            Exit::Failed,
            "GitLab answers the same for what is absent and what the token may not see; check the path and the token",
        )),
        GitlabError::Transport { .. } | GitlabError::Timeout { .. } => Some((
            Exit::Failed,
            "check gitlab.url, gitlab.proxy and, for a private authority, gitlab.ca_file; `labtower doctor` tries them",
        )),
        _ => None,
    }
}
