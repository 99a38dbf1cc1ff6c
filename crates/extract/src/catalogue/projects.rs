//! Projects and what describes them.

use super::groups::{BADGES, UPLOADS};
use crate::column::columns;
use crate::{ParentKind, Reading, Shape, Stream};

/// With the token that registers runners, which projects' maintainers are shown.
pub(super) static PROJECTS: Stream = Stream {
    name: "projects",
    path: "projects/:id",
    query: "license=true&statistics=true",
    reading: Reading::One,
    time: Some("updated_at"),
    columns: columns![
        id: Int, name: Text, path: Text, path_with_namespace: Text, namespace.id: Int,
        namespace.full_path: Text, visibility: Text, description: Text, default_branch: Text,
        archived: Bool, empty_repo: Bool, topics: Json, creator_id: Int, star_count: Int,
        forks_count: Int, open_issues_count: Int, merge_method: Text, build_timeout: Int,
        statistics.commit_count: Int, statistics.storage_size: Int,
        statistics.repository_size: Int, statistics.job_artifacts_size: Int,
        marked_for_deletion_on: Date, created_at: Time, updated_at: Time, last_activity_at: Time,
        web_url: Text,
    ],
    secrets: &["runners_token"],
    ..Stream::PROJECT
};

/// Shares in percent by name of the language.
pub(super) static PROJECT_LANGUAGES: Stream = Stream {
    name: "project_languages",
    path: "projects/:id/languages",
    reading: Reading::One,
    key: &[":id"],
    ..Stream::PROJECT
};

pub(super) static PROJECT_READMES: Stream = Stream {
    name: "project_readmes",
    path: "projects/:id/repository/files/README.md/raw",
    query: "ref=HEAD",
    reading: Reading::Each {
        of: &["projects"],
        shape: Shape::Text,
    },
    key: &[":row_id"],
    columns: columns![text: Text],
    ..Stream::PROJECT
};

pub(super) static PROJECT_BADGES: Stream = Stream {
    name: "project_badges",
    parent: ParentKind::Project,
    path: "projects/:id/badges",
    ..BADGES
};

pub(super) static PROJECT_UPLOADS: Stream = Stream {
    name: "project_uploads",
    parent: ParentKind::Project,
    path: "projects/:id/uploads",
    ..UPLOADS
};

pub(super) static ISSUE_STATISTICS: Stream = Stream {
    name: "issue_statistics",
    path: "projects/:id/issues_statistics",
    query: "scope=all",
    reading: Reading::One,
    key: &[":id"],
    columns: columns![
        statistics.counts.all: Int, statistics.counts.opened: Int, statistics.counts.closed: Int,
    ],
    ..Stream::PROJECT
};
