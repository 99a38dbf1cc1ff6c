//! The projects that are told, and their labels.

use std::collections::{HashMap, HashSet};

use labtower_model::{Project, ProjectId};
use labtower_store::{Reader, StoreError, SyncState};

use crate::metrics::labels::Labels;
use crate::metrics::options::MetricsOptions;

/// The projects of one snapshot. Missing ones are not among them: their series end.
#[derive(Default)]
pub(in crate::metrics) struct Projects {
    /// All that are watched.
    pub(super) all: Vec<Project>,
    /// Those with series of their own, and their labels.
    shown: HashMap<ProjectId, Shown>,
}

struct Shown {
    /// `project="..."`
    label: String,
    /// `project="...",topics="..."`
    with_topics: String,
}

impl Projects {
    /// Reads them.
    pub(super) fn read(reader: &Reader<'_>, options: &MetricsOptions) -> Result<Self, StoreError> {
        let missing: HashSet<ProjectId> = reader
            .sync_projects()?
            .into_iter()
            .filter(|project| project.state == SyncState::Missing)
            .map(|project| project.project_id)
            .collect();
        let mut all = reader.projects()?;
        all.retain(|project| !missing.contains(&project.id));
        let shown = all
            .iter()
            .filter(|project| (options.project_allowed)(&project.path_with_namespace))
            .map(|project| (project.id, Shown::new(project)))
            .collect();
        Ok(Self { all, shown })
    }

    /// `project="..."`, when the project has series of its own.
    pub(super) fn label(&self, project: ProjectId) -> Option<&str> {
        self.shown.get(&project).map(|shown| shown.label.as_str())
    }

    /// `project="...",topics="..."`, when the project has series of its own.
    pub(super) fn with_topics(&self, project: ProjectId) -> Option<&str> {
        self.shown
            .get(&project)
            .map(|shown| shown.with_topics.as_str())
    }

    /// Those with series of their own.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Project> {
        self.all
            .iter()
            .filter(|project| self.shown.contains_key(&project.id))
    }
}

impl Shown {
    fn new(project: &Project) -> Self {
        let path = &project.path_with_namespace;
        let mut labels = Labels::default();
        labels.row().pair("project", path);
        labels.row().pair("project", path);
        labels.pair("topics", &project.topics.join(","));
        Self {
            label: labels.get(0).to_owned(),
            with_topics: labels.get(1).to_owned(),
        }
    }
}
