//! Projects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ProjectId;

/// A GitLab project.
///
/// Source: `GET /groups/:id/projects`, `GET /projects/:id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Instance-wide id.
    pub id: ProjectId,
    /// `path_with_namespace`, for example `group/subgroup/project`.
    pub path_with_namespace: String,
    /// Display name.
    pub name: String,
    /// Default branch; absent for an empty repository or without code access.
    pub default_branch: Option<String>,
    /// Who can see it.
    pub visibility: Option<Visibility>,
    /// Whether it is archived (read-only).
    pub archived: bool,
    /// Topics, sorted.
    pub topics: Vec<String>,
    /// Address of its page.
    pub web_url: Option<String>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
}

/// Who can see a project: `private`, `internal`, `public`, kept as text.
pub type Visibility = String;
