//! What `doctor` found, for people and as JSON.

use serde::Serialize;

use crate::Exit;
use crate::output::say;

use super::estimate::Estimate;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// As it should be.
    Ok,
    /// It works, but look at it.
    Warning,
    /// It will not work.
    Failed,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Check {
    /// What was checked, in a word or two.
    pub(super) name: String,
    /// How it ended.
    pub(super) outcome: Outcome,
    /// What was seen.
    pub(super) detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// Everything.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    /// In the order they were made.
    pub(super) checks: Vec<Check>,
    /// What syncing will cost; absent when GitLab could not be asked.
    pub(super) estimate: Option<Estimate>,
    /// Whether GitLab refused the token.
    pub(super) unauthorized: bool,
}

impl Report {
    /// Adds a check that went well.
    pub(super) fn ok(&mut self, name: impl Into<String>, detail: impl Into<String>) {
        self.add(name, Outcome::Ok, detail, None);
    }

    /// Adds one to look at.
    pub(super) fn warn(&mut self, name: impl Into<String>, detail: impl Into<String>, hint: &str) {
        self.add(name, Outcome::Warning, detail, Some(hint));
    }

    /// Adds one that did not.
    pub(super) fn fail(&mut self, name: impl Into<String>, detail: impl Into<String>, hint: &str) {
        self.add(name, Outcome::Failed, detail, Some(hint));
    }

    fn add(
        &mut self,
        name: impl Into<String>,
        outcome: Outcome,
        detail: impl Into<String>,
        hint: Option<&str>,
    ) {
        self.checks.push(Check {
            name: name.into(),
            outcome,
            detail: detail.into(),
            hint: hint.filter(|hint| !hint.is_empty()).map(str::to_owned),
        });
    }

    /// The exit code: the worst of the checks.
    pub(super) fn exit(&self) -> Exit {
        let failed = self
            .checks
            .iter()
            .any(|check| check.outcome == Outcome::Failed);
        match (self.unauthorized, failed) {
            (true, _) => Exit::Unauthorized,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Ok,
        }
    }

    /// Prints it for people.
    pub(super) fn print(&self) {
        for check in &self.checks {
            let mark = match check.outcome {
                Outcome::Ok => "ok",
                Outcome::Warning => "warning",
                Outcome::Failed => "failed",
            };
            say(format!("{mark:<8} {:<12} {}", check.name, check.detail));
            if let Some(hint) = &check.hint {
                say(format!("{:21} hint: {hint}", ""));
            }
        }
        if let Some(estimate) = &self.estimate {
            say("");
            for line in estimate.lines() {
                say(line);
            }
        }
    }
}
