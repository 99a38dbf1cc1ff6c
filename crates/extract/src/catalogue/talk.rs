//! What people say, and what GitLab notes down, about issues, merge requests and epics alike: each entry of the catalogue
//! adds its name, its path and what it belongs to.

use crate::Stream;
use crate::column::columns;

pub(super) const NOTES: Stream = Stream {
    query: "order_by=updated_at&sort=asc",
    time: Some("updated_at"),
    columns: columns![
        id: Int, type: Text, body: Text, author.username: Text, system: Bool, internal: Bool,
        noteable_id: Int, noteable_iid: Int, noteable_type: Text, project_id: Int, commit_id: Text,
        resolvable: Bool, resolved: Bool, resolved_by.username: Text, resolved_at: Time,
        created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) const DISCUSSIONS: Stream = Stream {
    columns: columns![id: Text, individual_note: Bool, notes: Json],
    ..Stream::PROJECT
};

pub(super) const AWARD_EMOJI: Stream = Stream {
    time: Some("updated_at"),
    columns: columns![
        id: Int, name: Text, user.username: Text, awardable_id: Int, awardable_type: Text,
        created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) const STATE_EVENTS: Stream = Stream {
    time: Some("created_at"),
    columns: columns![
        id: Int, user.username: Text, resource_type: Text, resource_id: Int, state: Text,
        source_commit: Text, created_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) const LABEL_EVENTS: Stream = Stream {
    time: Some("created_at"),
    columns: columns![
        id: Int, user.username: Text, resource_type: Text, resource_id: Int, action: Text,
        label.id: Int, label.name: Text, created_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) const MILESTONE_EVENTS: Stream = Stream {
    time: Some("created_at"),
    columns: columns![
        id: Int, user.username: Text, resource_type: Text, resource_id: Int, action: Text,
        milestone.id: Int, milestone.title: Text, created_at: Time,
    ],
    ..Stream::PROJECT
};

/// One request for each row, and its notes tell much of it: off.
pub(super) const PARTICIPANTS: Stream = Stream {
    key: &[":row_id", "id"],
    off: true,
    columns: columns![id: Int, username: Text, name: Text, state: Text],
    ..Stream::PROJECT
};
