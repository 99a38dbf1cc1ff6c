//! What was found and done, for people and as JSON.

use jiff::Timestamp;
use labtower_gitlab::{GitlabError, HookDelivery, HookOwner, HookSettings, RegisteredHook};
use serde::Serialize;

use super::compare::{Action, Step};
use super::wanted::Wanted;
use crate::Exit;
use crate::output::say;

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Where the webhooks lead.
    url: String,
    /// One for each hook of ours, for each that is missing, and for each owner that cannot be asked.
    hooks: Vec<Entry>,
    #[serde(skip)]
    unauthorized: bool,
}

/// A hook, its absence, or a failure.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    /// `group`, `project` or `instance`.
    owner: &'static str,
    /// Full path or id of the group or project, as it was named.
    path: Option<String>,
    hook_id: Option<i64>,
    /// What has to be done, or was; absent when the owner's hooks cannot be read.
    action: Option<Action>,
    /// Whether it was done.
    done: bool,
    /// How the hook differed from what is wanted.
    differences: Vec<String>,
    /// Events that are told.
    events: Vec<String>,
    alert_status: Option<String>,
    disabled_until: Option<Timestamp>,
    /// What the receiver of the last webhook answered.
    last_response_status: Option<String>,
    /// When that was, where GitLab tells.
    last_sent_at: Option<Timestamp>,
    /// Why webhooks do not come, or why the step was not taken.
    error: Option<String>,
    /// What to do about it.
    hint: Option<&'static str>,
    #[serde(skip)]
    unauthorized: bool,
}

impl Entry {
    fn new(owner: &HookOwner) -> Self {
        let (kind, path) = match owner {
            HookOwner::Group(path) => ("group", Some(path.clone())),
            HookOwner::Project(path) => ("project", Some(path.clone())),
            HookOwner::Instance => ("instance", None),
        };
        Self {
            owner: kind,
            path,
            hook_id: None,
            action: None,
            done: false,
            differences: Vec::new(),
            events: Vec::new(),
            alert_status: None,
            disabled_until: None,
            last_response_status: None,
            last_sent_at: None,
            error: None,
            hint: None,
            unauthorized: false,
        }
    }

    /// An owner whose hooks cannot be read.
    pub(super) fn failed(owner: &HookOwner, error: &GitlabError) -> Self {
        let mut entry = Self::new(owner);
        entry.fail(error);
        entry
    }

    /// A step, with what came of it if it was taken.
    pub(super) fn of_step(
        owner: &HookOwner,
        settings: &HookSettings,
        step: Step,
        done: Option<Result<Option<RegisteredHook>, GitlabError>>,
    ) -> Self {
        let mut entry = Self::new(owner);
        entry.action = Some(step.action);
        entry.differences = step.differences;
        let (hook, error) = match done {
            None => (step.hook, None),
            Some(Ok(hook)) => {
                entry.done = true;
                (hook.or(step.hook), None)
            }
            Some(Err(error)) => (step.hook, Some(error)),
        };
        if let Some(hook) = &hook {
            entry.shows(hook);
        } else {
            let told = settings.events.iter().filter(|(_, on)| **on);
            entry.events = told.map(|(event, _)| (*event).to_owned()).collect();
        }
        if let Some(error) = error {
            entry.fail(&error);
        }
        entry
    }

    fn shows(&mut self, hook: &RegisteredHook) {
        self.hook_id = Some(hook.id);
        let told = hook.events.iter().filter(|(_, on)| **on);
        self.events = told.map(|(event, _)| event.clone()).collect();
        self.alert_status.clone_from(&hook.alert_status);
        self.disabled_until = hook.disabled_until;
    }

    /// Says so if the hook does not do what it should.
    pub(super) fn find_problem(&mut self, now: Timestamp) {
        let disabled = self.alert_status.as_deref();
        if disabled.is_some_and(|status| status != "executable") {
            let until = self.disabled_until.filter(|until| *until > now);
            self.error = Some(match until {
                Some(until) => format!("GitLab sends nothing until {until}"),
                None => "GitLab sends nothing any more".to_owned(),
            });
            self.hint = Some(
                "labtower did not answer several times; see that GitLab reaches the URL, then press Test in GitLab",
            );
        }
    }

