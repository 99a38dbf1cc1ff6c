//! Epics and what belongs to them.

use super::talk;
use crate::column::columns;
use crate::{ParentKind, Reading, Shape, Stream, Tier};

const EACH: Reading = Reading::Each {
    of: &["epics"],
    shape: Shape::List,
};

/// Of the group itself: GitLab adds those of groups below unless told not to. An iid is one group's, an id is not.
pub(super) static EPICS: Stream = Stream {
    name: "epics",
    path: "groups/:id/epics",
    query: "include_descendant_groups=false&state=all",
    reading: Reading::Updated {
        order: "order_by=updated_at&sort=asc",
    },
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, group_id: Int, parent_id: Int, parent_iid: Int, title: Text,
        description: Text, state: Text, confidential: Bool, author.username: Text, labels: Json,
        upvotes: Int, downvotes: Int, start_date: Date, due_date: Date, created_at: Time,
        updated_at: Time, closed_at: Time, web_url: Text,
    ],
    tier: Tier::Premium,
    ..Stream::GROUP
};

pub(super) static EPIC_ISSUES: Stream = Stream {
    name: "epic_issues",
    path: "groups/:id/epics/:iid/issues",
    reading: EACH,
    key: &["epic_issue_id"],
    time: Some("updated_at"),
    columns: columns![
        epic_issue_id: Int, id: Int, iid: Int, project_id: Int, title: Text, state: Text,
        relative_position: Int, weight: Int, epic.id: Int, created_at: Time, updated_at: Time,
        closed_at: Time,
    ],
    tier: Tier::Premium,
    ..Stream::GROUP
};

/// By the id of the epic, not by its iid.
pub(super) static EPIC_NOTES: Stream = Stream {
    name: "epic_notes",
    path: "groups/:id/epics/:row_id/notes",
    reading: EACH,
    tier: Tier::Premium,
    parent: ParentKind::Group,
    ..talk::NOTES
};

pub(super) static EPIC_AWARD_EMOJI: Stream = Stream {
    name: "epic_award_emoji",
    path: "groups/:id/epics/:iid/award_emoji",
    reading: EACH,
    tier: Tier::Premium,
    parent: ParentKind::Group,
    ..talk::AWARD_EMOJI
};
