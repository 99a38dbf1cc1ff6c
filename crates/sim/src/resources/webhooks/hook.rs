//! A hook: where webhooks go, which, and how well that works.

use std::collections::{BTreeMap, VecDeque};

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::trigger::{OF_GROUP, OF_PROJECT, OF_SYSTEM, Trigger};
use crate::rest::error::ApiError;
use crate::world::{MINUTE, Moment, Time};

/// Failures in a row that a hook may have.
const TOLERATED: u32 = 3;

/// Failures in a row after which it is disabled for good.
const MOST_FAILURES: u32 = 39;

/// The longest it is disabled for a time: milliseconds.
const LONGEST: i64 = 24 * 60 * MINUTE;

/// Deliveries that are remembered; GitLab remembers those of two days.
const REMEMBERED: usize = 20;

/// Whose hook it is: indexes into the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Project(u32),
    Group(u32),
    Instance,
}

/// A hook that a caller made.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) id: u64,
    pub(crate) owner: Owner,
    pub(crate) created: Time,
    pub(crate) settings: Settings,
    /// Failed deliveries since the last that succeeded.
    failures: u32,
    disabled_until: Option<Time>,
    /// The newest first.
    pub(crate) deliveries: VecDeque<Value>,
}

/// What callers decide about a hook.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) url: String,
    /// Sent with every webhook, and never shown.
    pub(crate) token: Option<String>,
    name: Option<String>,
    description: Option<String>,
    pub(super) verifies_certificates: bool,
    branches: Option<String>,
    strategy: String,
    template: Option<String>,
    events: BTreeMap<&'static str, bool>,
}

impl Owner {
    /// The events its hooks choose among, with their defaults.
    fn events(self) -> impl Iterator<Item = &'static (&'static str, bool)> {
        let (first, more) = match self {
            Self::Instance => (OF_SYSTEM, &[][..]),
            Self::Project(_) => (OF_PROJECT, &[][..]),
            Self::Group(_) => (OF_PROJECT, OF_GROUP),
        };
        first.iter().chain(more)
    }

    /// Whether hooks of this owner hear of a project.
    fn hears_of(self, moment: &Moment<'_>, project: u32) -> bool {
        match self {
            Self::Project(own) => own == project,
            Self::Group(group) => moment.is_within(moment.projects[project as usize].group, group),
            Self::Instance => true,
        }
    }
}

impl Settings {
    /// Those of a new hook.
    ///
    /// # Errors
    /// 400 without an address, 422 for one that is none.
    pub(crate) fn new(owner: Owner, wanted: &Map<String, Value>) -> Result<Self, ApiError> {
        if wanted.get("url").and_then(Value::as_str).is_none() {
            return Err(ApiError::error(StatusCode::BAD_REQUEST, "url is missing"));
        }
        let mut settings = Self {
            url: String::new(),
            token: None,
            name: None,
            description: None,
            verifies_certificates: true,
            branches: None,
            strategy: "wildcard".to_owned(),
            template: None,
            events: owner.events().copied().collect(),
        };
        settings.change(wanted)?;
        Ok(settings)
    }

    /// Changes what is named and leaves the rest.
    ///
    /// # Errors
    /// 422 for an address that is none, 400 for what is no boolean.
    pub(crate) fn change(&mut self, wanted: &Map<String, Value>) -> Result<(), ApiError> {
        let text = |name: &str| {
            let value = wanted.get(name)?;
            Some(value.as_str().map(str::to_owned))
        };
        if let Some(url) = text("url").flatten() {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(ApiError::error(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "Invalid url given",
                ));
            }
            if url != self.url {
                // Nobody else may learn the token by sending webhooks to themselves.
                self.token = None;
            }
            self.url = url;
        }
        for (name, place) in [
            ("token", &mut self.token),
            ("name", &mut self.name),
            ("description", &mut self.description),
            ("push_events_branch_filter", &mut self.branches),
            ("custom_webhook_template", &mut self.template),
        ] {
            if let Some(text) = text(name) {
                *place = text.filter(|text| !text.is_empty());
            }
        }
        if let Some(Some(strategy)) = text("branch_filter_strategy") {
            if !["wildcard", "all_branches"].contains(&strategy.as_str()) {
                return Err(ApiError::invalid("branch_filter_strategy"));
            }
            self.strategy = strategy;
        }
        let flag = |name: &str| match wanted.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(ApiError::error(
                StatusCode::BAD_REQUEST,
                format!("{name} is invalid"),
            )),
        };
        for (name, on) in &mut self.events {
            *on = flag(name)?.unwrap_or(*on);
        }
        let verifies = flag("enable_ssl_verification")?;
        self.verifies_certificates = verifies.unwrap_or(self.verifies_certificates);
        Ok(())
    }

    /// Whether pushes to this branch are told.
    fn wants_branch(&self, branch: &str) -> bool {
        let filter = self
            .branches
            .as_deref()
            .filter(|_| self.strategy == "wildcard");
        filter.is_none_or(|filter| matches(filter, branch))
    }
}

/// Whether a text is what a pattern says, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
            ends.any(|at| matches(rest, &text[at..]))
        }),
    }
}

