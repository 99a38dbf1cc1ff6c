//! Users, and who is a member of what.

use crate::column::columns;
use crate::{Column, Stream, Tier};

const USER: &[Column] = columns![
    id: Int, username: Text, name: Text, state: Text, locked: Bool, web_url: Text,
];

const MEMBER: &[Column] = columns![
    id: Int, username: Text, name: Text, state: Text, access_level: Int, membership_state: Text,
    created_by.username: Text, created_at: Time, expires_at: Date, web_url: Text,
];

const REQUESTER: &[Column] = columns![
    id: Int, username: Text, name: Text, state: Text, requested_at: Time, web_url: Text,
];

const INVITATION: &[Column] = columns![
    invite_email: Text, user_name: Text, access_level: Int, created_by_name: Text,
    created_at: Time, expires_at: Date,
];

/// Everyone: on GitLab.com that is tens of millions, so it is off.
pub(super) static USERS: Stream = Stream {
    name: "users",
    path: "users",
    query: "order_by=id&sort=asc",
    time: Some("created_at"),
    columns: columns![
        id: Int, username: Text, name: Text, state: Text, locked: Bool, bot: Bool,
        created_at: Time, last_activity_on: Date, web_url: Text,
    ],
    off: true,
    ..Stream::INSTANCE
};

pub(super) static PROJECT_USERS: Stream = Stream {
    name: "project_users",
    path: "projects/:id/users",
    columns: USER,
    ..Stream::PROJECT
};

pub(super) static GROUP_MEMBERS: Stream = Stream {
    name: "group_members",
    path: "groups/:id/members",
    time: Some("created_at"),
    columns: MEMBER,
    ..Stream::GROUP
};

pub(super) static PROJECT_MEMBERS: Stream = Stream {
    name: "project_members",
    path: "projects/:id/members",
    time: Some("created_at"),
    columns: MEMBER,
    ..Stream::PROJECT
};

/// GitLab has it for groups at the top and for their owners only, so it is off.
pub(super) static BILLABLE_MEMBERS: Stream = Stream {
    name: "billable_members",
    path: "groups/:id/billable_members",
    columns: USER,
    tier: Tier::Premium,
    off: true,
    ..Stream::GROUP
};

pub(super) static GROUP_ACCESS_REQUESTS: Stream = Stream {
    name: "group_access_requests",
    path: "groups/:id/access_requests",
    time: Some("requested_at"),
    columns: REQUESTER,
    ..Stream::GROUP
};

pub(super) static PROJECT_ACCESS_REQUESTS: Stream = Stream {
    name: "project_access_requests",
    path: "projects/:id/access_requests",
    time: Some("requested_at"),
    columns: REQUESTER,
    ..Stream::PROJECT
};

/// With the token that accepts the invitation.
pub(super) static GROUP_INVITATIONS: Stream = Stream {
    name: "group_invitations",
    path: "groups/:id/invitations",
    key: &["invite_email"],
    time: Some("created_at"),
    columns: INVITATION,
    secrets: &["invite_token"],
    ..Stream::GROUP
};

/// With the token that accepts the invitation.
pub(super) static PROJECT_INVITATIONS: Stream = Stream {
    name: "project_invitations",
    path: "projects/:id/invitations",
    key: &["invite_email"],
    time: Some("created_at"),
    columns: INVITATION,
    secrets: &["invite_token"],
    ..Stream::PROJECT
};
