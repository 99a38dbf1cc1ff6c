//! Groups and what hangs on them.

use crate::column::columns;
use crate::{Reading, Stream};

/// With the token that registers runners, which groups' owners are shown.
pub(super) static GROUPS: Stream = Stream {
    name: "groups",
    path: "groups/:id",
    query: "with_projects=false",
    reading: Reading::One,
    time: Some("created_at"),
    columns: columns![
        id: Int, name: Text, path: Text, full_name: Text, full_path: Text, parent_id: Int,
        visibility: Text, description: Text, archived: Bool, default_branch: Text,
        marked_for_deletion_on: Date, created_at: Time, web_url: Text,
    ],
    secrets: &["runners_token"],
    ..Stream::GROUP
};

pub(super) static SUBGROUPS: Stream = Stream {
    name: "subgroups",
    path: "groups/:id/subgroups",
    query: "order_by=id&sort=asc",
    time: Some("created_at"),
    columns: columns![
        id: Int, name: Text, path: Text, full_path: Text, parent_id: Int, visibility: Text,
        description: Text, archived: Bool, marked_for_deletion_on: Date, created_at: Time,
        web_url: Text,
    ],
    ..Stream::GROUP
};

/// Projects have the same.
pub(super) const BADGES: Stream = Stream {
    columns: columns![id: Int, name: Text, kind: Text, link_url: Text, image_url: Text],
    ..Stream::GROUP
};

/// Projects have the same.
pub(super) const UPLOADS: Stream = Stream {
    time: Some("created_at"),
    columns: columns![id: Int, filename: Text, size: Int, uploaded_by.username: Text, created_at: Time],
    ..Stream::GROUP
};

pub(super) static GROUP_BADGES: Stream = Stream {
    name: "group_badges",
    path: "groups/:id/badges",
    ..BADGES
};

pub(super) static GROUP_UPLOADS: Stream = Stream {
    name: "group_uploads",
    path: "groups/:id/uploads",
    ..UPLOADS
};
