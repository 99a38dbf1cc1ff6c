//! Every test of a pipeline.

use labtower_model::{PipelineId, ProjectId, TestCase};
use serde::Deserialize;
use serde_json::Value;

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
            cases.map(move |case| case.into_model(&name))
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
    system_output: Option<Value>,
    stack_trace: Option<String>,
}

impl WireCase {
    fn into_model(self, suite: &str) -> TestCase {
        let mut case = TestCase {
            suite: suite.to_owned(),
            name: self.name.unwrap_or_default(),
            classname: self.classname,
            status: self.status,
            execution_time: self.execution_time,
            message: None,
        };
        if case.is_failed() {
            let said = [self.system_output.and_then(text), self.stack_trace];
            let said: Vec<String> = said.into_iter().flatten().collect();
            case.message = Some(said.join("\n")).filter(|text| !text.trim().is_empty());
        }
        case
    }
}

/// What a test said: a text, or the attributes of an element that has none.
fn text(output: Value) -> Option<String> {
    match output {
        Value::String(text) => Some(text),
        Value::Object(mut attributes) => attributes.remove("message").and_then(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(case: Value) -> Option<String> {
        let case: WireCase = serde_json::from_value(case).unwrap();
        case.into_model("unit").message
    }

    #[test]
    fn what_a_failed_test_said_is_a_text_or_an_attribute() {
        let failed = |output: Value| message(json!({"status": "failed", "system_output": output}));
        assert_eq!(failed(json!("1 != 2")).as_deref(), Some("1 != 2"));
        let attributes = json!({"message": "1 != 2", "type": "AssertionError"});
        assert_eq!(failed(attributes).as_deref(), Some("1 != 2"));
        for nothing in [json!(null), json!(" \n"), json!({"type": "x"}), json!([1])] {
            assert_eq!(failed(nothing), None);
        }
        let both = json!({"status": "error", "system_output": "boom", "stack_trace": "at line 3"});
        assert_eq!(message(both).as_deref(), Some("boom\nat line 3"));
        assert_eq!(
            message(json!({"status": "success", "system_output": "hello"})),
            None
        );
    }
}
