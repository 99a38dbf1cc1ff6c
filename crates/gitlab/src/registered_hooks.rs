//! The hooks that are registered at GitLab: who is told what, and how well that works.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    delivery::{List, one},
    exchange::{Call, Request},
    projects::{encoded, read},
};

/// Whose hooks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HookOwner {
    /// A group's, told of all projects below it (Premium): id or full path.
    Group(String),
    /// A project's: id or full path.
    Project(String),
    /// The instance's, which are called system hooks and need an administrator.
    Instance,
}

/// A hook, without its secret, which GitLab never shows.
///
/// Source: `GET /projects/:id/hooks`, `GET /groups/:id/hooks`, `GET /hooks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredHook {
    /// Instance-wide id among hooks of its kind.
    pub id: i64,
    /// Where webhooks go.
    pub url: String,
    /// Each kind of event by GitLab's name, such as `pipeline_events`, and whether it is told.
    pub events: BTreeMap<String, bool>,
    /// Whether the receiver's certificate is checked.
    pub enable_ssl_verification: bool,
    /// Branches to which pushes are told; all where it is absent.
    pub push_events_branch_filter: Option<String>,
    /// `executable`, `temporarily_disabled` or `disabled`; absent in older versions.
    pub alert_status: Option<String>,
    /// Until when nothing is sent.
    pub disabled_until: Option<Timestamp>,
    /// Whether there is a secret token; absent in older versions.
    pub token_present: Option<bool>,
    /// Whether there is a signing token; absent in older versions.
    pub signing_token_present: Option<bool>,
}

/// What a hook is to be like.
///
/// Source: the body of `POST /projects/:id/hooks`.
#[derive(Debug, Clone)]
pub struct HookSettings {
    /// Where webhooks go.
    pub url: Url,
    /// A name for people.
    pub name: String,
    /// What GitLab sends as `X-Gitlab-Token`.
    pub token: Option<SecretString>,
    /// What GitLab signs with.
    pub signing_token: Option<SecretString>,
    /// Kinds of events by GitLab's names, and whether each is told; those that are not named stay as they are.
    pub events: BTreeMap<&'static str, bool>,
    /// Whether the receiver's certificate is checked.
    pub enable_ssl_verification: bool,
}

/// The newest webhook that GitLab sent to a hook.
///
/// Source: `GET /projects/:id/hooks/:hook_id/events`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookDelivery {
    /// Status of the receiver's answer, or GitLab's word for there being none.
    pub response_status: Option<String>,
    /// When; not every version tells.
    pub created_at: Option<Timestamp>,
}

impl fmt::Display for HookOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(group) => write!(f, "group `{group}`"),
            Self::Project(project) => write!(f, "project `{project}`"),
            Self::Instance => f.write_str("the instance"),
        }
    }
}

impl HookOwner {
    /// Path of the list of hooks below the instance's address.
    fn path(&self) -> String {
        match self {
            Self::Group(group) => format!("api/v4/groups/{}/hooks", encoded(group)),
            Self::Project(project) => format!("api/v4/projects/{}/hooks", encoded(project)),
            Self::Instance => "api/v4/hooks".to_owned(),
        }
    }

    /// How requests are counted: the list, one of it, what was sent to one.
    fn endpoints(&self) -> [&'static str; 3] {
        match self {
            Self::Group(_) => [
                "groups/:id/hooks",
                "groups/:id/hooks/:hook_id",
                "groups/:id/hooks/:hook_id/events",
            ],
            Self::Project(_) => [
                "projects/:id/hooks",
                "projects/:id/hooks/:hook_id",
                "projects/:id/hooks/:hook_id/events",
            ],
            Self::Instance => ["hooks", "hooks/:hook_id", "hooks/:hook_id/events"],
        }
    }
}

impl Client {
    /// All hooks of an owner, by id.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] for who may not administer them, and for groups of an
    /// instance without a licence for theirs.
    pub async fn registered_hooks(
        &self,
        owner: &HookOwner,
    ) -> Result<Answer<Vec<RegisteredHook>>, GitlabError> {
        let mut call = Call::new(self, Priority::Fresh);
        let [list, ..] = owner.endpoints();
        let list = List {
            endpoint: Endpoint::Get(list),
            path: owner.path(),
            query: "per_page=100&page=1",
            what: format!("webhooks of {owner}"),
        };
        let hooks = list.whole(&mut call, |hook: &WireHook| hook.id).await?;
        let hooks = hooks.into_iter().map(WireHook::into_hook).collect();
        Ok(call.answer(hooks))
    }

