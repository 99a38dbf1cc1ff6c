//! Issues that people create from a page.
//!
//! This crate does not speak to GitLab: the process hands in what does, if it has a token that may.

use std::pin::Pin;
use std::sync::Arc;

use labtower_store::{Issue, IssueMade};

/// An issue to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIssue {
    /// Full path of the project that gets it.
    pub project_path: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub description: String,
    /// Names.
    pub labels: Vec<String>,
}

/// What comes of it, some time later.
pub type IssueAnswer = Pin<Box<dyn Future<Output = IssueMade> + Send>>;

/// Asks GitLab for an issue, once: a request that may have arrived is not sent again.
pub type IssueWriter = Arc<dyn Fn(NewIssue) -> IssueAnswer + Send + Sync>;

/// The issue in the answer, for what comes after it.
pub(crate) fn made(answer: &IssueMade) -> Option<&Issue> {
    match answer {
        IssueMade::Made(issue) => Some(issue),
        IssueMade::Refused(_) | IssueMade::Unknown(_) => None,
    }
}