impl Hook {
    /// A hook nothing was sent to yet.
    pub(crate) fn new(id: u64, owner: Owner, created: Time, settings: Settings) -> Self {
        Self {
            id,
            owner,
            created,
            settings,
            failures: 0,
            disabled_until: None,
            deliveries: VecDeque::new(),
        }
    }

    /// Whether it is to be told of something in a project; of pushes with the branch.
    pub(crate) fn wants(
        &self,
        moment: &Moment<'_>,
        project: u32,
        trigger: Trigger,
        branch: Option<&str>,
    ) -> bool {
        self.settings.events.get(trigger.setting()) == Some(&true)
            && (self.owner != Owner::Instance || trigger.is_of_system())
            && self.owner.hears_of(moment, project)
            && branch.is_none_or(|branch| self.settings.wants_branch(branch))
    }

    /// Whether anything is sent to it.
    pub(crate) fn is_executable(&self, now: Time) -> bool {
        self.alert_status(now) == "executable"
    }

    fn alert_status(&self, now: Time) -> &'static str {
        if self.failures > MOST_FAILURES {
            "disabled"
        } else if self.disabled_until.is_some_and(|until| until > now) {
            "temporarily_disabled"
        } else {
            "executable"
        }
    }

    /// Keeps how a delivery ended. System hooks are never disabled.
    pub(crate) fn delivered(&mut self, succeeded: bool, now: Time, delivery: Value) {
        self.deliveries.push_front(delivery);
        self.deliveries.truncate(REMEMBERED);
        if succeeded {
            self.failures = 0;
            self.disabled_until = None;
        } else if self.owner != Owner::Instance {
            self.failures += 1;
            self.disabled_until = (self.failures > TOLERATED).then(|| {
                let doublings = (self.failures - TOLERATED - 1).min(20);
                now.plus((MINUTE << doublings).min(LONGEST))
            });
        }
    }

    /// ProjectHook, the same of a group, or Hook.
    pub(crate) fn render(&self, moment: &Moment<'_>) -> Value {
        let now = moment.now;
        let settings = &self.settings;
        let disabled = self.alert_status(now) == "temporarily_disabled";
        let mut json = json!({
            "id": self.id,
            "url": settings.url,
            "name": settings.name,
            "description": settings.description,
            "created_at": self.created.rest(),
            "enable_ssl_verification": settings.verifies_certificates,
            "alert_status": self.alert_status(now),
            "disabled_until": self.disabled_until.filter(|_| disabled).map(Time::rest),
            "url_variables": [],
            "push_events_branch_filter": settings.branches,
            "branch_filter_strategy": settings.strategy,
            "custom_webhook_template": settings.template,
            "custom_headers": [],
            "token_present": settings.token.is_some(),
            "signing_token_present": false,
        });
        for (name, on) in &settings.events {
            json[name] = (*on).into();
        }
        match self.owner {
            Owner::Project(project) => {
                json["project_id"] = moment.projects[project as usize].id.into();
            }
            Owner::Group(group) => json["group_id"] = moment.groups[group as usize].id.into(),
            Owner::Instance => {}
        }
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(wanted: Value) -> Result<Settings, ApiError> {
        Settings::new(Owner::Project(0), wanted.as_object().expect("an object"))
    }

    #[test]
    fn the_fourth_failure_disables_for_a_minute_and_each_further_one_twice_as_long() {
        let settings = settings(json!({ "url": "http://a" })).expect("settings");
        let mut hook = Hook::new(1, Owner::Project(0), Time(0), settings);
        let mut now = Time(0);
        for failures in 1..=45_u32 {
            hook.delivered(false, now, Value::Null);
            let disabled = match failures {
                1..=3 => 0,
                4..=39 => (1 << (failures - 4).min(20)).min(24 * 60),
                _ => i64::MAX,
            };
            let (status, last) = match disabled {
                0 => ("executable", now),
                i64::MAX => ("disabled", now.plus(LONGEST)),
                minutes => ("temporarily_disabled", now.plus(minutes * MINUTE - 1)),
            };
            assert_eq!(hook.alert_status(last), status, "after {failures} failures");
            if failures < 40 {
                now = last.plus(1);
                assert!(hook.is_executable(now), "after {failures} failures");
            }
        }
        hook.delivered(true, now, Value::Null);
        assert!(hook.is_executable(now), "one success is enough");
    }

    #[test]
    fn another_address_takes_the_token_away() {
        let mut settings = settings(json!({ "url": "http://a", "token": "x" })).expect("settings");
        let mut change = |wanted: Value| {
            let changed = settings.change(wanted.as_object().expect("an object"));
            assert!(changed.is_ok());
            settings.token.clone()
        };
        assert!(change(json!({ "url": "http://a" })).is_some());
        assert!(change(json!({ "url": "http://b" })).is_none());
        assert!(change(json!({ "url": "http://c", "token": "y" })).is_some());
    }

    #[test]
    fn branches_are_matched_by_wildcards() {
        assert!(matches("main", "main") && !matches("main", "maintenance"));
        assert!(matches("feature/*", "feature/ü/1") && !matches("feature/*", "main"));
        assert!(matches("*-*-stable", "1-2-stable") && !matches("*-*-stable", "1-stable"));
    }
}
