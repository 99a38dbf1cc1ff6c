//! Reasons given by other rules than those at work now, looked at again.
//!
//! Logs are not read twice: what is stored of one is its excerpt, and rules speak of single lines. So a reason is
//! revised where a rule speaks of a line of its excerpt that none spoke of before, or where the rule that decided is
//! gone. What a parser, a test report or GitLab itself said stays. People's decisions stay in any case.

use std::sync::Arc;

use labtower_explain::{Decider, Explainer, Explanation, Facts, Trace};
use labtower_model::JobId;
use labtower_store::{Batch, Failures, Reason, StaleReason};
use tracing::info;

use super::{Explaining, convert};
use crate::{SyncError, Syncer};

/// Reasons looked at in one pass.
const AT_ONCE: usize = 500;

/// How far the present rules have come.
#[derive(Debug, Default)]
pub(super) struct Revising {
    /// The version of the rules at work.
    version: String,
    /// Jobs from here on were looked at; `None` when all were.
    before: Option<JobId>,
    revised: usize,
}

impl Syncer {
    /// Looks at some reasons of older rules; returns whether more wait.
    pub(super) async fn revise_some(
        &self,
        explaining: &mut Explaining,
        explainer: &Arc<Explainer>,
    ) -> Result<bool, SyncError> {
        let version = explainer.version().to_owned();
        if explaining.revising.version != version {
            let done = self.read(|reader| reader.revised_version()).await?;
            explaining.revising = Revising {
                before: (done.as_deref() != Some(version.as_str())).then_some(JobId(i64::MAX)),
                version,
                revised: 0,
            };
        }
        let Some(before) = explaining.revising.before else {
            return Ok(false);
        };
        let version = explaining.revising.version.clone();
        let asked = version.clone();
        let stale = self
            .read(move |reader| reader.stale_reasons(&asked, before, AT_ONCE))
            .await?;
        let last = stale.last().map(|reason| reason.job_id);
        let now = self.gitlab_now();
        let at_work = Arc::clone(explainer);
        let revise = move || -> Vec<Reason> {
            let revise = |reason| {
                let explanation = revised(&at_work, &reason)?;
                Some(convert::revised(explanation, reason, now))
            };
            stale.into_iter().filter_map(revise).collect()
        };
        let revised = self.worker.run(revise).await;
        explaining.revising.revised += revised.len();
        let failures = Failures {
            // Written with the last of them, so that a kill in between begins anew.
            revised_version: last.is_none().then_some(version),
            revised,
            ..Failures::default()
        };
        if !failures.revised.is_empty() {
            // Its signatures are not those that were read.
            explaining.known = None;
        }
        self.store
            .write(Batch {
                failures,
                ..Batch::default()
            })
            .await?;
        explaining.revising.before = last;
        if last.is_none() && explaining.revising.revised > 0 {
            let revised = explaining.revising.revised;
            info!(revised, "reasons revised by the rules of this version");
        }
        Ok(last.is_some())
    }
}

/// What the rules say of the excerpt, where that is better than what is stored.
fn revised(explainer: &Explainer, stored: &StaleReason) -> Option<Explanation> {
    let text: Vec<&str> = stored
        .body
        .excerpt
        .iter()
        .map(|line| line.text.as_str())
        .collect();
    let trace = Trace::clean(text.join("\n").as_bytes(), b"", 0);
    let facts = Facts {
        status: "failed",
        failure_reason: stored.failure_reason.as_deref(),
        name: &stored.name,
        stage: &stored.stage,
        exit_code: stored.exit_code,
        duration: stored.duration.map(|seconds| seconds as f64),
        tests: &[],
    };
    let new = explainer.explain(&facts, Some(&trace), None);
    let was_rule = stored.decided_kind == Decider::Rule.as_str();
    let by_rule = new.decided_by.kind == Decider::Rule;
    let orphan = was_rule && !explainer.has_rule(&stored.decided_name);
    let differs = new.headline != stored.headline
        || new.decided_by.name != stored.decided_name
        || new.category.as_str() != stored.category;
    ((by_rule || orphan) && differs && !new.headline.is_empty()).then_some(new)
}

#[cfg(test)]
mod tests {
    use labtower_store::{LogLine, ReasonBody, SignatureKey, TraceState};

    use super::*;

    fn stored(kind: &str, name: &str, lines: &[&str]) -> StaleReason {
        StaleReason {
            job_id: JobId(1),
            name: "test".to_owned(),
            stage: "test".to_owned(),
            failure_reason: Some("script_failure".to_owned()),
            exit_code: Some(1),
            duration: Some(60),
            phase: "step_script".to_owned(),
            category: "unknown".to_owned(),
            headline: lines[0].to_owned(),
            decided_kind: kind.to_owned(),
            decided_name: name.to_owned(),
            signature: SignatureKey {
                version: 1,
                hash: 7,
            },
            trace: TraceState::Read,
            body: ReasonBody {
                excerpt: (90..)
                    .zip(lines)
                    .map(|(number, text)| LogLine {
                        number: Some(number),
                        text: (*text).to_owned(),
                    })
                    .collect(),
                ..ReasonBody::default()
            },
        }
    }

    const OWN: &str =
        "[[rule]]\nid = \"flux\"\npattern = '''flux capacitor (\\w+)'''\ncategory = \"deploy\"\n";

    fn own() -> Explainer {
        Explainer::with_rules(&[("own.toml", OWN)]).unwrap()
    }

    #[test]
    fn a_new_rule_speaks_of_a_line_of_the_excerpt() {
        let lines = ["it went wrong somehow", "the flux capacitor melted", "bye"];
        let stored = stored("score", "", &lines);
        assert_eq!(revised(&Explainer::builtin(), &stored), None);
        let new = revised(&own(), &stored).unwrap();
        assert_eq!(new.decided_by.name, "own.toml/flux");
        let reason = convert::revised(new, stored, labtower_model::samples::at(0));
        // The line is that of the log, and what was stored beside it stays.
        assert_eq!((reason.line, reason.body.excerpt.len()), (Some(91), 3));
        assert_eq!(reason.category, "deploy");
        assert_eq!(reason.near.map(|near| near.hash), Some(7));
    }

    #[test]
    fn a_rule_that_is_gone_decides_no_more_and_others_stay() {
        let lines = ["the flux capacitor melted", "error: it went wrong"];
        let gone = stored("rule", "own.toml/flux", &lines);
        assert!(revised(&Explainer::builtin(), &gone).is_some());
        // The same rule says the same.
        let mut same = stored("rule", "own.toml/flux", &lines);
        let new = own().explain(
            &Facts::default(),
            Some(&Trace::clean(lines.join("\n").as_bytes(), b"", 0)),
            None,
        );
        same.headline = new.headline;
        same.category = new.category.as_str().to_owned();
        assert_eq!(revised(&own(), &same), None);
    }
}
