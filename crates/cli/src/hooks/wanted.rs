//! What our hooks are like.

use std::collections::BTreeMap;

use labtower_gitlab::{HookOwner, HookSettings};
use secrecy::SecretString;
use url::Url;

/// Where labtower takes webhooks.
const PATH: &str = "/webhooks/gitlab";

/// Name of our hooks, for people who look at them in GitLab.
const NAME: &str = "Labtower";

/// Events of groups and projects that say something to labtower.
const EVENTS: &[&str] = &[
    "pipeline_events",
    JOBS,
    "push_events",
    "tag_push_events",
    "merge_requests_events",
    "note_events",
    "issues_events",
    "deployment_events",
    "releases_events",
];

/// Those of system hooks, which tell nothing of pipelines and jobs.
const SYSTEM_EVENTS: &[&str] = &["push_events", "tag_push_events", "merge_requests_events"];

/// Three to five a job: pipelines tell of the same jobs whenever they change.
const JOBS: &str = "job_events";

/// What hooks are to be like, whoever's they are.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// Address of labtower, as GitLab reaches it.
    pub(crate) url: Url,
    /// What GitLab sends along.
    pub(crate) token: Option<SecretString>,
    /// What GitLab signs with.
    pub(crate) signing_token: Option<SecretString>,
    /// Whether single jobs are told of.
    pub(crate) jobs: bool,
    /// Whether GitLab checks labtower's certificate.
    pub(crate) ssl_verification: bool,
}

impl Wanted {
    /// The settings of a hook of this owner.
    pub(crate) fn settings(&self, owner: &HookOwner) -> HookSettings {
        let events = match owner {
            HookOwner::Instance => SYSTEM_EVENTS,
            HookOwner::Group(_) | HookOwner::Project(_) => EVENTS,
        };
        let events: BTreeMap<&'static str, bool> = events
            .iter()
            .map(|event| (*event, *event != JOBS || self.jobs))
            .collect();
        HookSettings {
            url: self.url.clone(),
            name: NAME.to_owned(),
            token: self.token.clone(),
            signing_token: self.signing_token.clone(),
            events,
            enable_ssl_verification: self.ssl_verification,
        }
    }
}

/// The address with the path of webhooks, if it has none.
pub(crate) fn full_url(mut url: Url) -> Url {
    if url.path() == "/" {
        url.set_path(PATH);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_a_path_gets_ours() {
        let full = |url: &str| full_url(url.parse().unwrap()).to_string();
        assert_eq!(
            full("https://a.example"),
            "https://a.example/webhooks/gitlab"
        );
        assert_eq!(
            full("https://a.example/x/hooks"),
            "https://a.example/x/hooks"
        );
    }

    #[test]
    fn jobs_can_be_left_out() {
        let wanted = Wanted {
            url: "https://a.example".parse().unwrap(),
            token: None,
            signing_token: None,
            jobs: false,
            ssl_verification: true,
        };
        let settings = wanted.settings(&HookOwner::Project("a/b".to_owned()));
        assert!(!settings.events["job_events"] && settings.events["pipeline_events"]);
        let of_system = wanted.settings(&HookOwner::Instance).events;
        assert!(!of_system.contains_key("pipeline_events"));
    }
}
