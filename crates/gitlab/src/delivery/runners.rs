//! Runners: all of an instance, those of a group, one.

use jiff::Timestamp;
use labtower_model::{Runner, RunnerDetails, RunnerId};
use serde::Deserialize;

use super::list::{List, one};
use crate::{Answer, Client, Endpoint, GitlabError, Priority, exchange::Call, projects::encoded};

impl Client {
    /// All runners of the instance, by id; one request per 100.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] unless the token is an administrator's.
    pub async fn all_runners(
        &self,
        priority: Priority,
    ) -> Result<Answer<Vec<Runner>>, GitlabError> {
        let list = List {
            endpoint: Endpoint::AllRunners,
            path: "api/v4/runners/all".to_owned(),
            query: "per_page=100&page=1",
            what: "all runners".to_owned(),
        };
        self.runners_of(list, priority).await
    }

    /// Runners a group (id or full path) may use, by id; one request per 100.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] unless the token's owner manages the group.
    pub async fn group_runners(
        &self,
        group: &str,
        priority: Priority,
    ) -> Result<Answer<Vec<Runner>>, GitlabError> {
        let list = List {
            endpoint: Endpoint::GroupRunners,
            path: format!("api/v4/groups/{}/runners", encoded(group)),
            query: "per_page=100&page=1",
            what: format!("runners of group `{group}`"),
        };
        self.runners_of(list, priority).await
    }

    /// What only a look at the one runner tells; `None` if it is gone or hidden.
    pub async fn runner(
        &self,
        id: RunnerId,
        priority: Priority,
    ) -> Result<Answer<Option<RunnerDetails>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let path = format!("api/v4/runners/{id}");
        let what = format!("runner `{id}`");
        match one::<WireDetails>(&mut call, Endpoint::Runner, path, what).await {
            Ok(wire) => Ok(call.answer(Some(wire.into_model()))),
            Err(GitlabError::NotFound { .. } | GitlabError::Forbidden { .. }) => {
                Ok(call.answer(None))
            }
            Err(error) => Err(error),
        }
    }

    async fn runners_of(
        &self,
        list: List<'_>,
        priority: Priority,
    ) -> Result<Answer<Vec<Runner>>, GitlabError> {
        let mut call = Call::new(self, priority);
        let rows = list.whole(&mut call, |row: &WireRunner| row.id).await?;
        Ok(call.answer(rows.into_iter().map(WireRunner::into_model).collect()))
    }
}

/// A runner as lists show it.
#[derive(Deserialize)]
struct WireRunner {
    id: i64,
    description: Option<String>,
    runner_type: Option<String>,
    status: Option<String>,
    paused: Option<bool>,
    created_at: Option<Timestamp>,
}

/// A runner as the look at one shows it.
#[derive(Deserialize)]
struct WireDetails {
    id: i64,
    tag_list: Option<Vec<String>>,
    version: Option<String>,
    contacted_at: Option<Timestamp>,
}

impl WireRunner {
    fn into_model(self) -> Runner {
        Runner {
            id: RunnerId(self.id),
            description: self.description,
            runner_type: self.runner_type,
            status: self.status,
            paused: self.paused.unwrap_or(false),
            created_at: self.created_at,
        }
    }
}

impl WireDetails {
    fn into_model(self) -> RunnerDetails {
        let mut tags = self.tag_list.unwrap_or_default();
        tags.sort_unstable();
        RunnerDetails {
            id: RunnerId(self.id),
            tags,
            version: self.version.filter(|version| !version.is_empty()),
            contacted_at: self.contacted_at,
        }
    }
}
