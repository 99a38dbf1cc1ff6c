//! What people plan with: labels, milestones, iterations, boards.

use crate::column::columns;
use crate::{Column, Stream, Tier};

const LABEL: &[Column] = columns![
    id: Int, name: Text, color: Text, description: Text, archived: Bool,
];

const MILESTONE: &[Column] = columns![
    id: Int, iid: Int, project_id: Int, group_id: Int, title: Text, description: Text, state: Text,
    expired: Bool, start_date: Date, due_date: Date, created_at: Time, updated_at: Time,
    web_url: Text,
];

const BOARD: &[Column] = columns![id: Int, name: Text, lists: Json];

pub(super) static GROUP_LABELS: Stream = Stream {
    name: "group_labels",
    path: "groups/:id/labels",
    query: "include_ancestor_groups=false&only_group_labels=true",
    columns: LABEL,
    ..Stream::GROUP
};

pub(super) static PROJECT_LABELS: Stream = Stream {
    name: "project_labels",
    path: "projects/:id/labels",
    query: "include_ancestor_groups=false",
    columns: columns![
        id: Int, name: Text, color: Text, description: Text, priority: Int, archived: Bool,
    ],
    ..Stream::PROJECT
};

/// Read whole: the lists are short, and old versions of GitLab ignore `updated_after` here.
pub(super) static GROUP_MILESTONES: Stream = Stream {
    name: "group_milestones",
    path: "groups/:id/milestones",
    time: Some("updated_at"),
    columns: MILESTONE,
    ..Stream::GROUP
};

/// As those of groups.
pub(super) static PROJECT_MILESTONES: Stream = Stream {
    name: "project_milestones",
    path: "projects/:id/milestones",
    time: Some("updated_at"),
    columns: MILESTONE,
    ..Stream::PROJECT
};

/// Projects have none of their own.
pub(super) static ITERATIONS: Stream = Stream {
    name: "iterations",
    path: "groups/:id/iterations",
    query: "include_ancestors=false",
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, sequence: Int, group_id: Int, title: Text, description: Text,
        state: Int, start_date: Date, due_date: Date, created_at: Time, updated_at: Time,
        web_url: Text,
    ],
    tier: Tier::Premium,
    ..Stream::GROUP
};

pub(super) static GROUP_BOARDS: Stream = Stream {
    name: "group_boards",
    path: "groups/:id/boards",
    columns: BOARD,
    ..Stream::GROUP
};

pub(super) static PROJECT_BOARDS: Stream = Stream {
    name: "project_boards",
    path: "projects/:id/boards",
    columns: BOARD,
    ..Stream::PROJECT
};
