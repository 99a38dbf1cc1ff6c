//! `CiJobArtifact` and its connection.

use async_graphql::SimpleObject;

use super::scalar::{BigInt, JobArtifactGid};
use crate::rest::jobs::ArtifactFile;
use crate::world::JobFacts;

/// `CiJobArtifact`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "CiJobArtifact")]
pub(crate) struct JobArtifact {
    id: JobArtifactGid,
    name: Option<&'static str>,
    size: BigInt,
}

/// `CiJobArtifactConnection`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "CiJobArtifactConnection")]
pub(crate) struct JobArtifactConnection {
    nodes: Option<Vec<Option<JobArtifact>>>,
}

impl JobArtifactConnection {
    /// All files of a job.
    pub(crate) fn new(job: &JobFacts) -> Self {
        let nodes = (0..).zip(ArtifactFile::all(job)).map(|(place, file)| {
            Some(JobArtifact {
                id: JobArtifactGid(format!(
                    "gid://gitlab/Ci::JobArtifact/{}",
                    job.id * 8 + place
                )),
                name: Some(file.name),
                size: BigInt(file.size),
            })
        });
        Self {
            nodes: Some(nodes.collect()),
        }
    }
}
