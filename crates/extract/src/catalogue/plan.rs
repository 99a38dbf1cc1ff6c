//! What people plan: issues, milestones, labels.

use crate::{
    Column,
    ColumnKind::{Int, Text, Time},
    ParentKind, Reading, Stream,
};

pub(super) static ISSUES: Stream = Stream {
    name: "issues",
    parent: ParentKind::Project,
    path: "projects/:id/issues",
    query: "scope=all&state=all",
    reading: Reading::Updated {
        order: "order_by=updated_at&sort=asc",
    },
    key: &["id"],
    time: Some("updated_at"),
    columns: &[
        Column {
            name: "id",
            path: "id",
            kind: Int,
        },
        Column {
            name: "iid",
            path: "iid",
            kind: Int,
        },
        Column {
            name: "project_id",
            path: "project_id",
            kind: Int,
        },
        Column {
            name: "title",
            path: "title",
            kind: Text,
        },
        Column {
            name: "state",
            path: "state",
            kind: Text,
        },
        Column {
            name: "author_username",
            path: "author.username",
            kind: Text,
        },
        Column {
            name: "created_at",
            path: "created_at",
            kind: Time,
        },
        Column {
            name: "updated_at",
            path: "updated_at",
            kind: Time,
        },
        Column {
            name: "closed_at",
            path: "closed_at",
            kind: Time,
        },
    ],
    off: false,
};
