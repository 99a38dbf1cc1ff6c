//! `UserCore`, `CurrentUser` and `CiRunner`.

use async_graphql::{Object, SimpleObject};

use super::scalar::{GraphTime, RunnerGid, RunnerType, UserGid};
use crate::app::Simulation;
use crate::world::{Moment, RunnerKind, User};

/// `UserCore`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "UserCore")]
pub(crate) struct GraphUser {
    id: UserGid,
    username: String,
    name: String,
    bot: bool,
    avatar_url: Option<String>,
    web_url: String,
    web_path: String,
    created_at: Option<GraphTime>,
}

/// `CurrentUser`: the token's owner.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "CurrentUser")]
pub(crate) struct GraphCurrentUser {
    id: UserGid,
    username: String,
    name: String,
    bot: bool,
    web_url: String,
    web_path: String,
    created_at: Option<GraphTime>,
}

/// Global id of a user.
pub(crate) fn user_gid(user: &User) -> UserGid {
    UserGid(format!("gid://gitlab/User/{}", user.id))
}

impl GraphUser {
    /// The user at this index.
    pub(crate) fn new(app: &Simulation, moment: &Moment<'_>, user: u32) -> Option<Self> {
        let user = moment.users.get(user as usize)?;
        Some(Self {
            id: user_gid(user),
            username: user.username.clone(),
            name: user.name.clone(),
            bot: user.bot,
            avatar_url: None,
            web_url: format!("{}/{}", app.url, user.username),
            web_path: format!("{}/{}", app.config.base_path, user.username),
            created_at: Some(GraphTime(user.created)),
        })
    }
}

impl GraphCurrentUser {
    /// The token's owner.
    pub(crate) fn new(app: &Simulation, moment: &Moment<'_>) -> Option<Self> {
        let user = GraphUser::new(app, moment, 0)?;
        Some(Self {
            id: user.id,
            username: user.username,
            name: user.name,
            bot: user.bot,
            web_url: user.web_url,
            web_path: user.web_path,
            created_at: user.created_at,
        })
    }
}

/// Global id of a runner.
pub(crate) fn runner_gid(id: u64) -> String {
    format!("gid://gitlab/Ci::Runner/{id}")
}

/// `CiRunner`.
#[derive(Debug, Clone)]
pub(crate) struct GraphRunner {
    id: u64,
    description: String,
    kind: RunnerKind,
    paused: bool,
    tags: &'static [&'static str],
    created: crate::world::Time,
}

impl GraphRunner {
    /// The runner at this index.
    pub(crate) fn new(moment: &Moment<'_>, runner: u32) -> Option<Self> {
        let runner = moment.runners.get(runner as usize)?;
        Some(Self {
            id: runner.id,
            description: runner.description.clone(),
            kind: runner.kind,
            paused: runner.paused,
            tags: runner.tags,
            created: runner.created,
        })
    }
}

/// A machine that runs jobs.
#[Object(name = "CiRunner")]
impl GraphRunner {
    async fn id(&self) -> RunnerGid {
        RunnerGid(runner_gid(self.id))
    }

    async fn description(&self) -> Option<&str> {
        Some(&self.description)
    }

    async fn runner_type(&self) -> RunnerType {
        match self.kind {
            RunnerKind::Instance => RunnerType::InstanceType,
            RunnerKind::Group(_) => RunnerType::GroupType,
        }
    }

    async fn paused(&self) -> bool {
        self.paused
    }

    async fn tag_list(&self) -> Option<Vec<&'static str>> {
        Some(self.tags.to_vec())
    }

    async fn created_at(&self) -> Option<GraphTime> {
        Some(GraphTime(self.created))
    }
}
