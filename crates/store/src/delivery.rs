//! What is read after pipelines: environments, deployments, schedules, runners, test reports; and how far it was read.

use jiff::Timestamp;
use labtower_model::{
    Deployment, Environment, JobArtifacts, PipelineId, PipelineSchedule, ProjectId, Runner,
    RunnerDetails, TestCase, TestReport,
};
use serde::Serialize;

/// Facts of one kind. Lists named complete replace what is stored: what they lack is deleted.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// The complete list of a project's environments.
    Environments {
        /// The project.
        project_id: ProjectId,
        /// All of them.
        environments: Vec<Environment>,
    },
    /// Some deployments; an older state than stored is ignored.
    Deployments(Vec<Deployment>),
    /// The complete list of a project's schedules.
    Schedules {
        /// The project.
        project_id: ProjectId,
        /// All of them.
        schedules: Vec<PipelineSchedule>,
    },
    /// The complete list of runners.
    Runners(Vec<Runner>),
    /// What looking at single runners told.
    RunnerDetails {
        /// What it told.
        details: Vec<RunnerDetails>,
        /// GitLab's clock.
        at: Timestamp,
    },
    /// Test reports, each with all of its suites.
    TestReports(Vec<TestReport>),
    /// Sizes of what jobs left behind.
    Artifacts(Vec<JobArtifacts>),
    /// All test cases of a pipeline, in order.
    TestCases {
        /// The pipeline.
        pipeline_id: PipelineId,
        /// Its cases.
        cases: Vec<TestCase>,
    },
}

impl Delivery {
    /// Rows, as a measure of the work.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Environments { environments, .. } => environments.len(),
            Self::Deployments(deployments) => deployments.len(),
            Self::Schedules { schedules, .. } => schedules.len(),
            Self::Runners(runners) => runners.len(),
            Self::RunnerDetails { details, .. } => details.len(),
            Self::TestReports(reports) => reports
                .iter()
                .map(|report| 1 + report.suites.len())
                .sum::<usize>(),
            Self::Artifacts(artifacts) => artifacts.len(),
            Self::TestCases { cases, .. } => cases.len(),
        }
    }
}

/// A resource that is read by itself, per project or (runners) once for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Environments.
    Environments,
    /// Deployments.
    Deployments,
    /// Pipeline schedules.
    Schedules,
    /// Test reports.
    TestReports,
    /// Runners.
    Runners,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Environments,
        Self::Deployments,
        Self::Schedules,
        Self::TestReports,
        Self::Runners,
    ];

    /// Name in the store: `environments`, `deployments`, `schedules`, `test_reports` or `runners`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environments => "environments",
            Self::Deployments => "deployments",
            Self::Schedules => "schedules",
            Self::TestReports => "test_reports",
            Self::Runners => "runners",
        }
    }

    /// Reads what [`Part::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.as_str() == text)
    }
}

/// One step of reading a part of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartUpdate {
    /// The project; [`PartUpdate::INSTANCE`] for what belongs to none.
    pub project_id: ProjectId,
    /// What was read.
    pub part: Part,
    /// When it was asked for.
    pub at: Timestamp,
    /// How it went.
    pub outcome: PartOutcome,
}

impl PartUpdate {
    /// Stands for the whole instance.
    pub const INSTANCE: ProjectId = ProjectId(0);
}

/// How reading a part went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartOutcome {
    /// One page of several was stored; the next one begins at the watermark. It never moves back.
    Page(Timestamp),
    /// Everything up to the watermark was stored, as needed since the project's move.
    Read {
        /// GitLab's clock; it never moves back.
        watermark: Timestamp,
        /// [`PartState::moved`] when the question was planned.
        generation: i64,
    },
    /// GitLab does not show it to this token (403, 404): skipped for a while, and counted.
    Refused(String),
    /// It failed; tried again soon.
    Failed(String),
}

/// How far a part of a project was read, and whether its pipelines moved since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartState {
    /// The project.
    pub project_id: ProjectId,
    /// What is read.
    pub part: Part,
    /// GitLab's clock: everything up to here was read; absent before the first time.
    pub watermark: Option<Timestamp>,
    /// Generation of the project's last move that the reading has seen; absent before it was read to its end.
    pub generation: Option<i64>,
    /// Generation of the project's last move: a pipeline or job was written.
    pub moved: i64,
    /// GitLab's clock when that was read.
    pub moved_at: Option<Timestamp>,
    /// When it was last asked for.
    pub tried_at: Option<Timestamp>,
    /// Why GitLab does not show it.
    pub refused: Option<String>,
    /// What went wrong since the last success.
    pub last_error: Option<String>,
    /// Failures in a row.
    pub failures: u64,
}
