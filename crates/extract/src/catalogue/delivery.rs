//! What goes where: environments, deployments, feature flags.

use crate::column::columns;
use crate::{Reading, Shape, Stream, Tier};

pub(super) static ENVIRONMENTS: Stream = Stream {
    name: "environments",
    path: "projects/:id/environments",
    time: Some("updated_at"),
    columns: columns![
        id: Int, name: Text, slug: Text, description: Text, tier: Text, state: Text,
        external_url: Text, auto_stop_at: Time, created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static PROTECTED_ENVIRONMENTS: Stream = Stream {
    name: "protected_environments",
    path: "projects/:id/protected_environments",
    key: &["name"],
    columns: columns![
        name: Text, deploy_access_levels: Json, required_approval_count: Int, approval_rules: Json,
    ],
    tier: Tier::Premium,
    ..Stream::PROJECT
};

/// Each carries the whole job that deployed.
pub(super) static DEPLOYMENTS: Stream = Stream {
    name: "deployments",
    path: "projects/:id/deployments",
    reading: Reading::Updated {
        order: "order_by=updated_at&sort=asc",
    },
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, status: Text, ref: Text, sha: Text, user.username: Text,
        environment.id: Int, environment.name: Text, deployable.id: Int,
        deployable.pipeline.id: Int, deployable.finished_at: Time, created_at: Time,
        updated_at: Time,
    ],
    ..Stream::PROJECT
};

/// The merge requests that a deployment brought.
pub(super) static DEPLOYMENT_MERGE_REQUESTS: Stream = Stream {
    name: "deployment_merge_requests",
    path: "projects/:id/deployments/:row_id/merge_requests",
    reading: Reading::Each {
        of: &["deployments"],
        shape: Shape::List,
    },
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, state: Text, merge_commit_sha: Text,
        merged_at: Time, created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static FREEZE_PERIODS: Stream = Stream {
    name: "freeze_periods",
    path: "projects/:id/freeze_periods",
    time: Some("updated_at"),
    columns: columns![
        id: Int, freeze_start: Text, freeze_end: Text, cron_timezone: Text, created_at: Time,
        updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static FEATURE_FLAGS: Stream = Stream {
    name: "feature_flags",
    path: "projects/:id/feature_flags",
    key: &["name"],
    time: Some("updated_at"),
    columns: columns![
        name: Text, description: Text, active: Bool, version: Text, strategies: Json,
        created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static FEATURE_FLAG_USER_LISTS: Stream = Stream {
    name: "feature_flag_user_lists",
    path: "projects/:id/feature_flags_user_lists",
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, name: Text, user_xids: Text, created_at: Time,
        updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static PAGES_DOMAINS: Stream = Stream {
    name: "pages_domains",
    path: "projects/:id/pages/domains",
    key: &["domain"],
    columns: columns![
        domain: Text, url: Text, verified: Bool, auto_ssl_enabled: Bool, enabled_until: Time,
    ],
    secrets: &["verification_code"],
    ..Stream::PROJECT
};
