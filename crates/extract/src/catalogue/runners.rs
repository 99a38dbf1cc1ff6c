//! Runners, as the instance, groups and projects see them.

use crate::column::columns;
use crate::{Column, Reading, Shape, Stream};

const RUNNER: &[Column] = columns![
    id: Int, description: Text, name: Text, runner_type: Text, status: Text, active: Bool,
    paused: Bool, online: Bool, is_shared: Bool, job_execution_status: Text, created_at: Time,
];

const MANAGER: &[Column] = columns![
    id: Int, system_id: Text, version: Text, revision: Text, platform: Text, architecture: Text,
    status: Text, job_execution_status: Text, created_at: Time, contacted_at: Time,
];

/// All of the instance, for administrators.
pub(super) static RUNNERS: Stream = Stream {
    name: "runners",
    path: "runners/all",
    time: Some("created_at"),
    columns: RUNNER,
    ..Stream::INSTANCE
};

pub(super) static RUNNER_MANAGERS: Stream = Stream {
    name: "runner_managers",
    path: "runners/:row_id/managers",
    reading: Reading::Each {
        of: &["runners"],
        shape: Shape::List,
    },
    time: Some("contacted_at"),
    columns: MANAGER,
    ..Stream::INSTANCE
};

pub(super) static RUNNER_DETAILS: Stream = Stream {
    name: "runner_details",
    path: "runners/:row_id",
    reading: Reading::Each {
        of: &["runners"],
        shape: Shape::One,
    },
    time: Some("contacted_at"),
    columns: columns![
        id: Int, description: Text, runner_type: Text, status: Text, tag_list: Json,
        run_untagged: Bool, locked: Bool, maximum_timeout: Int, access_level: Text,
        version: Text, platform: Text, architecture: Text, contacted_at: Time, created_at: Time,
    ],
    ..Stream::INSTANCE
};

/// Those a group can use.
pub(super) static GROUP_RUNNERS: Stream = Stream {
    name: "group_runners",
    path: "groups/:id/runners",
    time: Some("created_at"),
    columns: RUNNER,
    ..Stream::GROUP
};

/// Those of a project itself; the shared ones are in the lists of the instance and of groups.
pub(super) static PROJECT_RUNNERS: Stream = Stream {
    name: "project_runners",
    path: "projects/:id/runners",
    query: "type=project_type",
    time: Some("created_at"),
    columns: RUNNER,
    ..Stream::PROJECT
};
