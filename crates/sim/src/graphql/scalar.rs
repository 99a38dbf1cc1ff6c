//! Scalars and enums, named as GitLab names them.

use async_graphql::{Enum, InputValueError, InputValueResult, Scalar, ScalarType, Value};

use crate::world::{Scope, Status, Time};

/// `Time`: ISO 8601, whole seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphTime(pub(crate) Time);

#[Scalar(name = "Time")]
impl ScalarType for GraphTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => Time::parse(text)
                .map(Self)
                .ok_or_else(|| InputValueError::custom(format!("\"{text}\" is not a valid time"))),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.graphql())
    }
}

/// `Duration`: seconds with fractions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GraphDuration(pub(crate) f64);

#[Scalar(name = "Duration")]
impl ScalarType for GraphDuration {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number
                .as_f64()
                .map(Self)
                .ok_or_else(|| InputValueError::expected_type(value.clone())),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        async_graphql::Number::from_f64(self.0).map_or(Value::Null, Value::Number)
    }
}

/// `BigInt`: a whole number, as text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BigInt(pub(crate) u64);

#[Scalar(name = "BigInt")]
impl ScalarType for BigInt {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text
                .parse()
                .map(Self)
                .map_err(|_| InputValueError::expected_type(value.clone())),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Declares the type of a global id: `gid://gitlab/<class>/<number>`.
macro_rules! global_id {
    ($(#[$doc:meta])* $name:ident, $graphql:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub(crate) struct $name(pub(crate) String);

        #[Scalar(name = $graphql)]
        impl ScalarType for $name {
            fn parse(value: Value) -> InputValueResult<Self> {
                match &value {
                    Value::String(text) if text.starts_with("gid://gitlab/") => Ok(Self(text.clone())),
                    Value::String(text) => {
                        Err(InputValueError::custom(format!("\"{text}\" is not a valid GitLab ID.")))
                    }
                    _ => Err(InputValueError::expected_type(value)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }
    };
}

global_id!(/** Id of a job. */ JobGid, "JobID");
global_id!(/** Id of a file a job left behind. */ JobArtifactGid, "CiJobArtifactID");
global_id!(/** Id of a pipeline, as argument. */ PipelineGid, "CiPipelineID");
global_id!(/** Id of a runner. */ RunnerGid, "CiRunnerID");
global_id!(/** Id of a user. */ UserGid, "UserID");

/// The number at the end of a global id.
pub(crate) fn number(gid: &str) -> Option<u64> {
    gid.strip_prefix("gid://gitlab/")?
        .rsplit('/')
        .next()?
        .parse()
        .ok()
}

/// Declares the two enums that list the thirteen statuses.
macro_rules! status_enum {
    ($(#[$doc:meta])* $name:ident, $graphql:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        #[graphql(name = $graphql, remote = "Status")]
        pub(crate) enum $name {
            Created,
            WaitingForResource,
            Preparing,
            WaitingForCallback,
            Pending,
            Running,
            Success,
            Failed,
            Canceling,
            Canceled,
            Skipped,
            Manual,
            Scheduled,
        }
    };
}

status_enum!(/** Status of a job. */ JobStatus, "CiJobStatus");
status_enum!(/** Status of a pipeline. */ PipelineStatus, "PipelineStatusEnum");

/// Scope of a list of pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "PipelineScopeEnum", remote = "Scope")]
pub(crate) enum PipelineScope {
    Running,
    Pending,
    Finished,
    Branches,
    Tags,
}

/// Kind of a job; external statuses count as builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "CiJobKind")]
pub(crate) enum GraphJobKind {
    Build,
    Bridge,
}

/// Length of a commit's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ShaFormat")]
pub(crate) enum ShaFormat {
    Short,
    Long,
}

/// Whether archived projects are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "ProjectArchived")]
pub(crate) enum ProjectArchived {
    Only,
    Include,
    Exclude,
}

/// Order of a group's projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "NamespaceProjectSort")]
pub(crate) enum NamespaceProjectSort {
    ActivityDesc,
    PathAsc,
    PathDesc,
    FullPathAsc,
    FullPathDesc,
}

/// What kind of runner it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(name = "CiRunnerType")]
#[expect(clippy::enum_variant_names, reason = "GitLab's own names")]
pub(crate) enum RunnerType {
    InstanceType,
    GroupType,
    ProjectType,
}
