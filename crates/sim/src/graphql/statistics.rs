//! `ProjectStatistics`.

use async_graphql::SimpleObject;

use crate::rest::projects::Sizes;

/// `ProjectStatistics`: GitLab has fractions for all of them.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[graphql(name = "ProjectStatistics")]
pub(crate) struct ProjectStatistics {
    commit_count: f64,
    storage_size: f64,
    repository_size: f64,
    lfs_objects_size: f64,
    build_artifacts_size: f64,
    packages_size: f64,
    pipeline_artifacts_size: Option<f64>,
    container_registry_size: Option<f64>,
    wiki_size: Option<f64>,
    snippets_size: Option<f64>,
    uploads_size: Option<f64>,
}

impl From<Sizes> for ProjectStatistics {
    fn from(sizes: Sizes) -> Self {
        Self {
            commit_count: sizes.commits as f64,
            storage_size: (sizes.repository + sizes.artifacts) as f64,
            repository_size: sizes.repository as f64,
            lfs_objects_size: 0.0,
            build_artifacts_size: sizes.artifacts as f64,
            packages_size: 0.0,
            pipeline_artifacts_size: Some(0.0),
            container_registry_size: Some(0.0),
            wiki_size: Some(0.0),
            snippets_size: Some(0.0),
            uploads_size: Some(0.0),
        }
    }
}
