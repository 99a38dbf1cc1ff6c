//! Whose hooks are asked about, and which they have.
//!
//! One hook of a group tells of everything below it, so groups come first. Where their hooks may not be administered
//! (they need a licence, and an owner), each project gets one; so do projects that others shared with a group.

use std::collections::BTreeMap;

use labtower_gitlab::{Client, GitlabError, GroupOptions, HookOwner, Priority, RegisteredHook};
use labtower_model::Project;
use labtower_sync::{Selection, SyncOptions};
use tokio::task::JoinSet;

/// Lists of hooks asked for at once; the client's own limits come on top.
const AT_ONCE: usize = 8;

/// An owner with all their hooks, or why those cannot be read.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) owner: HookOwner,
    pub(crate) hooks: Result<Vec<RegisteredHook>, GitlabError>,
}

/// Where hooks are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// In groups, and in projects that no group's hook tells of.
    Least,
    /// In projects alone.
    Projects,
    /// In all groups and all projects.
    Everywhere,
    /// At the instance.
    System,
}

/// The owners that a configuration and a choice lead to.
///
/// # Errors
/// When GitLab refuses the token; any other failure is that of a place.
pub(crate) async fn find_places(
    client: &Client,
    options: &SyncOptions,
    choice: Choice,
) -> Result<Vec<Place>, GitlabError> {
    if choice == Choice::System {
        let hooks = client.registered_hooks(&HookOwner::Instance).await;
        return Ok(vec![place(HookOwner::Instance, hooks.map(|it| it.value))?]);
    }
    let mut search = Search {
        client,
        options,
        choice,
        covered: Vec::new(),
        projects: BTreeMap::new(),
        places: Vec::new(),
    };
    let mut groups = options.groups.clone();
    // A group comes before those below it.
    groups.sort_by_key(|group| group.len());
    for group in &groups {
        search.group(group).await?;
    }
    for project in &options.projects {
        search.project(project).await?;
    }
    search.read_projects().await
}

/// Why hooks of a group are not for us, which is no failure.
fn is_absent(error: &GitlabError) -> bool {
    matches!(
        error,
        GitlabError::Forbidden { .. } | GitlabError::NotFound { .. }
    )
}

fn place(
    owner: HookOwner,
    hooks: Result<Vec<RegisteredHook>, GitlabError>,
) -> Result<Place, GitlabError> {
    match hooks {
        Err(error) if error.is_fatal() => Err(error),
        hooks => Ok(Place { owner, hooks }),
    }
}

struct Search<'a> {
    client: &'a Client,
    options: &'a SyncOptions,
    choice: Choice,
    /// Groups whose hook tells of everything below them.
    covered: Vec<String>,
    /// Paths of projects, each once.
    projects: BTreeMap<i64, String>,
    places: Vec<Place>,
}

impl Search<'_> {
    /// Whether a hook of a group tells of what is at this path.
    fn is_covered(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        let mut groups = self.covered.iter().map(|group| group.to_lowercase());
        groups.any(|group| {
            path.strip_prefix(&group)
                .is_some_and(|rest| rest.starts_with('/'))
        })
    }

    async fn group(&mut self, group: &str) -> Result<(), GitlabError> {
        let everywhere = self.choice == Choice::Everywhere;
        if self.is_covered(group) && !everywhere {
            return Ok(());
        }
        let mut has_hooks = false;
        if self.choice != Choice::Projects {
            let owner = HookOwner::Group(group.to_owned());
            match self.client.registered_hooks(&owner).await {
                Err(error) if is_absent(&error) => {}
                read => {
                    has_hooks = read.is_ok();
                    let place = place(owner, read.map(|it| it.value))?;
                    self.places.push(place);
                    // A hook that is there may tell of every project: none is made beside it for a bad moment.
                    if !has_hooks && !everywhere {
                        return Ok(());
                    }
                }
            }
        }
        if has_hooks {
            self.covered.push(group.to_owned());
        }
        if has_hooks && !self.options.shared && !everywhere {
            return Ok(());
        }
        let listed = self.listed(group, self.options.shared).await?;
        let mut projects = match listed {
            Ok(projects) => projects,
            Err(error) => {
                let owner = HookOwner::Group(group.to_owned());
                self.places.push(place(owner, Err(error))?);
                return Ok(());
            }
        };
        // An id does not tell which projects are below it.
        if has_hooks && !everywhere && group.parse::<u64>().is_ok() {
            let own = self.listed(group, false).await?.unwrap_or_default();
            projects.retain(|project| own.iter().all(|own| own.id != project.id));
        }
        for project in projects {
            self.add(project);
        }
        Ok(())
    }

    async fn project(&mut self, project: &str) -> Result<(), GitlabError> {
        let found = self.client.project(project, Priority::Fresh).await;
        let failed = match found.map(|answer| answer.value) {
            Ok(Some(project)) => {
                self.add(project);
                return Ok(());
            }
            // Its hooks will say so.
            Ok(None) => self
                .client
                .registered_hooks(&HookOwner::Project(project.to_owned()))
                .await
                .map(|it| it.value),
            Err(error) => Err(error),
        };
        let owner = HookOwner::Project(project.to_owned());
        self.places.push(place(owner, failed)?);
        Ok(())
    }

    fn add(&mut self, project: Project) {
        let path = project.path_with_namespace;
        // Nothing happens in archived projects any more.
        if !project.archived && (self.choice == Choice::Everywhere || !self.is_covered(&path)) {
            self.projects.insert(project.id.get(), path);
        }
    }

    /// The projects of a group that are read.
    async fn listed(
        &self,
        group: &str,
        shared: bool,
    ) -> Result<Result<Vec<Project>, GitlabError>, GitlabError> {
        let listing = GroupOptions {
            recursive: self.options.recursive,
            shared,
            archived: false,
        };
        match self.client.group_projects(group, &listing).await {
            Ok(answer) => {
                let selection = Selection::new(self.options);
                let mut projects = answer.value;
                projects.retain(|project| selection.wants(project));
                Ok(Ok(projects))
            }
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Reads the hooks of all projects found.
    async fn read_projects(mut self) -> Result<Vec<Place>, GitlabError> {
        let mut reading = JoinSet::new();
        let mut projects = std::mem::take(&mut self.projects).into_values();
        let mut found = Vec::new();
        loop {
            while reading.len() < AT_ONCE
                && let Some(path) = projects.next()
            {
                let client = self.client.clone();
                reading.spawn(async move {
                    let owner = HookOwner::Project(path);
                    let hooks = client.registered_hooks(&owner).await;
                    (owner, hooks.map(|answer| answer.value))
                });
            }
            match reading.join_next().await {
                None => break,
                Some(Ok((owner, hooks))) => found.push(place(owner, hooks)?),
                // Nothing aborts these tasks, and a panic has been printed.
                Some(Err(_)) => {}
            }
        }
        found.sort_by(|a, b| a.owner.cmp(&b.owner));
        self.places.extend(found);
        Ok(self.places)
    }
}
