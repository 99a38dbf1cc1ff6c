//! Commits of the default branch.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ProjectId;

/// A commit that the default branch of a project leads to.
///
/// Source: `GET /projects/:id/repository/commits`. Times are cut to whole seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Project whose repository has it.
    pub project_id: ProjectId,
    /// Its name, in hexadecimal. The same commit may be in several projects.
    pub sha: String,
    /// First line of its message.
    pub title: Option<String>,
    /// Who wrote it, as Git knows the person.
    pub author_name: Option<String>,
    /// When it was written.
    pub authored_at: Option<Timestamp>,
    /// When it was committed; may lie long before it came to the default branch.
    pub committed_at: Timestamp,
}