    /// What was last sent.
    pub(super) fn last_sent(&mut self, last: Option<HookDelivery>) {
        if let Some(last) = last {
            self.last_response_status = last.response_status;
            self.last_sent_at = last.created_at;
        }
    }

    /// Why it was not done.
    pub(super) fn fail(&mut self, error: &GitlabError) {
        self.error = Some(error.sentence());
        self.unauthorized = matches!(error, GitlabError::Unauthorized { .. });
        self.hint = match error {
            GitlabError::Forbidden { .. } | GitlabError::NotFound { .. } => Some(
                "the token needs the scope `api`, and its user the role Maintainer in a project, Owner in a group, or to be an administrator for system hooks",
            ),
            GitlabError::Refused { status: 422, .. } => Some(
                "GitLab takes addresses of its local network only if an administrator allows them under outbound requests",
            ),
            GitlabError::Timeout { .. } | GitlabError::Transport { .. } => {
                Some("whether it was done is not known; the next run finds out")
            }
            _ => None,
        };
    }

    fn line(&self) -> String {
        let name = match &self.path {
            Some(path) => format!("{} {path}", self.owner),
            None => self.owner.to_owned(),
        };
        if let Some(error) = &self.error {
            let what = match self.action {
                Some(_) if !self.done && self.alert_status.is_some() => "disabled",
                _ => "failed",
            };
            return format!("{what:8} {name}: {error}");
        }
        let what = match (self.action, self.done) {
            (Some(Action::Create), false) => "create",
            (Some(Action::Create), true) => "created",
            (Some(Action::Update), false) => "update",
            (Some(Action::Update), true) => "updated",
            (Some(Action::Keep), false) => "as is",
            (Some(Action::Keep), true) => "kept",
            (Some(Action::Remove), false) => "remove",
            (Some(Action::Remove), true) => "removed",
            (None, _) => "failed",
        };
        let mut details = Vec::new();
        match self.action {
            Some(Action::Create) => details.push(self.events.join(", ")),
            Some(Action::Remove) => {}
            _ if self.differences.is_empty() => details.push(self.events.join(", ")),
            _ => {}
        }
        details.extend(self.differences.iter().cloned());
        if let Some(status) = &self.last_response_status {
            let at = self
                .last_sent_at
                .map_or_else(String::new, |at| format!(" at {at}"));
            details.push(format!("last answered with {status}{at}"));
        }
        details.retain(|detail| !detail.is_empty());
        let details = details.join("; ");
        let mark = if details.is_empty() { "" } else { ": " };
        format!("{what:8} {name}{mark}{details}")
    }
}

impl Report {
    pub(super) fn new(wanted: &Wanted) -> Self {
        Self {
            url: wanted.url.to_string(),
            hooks: Vec::new(),
            unauthorized: false,
        }
    }

    pub(super) fn add(&mut self, entry: Entry) {
        self.unauthorized |= entry.unauthorized;
        self.hooks.push(entry);
    }

    /// Prints it for people.
    pub(crate) fn print(&self) {
        say(format!("webhooks to {}", self.url));
        for entry in &self.hooks {
            say(entry.line());
            if let Some(hint) = entry.hint {
                say(format!("         hint: {hint}"));
            }
        }
        if self.hooks.is_empty() {
            say("there are none");
        }
    }

    /// The exit code: whether everything, something or nothing went well.
    pub(crate) fn exit(&self) -> Exit {
        let failed = self
            .hooks
            .iter()
            .filter(|entry| entry.error.is_some())
            .count();
        match failed {
            0 => Exit::Ok,
            _ if self.unauthorized => Exit::Unauthorized,
            all if all == self.hooks.len() => Exit::Failed,
            _ => Exit::Partial,
        }
    }

    /// The exit code of a look: something also is to be done where nothing failed.
    pub(crate) fn state(&self) -> Exit {
        let is_right = |entry: &Entry| entry.action == Some(Action::Keep);
        match self.exit() {
            Exit::Ok if !self.hooks.iter().all(is_right) => Exit::Partial,
            exit => exit,
        }
    }
}
