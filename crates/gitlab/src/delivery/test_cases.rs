//! Every test of a pipeline.

use labtower_model::{PipelineId, ProjectId, TestCase};
use serde::Deserialize;

use super::list::one;
use crate::{Answer, Client, Endpoint, GitlabError, Priority, exchange::Call};

impl Client {
    /// All test cases of a pipeline, suite by suite. One request, whose answer may be tens of megabytes.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see them.
    pub async fn test_cases(
        &self,
        project: ProjectId,
        pipeline: PipelineId,
        priority: Priority,
    ) -> Result<Answer<Vec<TestCase>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let report: WireReport = one(
            &mut call,
            Endpoint::TestReport,
            format!("api/v4/projects/{project}/pipelines/{pipeline}/test_report"),
            format!("test report of pipeline `{pipeline}`"),
        )
        .await?;
        let suites = report.test_suites.unwrap_or_default().into_iter();
        let cases = suites.flat_map(|suite| {
            let name = suite.name.unwrap_or_default();
            let cases = suite.test_cases.unwrap_or_default().into_iter();
            cases.map(move |case| TestCase {
                suite: name.clone(),
                name: case.name.unwrap_or_default(),
                classname: case.classname,
                status: case.status,
                execution_time: case.execution_time,
            })
        });
        let cases = cases.collect();
        Ok(call.answer(cases))
    }
}

#[derive(Deserialize)]
struct WireReport {
    test_suites: Option<Vec<WireSuite>>,
}

#[derive(Deserialize)]
struct WireSuite {
    name: Option<String>,
    test_cases: Option<Vec<WireCase>>,
}

#[derive(Deserialize)]
struct WireCase {
    status: String,
    name: Option<String>,
    classname: Option<String>,
    execution_time: Option<f64>,
}
