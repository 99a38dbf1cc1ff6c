//! Identifiers: one type each, so that an id and an iid are never mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl $name {
            /// The bare number, as GitLab prints it.
            pub fn get(self) -> i64 {
                self.0
            }
        }

        impl From<i64> for $name {
            fn from(value: i64) -> Self {
                Self(value)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// Instance-wide project id. Source: `id` of `GET /projects/:id`.
    ProjectId
);
id!(
    /// Instance-wide pipeline id. Source: `id` of `GET /projects/:id/pipelines`.
    PipelineId
);
id!(
    /// Pipeline number within its project. Source: `iid` of `GET /projects/:id/pipelines`.
    PipelineIid
);
id!(
    /// Instance-wide job id, of builds and bridges alike. Source: `id` of `GET /projects/:id/jobs`.
    JobId
);
id!(
    /// Instance-wide user id. Source: `user.id` of a pipeline.
    UserId
);
id!(
    /// Instance-wide runner id. Source: `runner.id` of a job.
    RunnerId
);
id!(
    /// Instance-wide merge request id. Source: `id` of `GET /projects/:id/merge_requests`.
    MergeRequestId
);
id!(
    /// Merge request number within its project, as in `!42`. Source: `iid` of `GET /projects/:id/merge_requests`.
    MergeRequestIid
);
id!(
    /// Instance-wide environment id. Source: `id` of `GET /projects/:id/environments`.
    EnvironmentId
);
id!(
    /// Instance-wide deployment id. Source: `id` of `GET /projects/:id/deployments`.
    DeploymentId
);
id!(
    /// Instance-wide schedule id. Source: `id` of `GET /projects/:id/pipeline_schedules`.
    ScheduleId
);