    /// What GitLab last sent to a hook; `None` where it sent nothing lately, or does not tell.
    ///
    /// # Errors
    ///
    /// Whatever keeps us from asking.
    pub async fn last_hook_delivery(
        &self,
        owner: &HookOwner,
        id: i64,
    ) -> Result<Option<HookDelivery>, GitlabError> {
        if *owner == HookOwner::Instance {
            return Ok(None);
        }
        let mut call = Call::new(self, Priority::Fresh);
        let [_, _, events] = owner.endpoints();
        let path = format!("{}/{id}/events?per_page=1&page=1", owner.path());
        let what = format!("what was sent to webhook {id} of {owner}");
        match one::<Vec<HookDelivery>>(&mut call, Endpoint::Get(events), path, what).await {
            Ok(events) => Ok(events.into_iter().next()),
            // Not there before GitLab 17.3.
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Registers a hook. Needs a token with scope `api`.
    ///
    /// A request whose answer did not come is an error and not sent again: the hook may exist.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] for a token that may only read.
    pub async fn create_hook(
        &self,
        owner: &HookOwner,
        settings: &HookSettings,
    ) -> Result<RegisteredHook, GitlabError> {
        let [list, ..] = owner.endpoints();
        let what = format!("and change webhooks of {owner}");
        self.write_hook(Method::POST, list, owner.path(), what, settings)
            .await
    }

    /// Makes a hook what it is to be, its secrets included. Needs a token with scope `api`.
    ///
    /// # Errors
    ///
    /// [`GitlabError::NotFound`] for a hook that is gone.
    pub async fn update_hook(
        &self,
        owner: &HookOwner,
        id: i64,
        settings: &HookSettings,
    ) -> Result<RegisteredHook, GitlabError> {
        let [_, one, _] = owner.endpoints();
        let path = format!("{}/{id}", owner.path());
        let what = format!("and change webhook {id} of {owner}");
        self.write_hook(Method::PUT, one, path, what, settings)
            .await
    }

    /// Removes a hook; one that is gone already is removed. Needs a token with scope `api`.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] for a token that may only read.
    pub async fn delete_hook(&self, owner: &HookOwner, id: i64) -> Result<(), GitlabError> {
        let [_, one, _] = owner.endpoints();
        let request = Request {
            endpoint: Endpoint::Delete(one),
            path: format!("{}/{id}", owner.path()),
            body: None,
            what: format!("and change webhook {id} of {owner}"),
            shrinks: false,
        };
        let mut call = Call::writing(self, Method::DELETE, Vec::new());
        match call.send(&request, |_| Ok(())).await {
            Err(GitlabError::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn write_hook(
        &self,
        method: Method,
        pattern: &'static str,
        path: String,
        what: String,
        settings: &HookSettings,
    ) -> Result<RegisteredHook, GitlabError> {
        let request = Request {
            endpoint: if method == Method::POST {
                Endpoint::Post(pattern)
            } else {
                Endpoint::Put(pattern)
            },
            path,
            body: Some(settings.body().to_string().into()),
            what,
            shrinks: false,
        };
        let secrets = [&settings.token, &settings.signing_token];
        let secrets = secrets.into_iter().flatten().cloned().collect();
        let hook = Call::writing(self, method, secrets)
            .send(&request, |reply| read::<WireHook>(reply, &request.what))
            .await?;
        Ok(hook.into_hook())
    }
}

impl HookSettings {
    fn body(&self) -> Value {
        let mut body = json!({
            "url": self.url,
            "name": self.name,
            "enable_ssl_verification": self.enable_ssl_verification,
            "push_events_branch_filter": "",
        });
        for (name, secret) in [
            ("token", &self.token),
            ("signing_token", &self.signing_token),
        ] {
            if let Some(secret) = secret {
                body[name] = secret.expose_secret().into();
            }
        }
        for (name, on) in &self.events {
            body[*name] = (*on).into();
        }
        body
    }
}

#[derive(Deserialize)]
struct WireHook {
    id: i64,
    url: String,
    enable_ssl_verification: Option<bool>,
    push_events_branch_filter: Option<String>,
    alert_status: Option<String>,
    disabled_until: Option<Timestamp>,
    token_present: Option<bool>,
    signing_token_present: Option<bool>,
    /// Events among others: which there are depends on the owner and the version.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl WireHook {
    fn into_hook(self) -> RegisteredHook {
        let events = self.rest.into_iter();
        RegisteredHook {
            id: self.id,
            url: self.url,
            events: events
                .filter(|(name, _)| name.ends_with("_events"))
                .filter_map(|(name, on)| Some((name, on.as_bool()?)))
                .collect(),
            enable_ssl_verification: self.enable_ssl_verification.unwrap_or(true),
            push_events_branch_filter: self
                .push_events_branch_filter
                .filter(|filter| !filter.is_empty()),
            alert_status: self.alert_status,
            disabled_until: self.disabled_until,
            token_present: self.token_present,
            signing_token_present: self.signing_token_present,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_minimum_of_a_hook_is_enough() {
        let wire: WireHook =
            serde_json::from_str(r#"{"id": 7, "url": "https://a/b", "push_events": true}"#)
                .unwrap();
        let hook = wire.into_hook();
        assert_eq!(
            hook.events,
            BTreeMap::from([("push_events".to_owned(), true)])
        );
        assert!(hook.enable_ssl_verification && hook.alert_status.is_none());
    }

    #[test]
    fn secrets_are_sent_and_not_shown() {
        let settings = HookSettings {
            url: "https://labtower.example.com/webhooks/gitlab"
                .parse()
                .unwrap(),
            name: "Labtower".to_owned(),
            token: Some("hunter2".into()),
            signing_token: None,
            events: BTreeMap::from([("pipeline_events", true)]),
            enable_ssl_verification: true,
        };
        assert_eq!(settings.body()["token"], "hunter2");
        assert!(settings.body().get("signing_token").is_none());
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
