//! Issues and what belongs to each.

use super::talk;
use crate::column::columns;
use crate::{Reading, Shape, Stream, Tier};

/// A list of every issue's.
const EACH: Stream = Stream {
    reading: Reading::Each {
        of: &["issues"],
        shape: Shape::List,
    },
    time: Some("created_at"),
    ..Stream::PROJECT
};

pub(super) static ISSUES: Stream = Stream {
    name: "issues",
    path: "projects/:id/issues",
    query: "scope=all&state=all",
    reading: Reading::Updated {
        order: "order_by=updated_at&sort=asc",
    },
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, title: Text, description: Text, state: Text,
        issue_type: Text, severity: Text, confidential: Bool, author.username: Text,
        assignees: Json, labels: Json, milestone.id: Int, milestone.title: Text, weight: Int,
        epic.id: Int, iteration.id: Int, user_notes_count: Int, merge_requests_count: Int,
        upvotes: Int, downvotes: Int, time_stats.time_estimate: Int,
        time_stats.total_time_spent: Int, due_date: Date, created_at: Time, updated_at: Time,
        closed_at: Time, closed_by.username: Text, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static ISSUE_NOTES: Stream = Stream {
    name: "issue_notes",
    path: "projects/:id/issues/:iid/notes",
    reading: EACH.reading,
    ..talk::NOTES
};

pub(super) static ISSUE_DISCUSSIONS: Stream = Stream {
    name: "issue_discussions",
    path: "projects/:id/issues/:iid/discussions",
    reading: EACH.reading,
    ..talk::DISCUSSIONS
};

/// Each link is in the lists of both its issues.
pub(super) static ISSUE_LINKS: Stream = Stream {
    name: "issue_links",
    path: "projects/:id/issues/:iid/links",
    key: &[":row_id", "issue_link_id"],
    time: Some("link_updated_at"),
    columns: columns![
        issue_link_id: Int, link_type: Text, id: Int, iid: Int, project_id: Int, title: Text,
        state: Text, link_created_at: Time, link_updated_at: Time,
    ],
    ..EACH
};

pub(super) static ISSUE_RELATED_MERGE_REQUESTS: Stream = Stream {
    name: "issue_related_merge_requests",
    path: "projects/:id/issues/:iid/related_merge_requests",
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, title: Text, state: Text, merged_at: Time,
        created_at: Time, updated_at: Time,
    ],
    ..EACH
};

pub(super) static ISSUE_CLOSED_BY: Stream = Stream {
    name: "issue_closed_by",
    path: "projects/:id/issues/:iid/closed_by",
    columns: ISSUE_RELATED_MERGE_REQUESTS.columns,
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    ..EACH
};

pub(super) static ISSUE_PARTICIPANTS: Stream = Stream {
    name: "issue_participants",
    path: "projects/:id/issues/:iid/participants",
    reading: EACH.reading,
    ..talk::PARTICIPANTS
};

pub(super) static ISSUE_AWARD_EMOJI: Stream = Stream {
    name: "issue_award_emoji",
    path: "projects/:id/issues/:iid/award_emoji",
    reading: EACH.reading,
    ..talk::AWARD_EMOJI
};

/// One request for each note: off.
pub(super) static ISSUE_NOTE_AWARD_EMOJI: Stream = Stream {
    name: "issue_note_award_emoji",
    path: "projects/:id/issues/:noteable_iid/notes/:row_id/award_emoji",
    reading: Reading::Each {
        of: &["issue_notes"],
        shape: Shape::List,
    },
    off: true,
    ..talk::AWARD_EMOJI
};

pub(super) static ISSUE_STATE_EVENTS: Stream = Stream {
    name: "issue_state_events",
    path: "projects/:id/issues/:iid/resource_state_events",
    reading: EACH.reading,
    ..talk::STATE_EVENTS
};

pub(super) static ISSUE_LABEL_EVENTS: Stream = Stream {
    name: "issue_label_events",
    path: "projects/:id/issues/:iid/resource_label_events",
    reading: EACH.reading,
    ..talk::LABEL_EVENTS
};

pub(super) static ISSUE_MILESTONE_EVENTS: Stream = Stream {
    name: "issue_milestone_events",
    path: "projects/:id/issues/:iid/resource_milestone_events",
    reading: EACH.reading,
    ..talk::MILESTONE_EVENTS
};

pub(super) static ISSUE_ITERATION_EVENTS: Stream = Stream {
    name: "issue_iteration_events",
    path: "projects/:id/issues/:iid/resource_iteration_events",
    columns: columns![
        id: Int, user.username: Text, resource_type: Text, resource_id: Int, action: Text,
        iteration.id: Int, iteration.title: Text, created_at: Time,
    ],
    tier: Tier::Premium,
    ..EACH
};

pub(super) static ISSUE_WEIGHT_EVENTS: Stream = Stream {
    name: "issue_weight_events",
    path: "projects/:id/issues/:iid/resource_weight_events",
    columns: columns![id: Int, user.username: Text, issue_id: Int, weight: Int, created_at: Time],
    tier: Tier::Premium,
    ..EACH
};
