//! What would have to change, as a pure function of what is there and what is wanted.

use labtower_gitlab::{HookSettings, RegisteredHook};
use serde::Serialize;
use url::Url;

/// What is to be true afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// There is one hook of ours, and it is as wanted.
    Installed,
    /// There is none.
    Removed,
}

/// What is to be done about a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// There is none.
    Create,
    /// It differs.
    Update,
    /// It is as wanted.
    Keep,
    /// It is one too many.
    Remove,
}

/// One hook of ours, or its absence, and what is to be done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) action: Action,
    /// As it is; absent when there is none.
    pub(crate) hook: Option<RegisteredHook>,
    /// How it differs from what is wanted.
    pub(crate) differences: Vec<String>,
}

/// The steps from the hooks of one owner to a goal.
pub(crate) fn steps(hooks: &[RegisteredHook], settings: &HookSettings, goal: Goal) -> Vec<Step> {
    let ours = hooks.iter().filter(|hook| is_ours(hook, &settings.url));
    let step = |action, hook: &RegisteredHook, differences| Step {
        action,
        hook: Some(hook.clone()),
        differences,
    };
    let mut steps = Vec::new();
    for hook in ours {
        steps.push(match goal {
            Goal::Removed => step(Action::Remove, hook, Vec::new()),
            Goal::Installed if !steps.is_empty() => {
                step(Action::Remove, hook, vec!["a second one".to_owned()])
            }
            Goal::Installed => {
                let differences = differences(hook, settings);
                let action = if differences.is_empty() {
                    Action::Keep
                } else {
                    Action::Update
                };
                step(action, hook, differences)
            }
        });
    }
    if steps.is_empty() && goal == Goal::Installed {
        steps.push(Step {
            action: Action::Create,
            hook: None,
            differences: Vec::new(),
        });
    }
    steps
}

/// Whether a hook leads to us.
fn is_ours(hook: &RegisteredHook, url: &Url) -> bool {
    // An address with a part that GitLab fills in is none of ours.
    let parsed = hook.url.parse::<Url>();
    let plain = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    parsed.is_ok_and(|parsed| plain(&parsed) == plain(url))
}

/// How a hook differs from what is wanted, as far as GitLab shows it.
fn differences(hook: &RegisteredHook, settings: &HookSettings) -> Vec<String> {
    let mut differences = Vec::new();
    for (event, on) in &settings.events {
        // What this version of GitLab does not have cannot differ.
        if hook.events.get(*event).is_some_and(|is| is != on) {
            let sign = if *on { '+' } else { '-' };
            differences.push(format!("{sign}{event}"));
        }
    }
    if hook.enable_ssl_verification != settings.enable_ssl_verification {
        let on = if settings.enable_ssl_verification {
            "on"
        } else {
            "off"
        };
        differences.push(format!("enable_ssl_verification {on}"));
    }
    if let Some(filter) = &hook.push_events_branch_filter {
        differences.push(format!("no push_events_branch_filter, which is `{filter}`"));
    }
    for (name, wanted, present) in [
        ("token", &settings.token, hook.token_present),
        (
            "signing_token",
            &settings.signing_token,
            hook.signing_token_present,
        ),
    ] {
        if wanted.is_some() && present == Some(false) {
            differences.push(format!("+{name}"));
        }
    }
    differences
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn hook(id: i64, url: &str) -> RegisteredHook {
        RegisteredHook {
            id,
            url: url.to_owned(),
            events: BTreeMap::from([
                ("pipeline_events".to_owned(), true),
                ("push_events".to_owned(), true),
            ]),
            enable_ssl_verification: true,
            push_events_branch_filter: None,
            alert_status: None,
            disabled_until: None,
            token_present: Some(true),
            signing_token_present: None,
        }
    }

    fn settings() -> HookSettings {
        HookSettings {
            url: "https://a.example/webhooks/gitlab".parse().unwrap(),
            name: String::new(),
            token: Some("x".into()),
            signing_token: None,
            events: BTreeMap::from([
                ("pipeline_events", true),
                ("push_events", true),
                ("an_event_of_tomorrow", true),
            ]),
            enable_ssl_verification: true,
        }
    }

    fn actions(hooks: &[RegisteredHook], goal: Goal) -> Vec<(Action, Option<i64>)> {
        let steps = steps(hooks, &settings(), goal).into_iter();
        steps
            .map(|step| (step.action, step.hook.map(|hook| hook.id)))
            .collect()
    }

    #[test]
    fn ours_are_found_by_their_url_and_others_left_alone() {
        let other = hook(1, "https://b.example/webhooks/gitlab");
        let template = hook(2, "https://a.example/{place}");
        let ours = hook(3, "https://A.example/webhooks/gitlab/");
        let again = hook(4, "https://a.example/webhooks/gitlab");
        let installed = Goal::Installed;
        assert_eq!(
            actions(&[other.clone(), template.clone()], installed),
            [(Action::Create, None)]
        );
        assert_eq!(actions(std::slice::from_ref(&other), Goal::Removed), []);
        let all = [other, template, ours, again];
        assert_eq!(
            actions(&all, installed),
            [(Action::Keep, Some(3)), (Action::Remove, Some(4))]
        );
        assert_eq!(
            actions(&all, Goal::Removed),
            [(Action::Remove, Some(3)), (Action::Remove, Some(4))]
        );
    }

    #[test]
    fn whatever_gitlab_shows_is_compared() {
        let mut differing = hook(1, "https://a.example/webhooks/gitlab");
        differing.events.insert("push_events".to_owned(), false);
        differing.enable_ssl_verification = false;
        differing.push_events_branch_filter = Some("main".to_owned());
        differing.token_present = Some(false);
        let steps = steps(&[differing], &settings(), Goal::Installed);
        assert_eq!(steps[0].action, Action::Update);
        assert_eq!(
            steps[0].differences,
            [
                "+push_events",
                "enable_ssl_verification on",
                "no push_events_branch_filter, which is `main`",
                "+token",
            ]
        );
    }
}
