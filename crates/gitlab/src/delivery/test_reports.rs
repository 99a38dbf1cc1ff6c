//! Test reports in numbers: those of many projects' pipelines in one request.

use jiff::Timestamp;
use labtower_model::{
    JobArtifacts, JobId, PipelineId, ProjectId, Status, TestCounts, TestReport, TestSuite,
};
use serde::Deserialize;

use super::list::one;
use crate::{
    Answer, Client, Endpoint, GitlabError, ListCursors, Priority, UpdatedWindow,
    exchange::Call,
    graphql::{self, Gid, Nodes, PageInfo},
    pipelines::{BothPage, page_of_both},
};

/// What GitLab says of a pipeline and its tests.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedPipeline {
    /// Where the pipeline stands now.
    pub status: Status,
    /// Its tests now.
    pub report: TestReport,
    /// Artifacts of those of its first hundred jobs that have any.
    pub artifacts: Vec<JobArtifacts>,
}

/// One page of a project's pipelines with their tests.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedProject {
    /// The project.
    pub project_id: ProjectId,
    /// Pipelines of both lists.
    pub pipelines: Vec<ReportedPipeline>,
    /// Where its lists go on.
    pub next: ListCursors,
}

impl Client {
    /// Test reports of up to 100 projects' pipelines in a window, children included; one request for all that fits.
    /// With cursors for one project, one page of it.
    ///
    /// A project that is gone, or whose pipelines the token may not read, is absent.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Complexity`] and [`GitlabError::Timeout`] where fewer projects may succeed.
    pub async fn test_reports(
        &self,
        ids: &[ProjectId],
        window: UpdatedWindow,
        cursors: &ListCursors,
        priority: Priority,
    ) -> Result<Answer<Vec<ReportedProject>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let pages: Vec<BothPage<Pipeline>> = page_of_both(
            &mut call,
            graphql::TEST_REPORTS,
            "test reports",
            ids,
            window,
            cursors,
        )
        .await?;
        let mut projects = Vec::new();
        for page in pages {
            let mut pipelines = Vec::new();
            for pipeline in page.pipelines {
                pipelines.push(whole(&mut call, page.project_id, pipeline).await?);
            }
            projects.push(ReportedProject {
                project_id: page.project_id,
                pipelines,
                next: page.next,
            });
        }
        Ok(call.answer(projects))
    }
}

/// A pipeline with all of its suites, of which a request shows a hundred.
async fn whole(
    call: &mut Call<'_>,
    project_id: ProjectId,
    pipeline: Pipeline,
) -> Result<ReportedPipeline, GitlabError> {
    let pipeline_id = PipelineId(pipeline.id.number);
    let artifacts = pipeline
        .jobs
        .into_iter()
        .flat_map(Nodes::into_iter)
        .filter_map(|job| job.into_model(pipeline_id))
        .collect();
    let summary = pipeline.test_report_summary.unwrap_or_default();
    let suites = summary.test_suites.unwrap_or_default();
    let mut report = TestReport {
        pipeline_id,
        project_id,
        pipeline_updated_at: graphql::seconds(pipeline.updated_at),
        total: summary.total.map(Total::into_model).unwrap_or_default(),
        suites: Vec::new(),
    };
    let rows: Vec<Suite> = if suites.page_info.is_some_and(|info| info.has_next_page) {
        let path =
            format!("api/v4/projects/{project_id}/pipelines/{pipeline_id}/test_report_summary");
        let what = format!("test report summary of pipeline `{pipeline_id}`");
        let rest: Rest = one(call, Endpoint::TestReportSummary, path, what).await?;
        rest.test_suites.unwrap_or_default()
    } else {
        suites.nodes.into_iter().flatten().flatten().collect()
    };
    report.suites = rows.into_iter().map(Suite::into_model).collect();
    Ok(ReportedPipeline {
        status: Status::parse(&pipeline.status),
        report,
        artifacts,
    })
}

/// A pipeline of `test_reports.graphql`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Pipeline {
    id: Gid,
    status: String,
    updated_at: Timestamp,
    test_report_summary: Option<Summary>,
    jobs: Option<Nodes<Job>>,
}

#[derive(Deserialize)]
struct Job {
    /// Absent where the token may not see it.
    id: Option<Gid>,
    artifacts: Option<Nodes<Artifact>>,
}

#[derive(Deserialize)]
struct Artifact {
    size: BigInt,
}

/// `BigInt`: GraphQL sends it as text, so that JavaScript does not round it.
#[derive(Deserialize)]
#[serde(untagged)]
enum BigInt {
    Number(u64),
    Text(String),
}

impl BigInt {
    fn get(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => text.parse().ok(),
        }
    }
}

impl Job {
    /// None for a job without artifacts.
    fn into_model(self, pipeline_id: PipelineId) -> Option<JobArtifacts> {
        let sizes: Vec<u64> = self
            .artifacts?
            .into_iter()
            .filter_map(|artifact| artifact.size.get())
            .collect();
        let job_id = JobId(self.id?.number);
        (!sizes.is_empty()).then(|| JobArtifacts {
            job_id,
            pipeline_id,
            size: sizes.iter().sum(),
        })
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    total: Option<Total>,
    test_suites: Option<Suites>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suites {
    nodes: Option<Vec<Option<Suite>>>,
    page_info: Option<PageInfo>,
}

#[derive(Deserialize)]
struct Total {
    time: Option<f64>,
    count: Option<u64>,
    success: Option<u64>,
    failed: Option<u64>,
    skipped: Option<u64>,
    error: Option<u64>,
}

/// A suite in GraphQL's spelling, or in REST's.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Suite {
    name: Option<String>,
    #[serde(alias = "total_time")]
    total_time: Option<f64>,
    #[serde(alias = "total_count")]
    total_count: Option<u64>,
    #[serde(alias = "success_count")]
    success_count: Option<u64>,
    #[serde(alias = "failed_count")]
    failed_count: Option<u64>,
    #[serde(alias = "skipped_count")]
    skipped_count: Option<u64>,
    #[serde(alias = "error_count")]
    error_count: Option<u64>,
    #[serde(rename = "suiteError", alias = "suite_error")]
    error: Option<String>,
}

/// What we read of `GET .../test_report_summary`.
#[derive(Deserialize)]
struct Rest {
    test_suites: Option<Vec<Suite>>,
}

impl Total {
    fn into_model(self) -> TestCounts {
        TestCounts {
            time: self.time.unwrap_or(0.0),
            count: self.count.unwrap_or(0),
            success: self.success.unwrap_or(0),
            failed: self.failed.unwrap_or(0),
            skipped: self.skipped.unwrap_or(0),
            error: self.error.unwrap_or(0),
        }
    }
}

impl Suite {
    fn into_model(self) -> TestSuite {
        TestSuite {
            name: self.name.unwrap_or_default(),
            counts: TestCounts {
                time: self.total_time.unwrap_or(0.0),
                count: self.total_count.unwrap_or(0),
                success: self.success_count.unwrap_or(0),
                failed: self.failed_count.unwrap_or(0),
                skipped: self.skipped_count.unwrap_or(0),
                error: self.error_count.unwrap_or(0),
            },
            error: self.error,
        }
    }
}
