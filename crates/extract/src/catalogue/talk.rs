//! Columns of what people say, and of what GitLab notes down, about issues, merge requests and epics alike.

use crate::Column;
use crate::column::columns;

pub(super) const NOTE: &[Column] = columns![
    id: Int, type: Text, body: Text, author.username: Text, system: Bool, internal: Bool,
    noteable_id: Int, noteable_iid: Int, noteable_type: Text, project_id: Int, commit_id: Text,
    resolvable: Bool, resolved: Bool, resolved_by.username: Text, resolved_at: Time,
    created_at: Time, updated_at: Time,
];

pub(super) const DISCUSSION: &[Column] = columns![id: Text, individual_note: Bool, notes: Json];

pub(super) const AWARD: &[Column] = columns![
    id: Int, name: Text, user.username: Text, awardable_id: Int, awardable_type: Text,
    created_at: Time, updated_at: Time,
];

pub(super) const STATE_EVENT: &[Column] = columns![
    id: Int, user.username: Text, resource_type: Text, resource_id: Int, state: Text,
    source_commit: Text, created_at: Time,
];

pub(super) const LABEL_EVENT: &[Column] = columns![
    id: Int, user.username: Text, resource_type: Text, resource_id: Int, action: Text,
    label.id: Int, label.name: Text, created_at: Time,
];

pub(super) const MILESTONE_EVENT: &[Column] = columns![
    id: Int, user.username: Text, resource_type: Text, resource_id: Int, action: Text,
    milestone.id: Int, milestone.title: Text, created_at: Time,
];

pub(super) const PERSON: &[Column] = columns![id: Int, username: Text, name: Text, state: Text];
