//! axe-core, which looks for what keeps people from using a page.

use serde_json::Value;

use crate::driver::Browser;
use crate::tools::{is_required, target};

/// The script, as `.ci/run` fetches it.
pub(crate) struct Axe(String);

impl Axe {
    /// Reads it; `None`, with a message, when it was not fetched.
    pub(crate) fn find() -> Option<Self> {
        let path = target().join("axe/package/axe.min.js");
        let script = std::fs::read_to_string(&path).ok();
        if script.is_none() {
            assert!(!is_required(), "`{}` is not there", path.display());
            eprintln!(
                "skipped: `{}` is not there; .ci/axe.sh fetches it",
                path.display()
            );
        }
        script.map(Self)
    }

    /// What is wrong with the page: rule, and where.
    pub(crate) async fn violations(&self, browser: &Browser) -> Vec<String> {
        browser.run(&self.0).await;
        let result = browser
            .run_async("const done = arguments[0]; axe.run().then((result) => done(result.violations), (error) => done(String(error)))")
            .await;
        let Value::Array(violations) = result else {
            panic!("{result}");
        };
        violations
            .iter()
            .map(|violation| {
                let nodes = violation["nodes"].as_array().unwrap();
                let node = &nodes[0];
                format!(
                    "{} ({} times): {} {}",
                    violation["id"],
                    nodes.len(),
                    node["html"],
                    node["failureSummary"]
                )
            })
            .collect()
    }
}
