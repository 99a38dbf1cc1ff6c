//! Packages and container images.

use crate::column::columns;
use crate::{Reading, Shape, Stream};

/// Can be many, and there is no time of the last change: newest first.
pub(super) static PACKAGES: Stream = Stream {
    name: "packages",
    path: "projects/:id/packages",
    query: "order_by=created_at&sort=desc&include_versionless=true",
    reading: Reading::Newest { since: "" },
    time: Some("created_at"),
    columns: columns![
        id: Int, name: Text, version: Text, package_type: Text, status: Text, creator_id: Int,
        pipeline.id: Int, created_at: Time, last_downloaded_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static PACKAGE_FILES: Stream = Stream {
    name: "package_files",
    path: "projects/:id/packages/:row_id/package_files",
    reading: Reading::Each {
        of: &["packages"],
        shape: Shape::List,
    },
    time: Some("created_at"),
    columns: columns![
        id: Int, package_id: Int, file_name: Text, size: Int, file_md5: Text, file_sha1: Text,
        file_sha256: Text, created_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static REGISTRY_REPOSITORIES: Stream = Stream {
    name: "registry_repositories",
    path: "projects/:id/registry/repositories",
    query: "tags_count=true",
    time: Some("created_at"),
    columns: columns![
        id: Int, name: Text, path: Text, project_id: Int, location: Text, tags_count: Int,
        status: Text, created_at: Time, cleanup_policy_started_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static REGISTRY_TAGS: Stream = Stream {
    name: "registry_tags",
    path: "projects/:id/registry/repositories/:row_id/tags",
    reading: Reading::Each {
        of: &["registry_repositories"],
        shape: Shape::List,
    },
    key: &[":row_id", "name"],
    columns: columns![name: Text, path: Text, location: Text],
    ..Stream::PROJECT
};
