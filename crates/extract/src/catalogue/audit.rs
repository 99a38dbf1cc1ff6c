//! Who did what, and what is unsafe.

use crate::column::columns;
use crate::{Column, Reading, Stream, Tier};

const AUDIT_EVENT: &[Column] = columns![
    id: Int, author_id: Int, entity_id: Int, entity_type: Text, event_name: Text, details: Json,
    created_at: Time,
];

const CREATED: Reading = Reading::Newest {
    since: "created_after",
};

/// Newest first until nothing is new: `after` takes whole days, and leaves the day itself out.
pub(super) static EVENTS: Stream = Stream {
    name: "events",
    path: "projects/:id/events",
    reading: Reading::Newest { since: "" },
    time: Some("created_at"),
    columns: columns![
        id: Int, project_id: Int, action_name: Text, target_type: Text, target_id: Int,
        target_iid: Int, target_title: Text, author_id: Int, author_username: Text,
        push_data.action: Text, push_data.ref_type: Text, push_data.ref: Text,
        push_data.commit_count: Int, push_data.commit_to: Text, created_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static INSTANCE_AUDIT_EVENTS: Stream = Stream {
    name: "instance_audit_events",
    path: "audit_events",
    reading: CREATED,
    time: Some("created_at"),
    columns: AUDIT_EVENT,
    tier: Tier::Premium,
    ..Stream::INSTANCE
};

pub(super) static GROUP_AUDIT_EVENTS: Stream = Stream {
    name: "group_audit_events",
    path: "groups/:id/audit_events",
    reading: CREATED,
    time: Some("created_at"),
    columns: AUDIT_EVENT,
    tier: Tier::Premium,
    ..Stream::GROUP
};

pub(super) static PROJECT_AUDIT_EVENTS: Stream = Stream {
    name: "project_audit_events",
    path: "projects/:id/audit_events",
    reading: CREATED,
    time: Some("created_at"),
    columns: AUDIT_EVENT,
    tier: Tier::Premium,
    ..Stream::PROJECT
};

pub(super) static VULNERABILITIES: Stream = Stream {
    name: "vulnerabilities",
    path: "projects/:id/vulnerabilities",
    time: Some("updated_at"),
    columns: columns![
        id: Int, title: Text, description: Text, state: Text, severity: Text, confidence: Text,
        report_type: Text, project.id: Int, author_id: Int, resolved_on_default_branch: Bool,
        detected_at: Time, confirmed_at: Time, resolved_at: Time, dismissed_at: Time,
        created_at: Time, updated_at: Time,
    ],
    tier: Tier::Ultimate,
    ..Stream::PROJECT
};
