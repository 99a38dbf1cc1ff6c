//! The repository: commits, branches, tags, releases.

use crate::column::columns;
use crate::{Reading, Shape, Stream};

/// A list of every commit's: one request for each, so all of them are off.
const EACH: Stream = Stream {
    reading: Reading::Each {
        of: &["commits"],
        shape: Shape::List,
    },
    off: true,
    ..Stream::PROJECT
};

/// Newest by the committer's date, which is whatever the one who pushes says.
pub(super) static COMMITS: Stream = Stream {
    name: "commits",
    path: "projects/:id/repository/commits",
    query: "all=true&with_stats=true",
    reading: Reading::History {
        since: "since",
        tips: &["branches", "tags"],
        from: "projects/:id/repository/commits?ref_name=:row_id&with_stats=true",
    },
    time: Some("committed_date"),
    columns: columns![
        id: Text, short_id: Text, title: Text, message: Text, parent_ids: Json,
        author_name: Text, author_email: Text, authored_date: Time, committer_name: Text,
        committer_email: Text, committed_date: Time, created_at: Time, stats.additions: Int,
        stats.deletions: Int, stats.total: Int, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static COMMIT_COMMENTS: Stream = Stream {
    name: "commit_comments",
    path: "projects/:id/repository/commits/:row_id/comments",
    key: &[":row_id", "created_at", "author.id"],
    time: Some("created_at"),
    columns: columns![
        note: Text, path: Text, line: Int, line_type: Text, author.username: Text,
        created_at: Time,
    ],
    ..EACH
};

pub(super) static COMMIT_DIFFS: Stream = Stream {
    name: "commit_diffs",
    path: "projects/:id/repository/commits/:row_id/diff",
    key: &[":row_id", "old_path", "new_path"],
    columns: columns![
        new_path: Text, old_path: Text, new_file: Bool, renamed_file: Bool, deleted_file: Bool,
        diff: Text,
    ],
    ..EACH
};

pub(super) static COMMIT_REFS: Stream = Stream {
    name: "commit_refs",
    path: "projects/:id/repository/commits/:row_id/refs",
    key: &[":row_id", "type", "name"],
    columns: columns![type: Text, name: Text],
    ..EACH
};

pub(super) static COMMIT_MERGE_REQUESTS: Stream = Stream {
    name: "commit_merge_requests",
    path: "projects/:id/repository/commits/:row_id/merge_requests",
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![id: Int, iid: Int, project_id: Int, state: Text, updated_at: Time],
    ..EACH
};

pub(super) static BRANCHES: Stream = Stream {
    name: "branches",
    path: "projects/:id/repository/branches",
    key: &["name"],
    time: Some("commit.committed_date"),
    columns: columns![
        name: Text, commit.id: Text, commit.committed_date: Time, merged: Bool, protected: Bool,
        default: Bool, can_push: Bool, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static PROTECTED_BRANCHES: Stream = Stream {
    name: "protected_branches",
    path: "projects/:id/protected_branches",
    columns: columns![
        id: Int, name: Text, push_access_levels: Json, merge_access_levels: Json,
        allow_force_push: Bool, code_owner_approval_required: Bool,
    ],
    ..Stream::PROJECT
};

pub(super) static TAGS: Stream = Stream {
    name: "tags",
    path: "projects/:id/repository/tags",
    key: &["name"],
    time: Some("created_at"),
    columns: columns![
        name: Text, message: Text, target: Text, commit.id: Text, commit.committed_date: Time,
        release.tag_name: Text, protected: Bool, created_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static PROTECTED_TAGS: Stream = Stream {
    name: "protected_tags",
    path: "projects/:id/protected_tags",
    key: &["name"],
    columns: columns![name: Text, create_access_levels: Json],
    ..Stream::PROJECT
};

/// Has no id. Read whole: `updated_after` is there, but no order by `updated_at`, and no such field.
pub(super) static RELEASES: Stream = Stream {
    name: "releases",
    path: "projects/:id/releases",
    key: &["tag_name"],
    time: Some("released_at"),
    columns: columns![
        tag_name: Text, name: Text, description: Text, author.username: Text, commit.id: Text,
        upcoming_release: Bool, assets.count: Int, created_at: Time, released_at: Time,
        _links.self: Text,
    ],
    ..Stream::PROJECT
};

/// Every file's name at every reading: off.
pub(super) static REPOSITORY_TREES: Stream = Stream {
    name: "repository_trees",
    path: "projects/:id/repository/tree",
    query: "recursive=true",
    key: &["path"],
    columns: columns![id: Text, name: Text, type: Text, path: Text, mode: Text],
    off: true,
    ..Stream::PROJECT
};
