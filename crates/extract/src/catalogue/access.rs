//! What machines get in with, and what they are told: tokens, keys, hooks, variables. Never the secret itself.

use crate::column::columns;
use crate::{Column, Reading, Stream, Tier};

const DEPLOY_TOKEN: &[Column] = columns![
    id: Int, name: Text, username: Text, scopes: Json, revoked: Bool, expired: Bool,
    expires_at: Time,
];

const HOOK: &[Column] = columns![
    id: Int, name: Text, description: Text, alert_status: Text, enable_ssl_verification: Bool,
    push_events: Bool, tag_push_events: Bool, merge_requests_events: Bool, token_present: Bool,
    disabled_until: Time, created_at: Time,
];

const VARIABLE: &[Column] = columns![
    key: Text, variable_type: Text, environment_scope: Text, protected: Bool, masked: Bool,
    hidden: Bool, raw: Bool, description: Text,
];

const PUSH_RULE: &[Column] = columns![
    id: Int, commit_message_regex: Text, branch_name_regex: Text, author_email_regex: Text,
    deny_delete_tag: Bool, member_check: Bool, prevent_secrets: Bool, max_file_size: Int,
    created_at: Time,
];

pub(super) static GROUP_DEPLOY_TOKENS: Stream = Stream {
    name: "group_deploy_tokens",
    path: "groups/:id/deploy_tokens",
    columns: DEPLOY_TOKEN,
    ..Stream::GROUP
};

pub(super) static PROJECT_DEPLOY_TOKENS: Stream = Stream {
    name: "project_deploy_tokens",
    path: "projects/:id/deploy_tokens",
    columns: DEPLOY_TOKEN,
    ..Stream::PROJECT
};

/// The public halves.
pub(super) static DEPLOY_KEYS: Stream = Stream {
    name: "deploy_keys",
    path: "projects/:id/deploy_keys",
    time: Some("created_at"),
    columns: columns![
        id: Int, title: Text, fingerprint_sha256: Text, can_push: Bool, usage_type: Text,
        created_at: Time, expires_at: Time, last_used_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static GROUP_PUSH_RULES: Stream = Stream {
    name: "group_push_rules",
    path: "groups/:id/push_rule",
    reading: Reading::One,
    time: Some("created_at"),
    columns: PUSH_RULE,
    tier: Tier::Premium,
    ..Stream::GROUP
};

pub(super) static PROJECT_PUSH_RULES: Stream = Stream {
    name: "project_push_rules",
    path: "projects/:id/push_rule",
    reading: Reading::One,
    time: Some("created_at"),
    columns: PUSH_RULE,
    tier: Tier::Premium,
    ..Stream::PROJECT
};

/// Addresses often hold a token: they are taken out, and the list is off.
pub(super) static GROUP_HOOKS: Stream = Stream {
    name: "group_hooks",
    path: "groups/:id/hooks",
    time: Some("created_at"),
    columns: HOOK,
    secrets: &["url", "url_variables", "custom_headers"],
    tier: Tier::Premium,
    off: true,
    ..Stream::GROUP
};

/// As those of groups.
pub(super) static PROJECT_HOOKS: Stream = Stream {
    name: "project_hooks",
    path: "projects/:id/hooks",
    time: Some("created_at"),
    columns: HOOK,
    secrets: &["url", "url_variables", "custom_headers"],
    off: true,
    ..Stream::PROJECT
};

/// Values are secrets: they are taken out, and the list is off.
pub(super) static INSTANCE_VARIABLES: Stream = Stream {
    name: "instance_variables",
    path: "admin/ci/variables",
    key: &["key"],
    columns: VARIABLE,
    secrets: &["value"],
    off: true,
    ..Stream::INSTANCE
};

/// As those of the instance.
pub(super) static GROUP_VARIABLES: Stream = Stream {
    name: "group_variables",
    path: "groups/:id/variables",
    key: &["key", "environment_scope"],
    columns: VARIABLE,
    secrets: &["value"],
    off: true,
    ..Stream::GROUP
};

/// As those of the instance.
pub(super) static PROJECT_VARIABLES: Stream = Stream {
    name: "project_variables",
    path: "projects/:id/variables",
    key: &["key", "environment_scope"],
    columns: VARIABLE,
    secrets: &["value"],
    off: true,
    ..Stream::PROJECT
};
