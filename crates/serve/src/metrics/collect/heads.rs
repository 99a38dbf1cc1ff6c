//! The newest pipeline of each ref that is told, with its jobs and its labels.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use labtower_model::{ProjectId, RefKind};
use labtower_store::{Reader, RefHead, RefJob, StoreError, Texts};

use super::projects::Projects;
use crate::metrics::family::Switch;
use crate::metrics::labels::Labels;
use crate::metrics::options::MetricsOptions;

/// Id in `words` of `success`.
const SUCCESS: i64 = 7;
/// Id in `words` of `failed`.
const FAILED: i64 = 8;

/// The newest pipelines, by project, kind and ref.
#[derive(Default)]
pub(in crate::metrics) struct Heads {
    pub(super) list: Vec<Head>,
}

/// The newest pipeline of one ref.
pub(in crate::metrics) struct Head {
    pub(super) pipeline: RefHead,
    /// Refs that count as this one: a merge request has up to three.
    pub(super) refs: Vec<i64>,
    /// The ref as a label.
    pub(super) ref_name: String,
    /// `project,topics,kind,ref`, written.
    pub(super) place: String,
    /// The same with `source` and `variables`.
    pub(super) labels: String,
    /// Its jobs and those of its child pipelines; empty unless somebody asks for jobs or pipelines.
    pub(super) jobs: Vec<RefJob>,
    /// Green, but a job that may fail did.
    pub(super) warned: bool,
}

impl Heads {
    /// Reads them.
    pub(super) fn read(
        reader: &Reader<'_>,
        options: &MetricsOptions,
        texts: &mut Texts,
        projects: &Projects,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let since = options
            .ref_max_age
            .and_then(|age| SignedDuration::try_from(age).ok())
            .and_then(|age| now.checked_sub(age).ok());
        let default_branches: HashMap<ProjectId, &str> = projects
            .shown()
            .filter_map(|project| Some((project.id, project.default_branch.as_deref()?)))
            .collect();
        let with_jobs = [Switch::Pipelines, Switch::Jobs]
            .iter()
            .any(|switch| options.switches.contains(switch));
        let mut list: Vec<Head> = Vec::new();
        let mut merge_requests: HashMap<(ProjectId, String), usize> = HashMap::new();
        for pipeline in reader.ref_heads(since)? {
            let Some(project) = projects.with_topics(pipeline.project_id) else {
                continue;
            };
            let name = texts.get(reader, pipeline.ref_id)?;
            let kind = pipeline.ref_kind;
            let is_default = kind == RefKind::Branch
                && default_branches.get(&pipeline.project_id) == Some(&name);
            let label = ref_label(kind, name);
            if !is_default && !(options.ref_allowed)(kind, label) {
                continue;
            }
            if kind == RefKind::MergeRequest {
                let key = (pipeline.project_id, label.to_owned());
                if let Some(known) = merge_requests.get(&key) {
                    list[*known].join(pipeline);
                    continue;
                }
                merge_requests.insert(key, list.len());
            }
            let mut labels = Labels::default();
            labels.row().written(project);
            labels.pair("kind", kind.as_str()).pair("ref", label);
            list.push(Head {
                refs: vec![pipeline.ref_id],
                ref_name: label.to_owned(),
                place: labels.get(0).to_owned(),
                labels: String::new(),
                jobs: Vec::new(),
                warned: false,
                pipeline,
            });
        }
        for head in &mut list {
            let source = texts.get(reader, head.pipeline.source)?;
            head.labels = with_source(&head.place, source);
            if with_jobs {
                let (project, id) = (head.pipeline.project_id, head.pipeline.pipeline_id);
                let jobs = &mut head.jobs;
                reader.ref_jobs(project, id, |job| jobs.push(job.clone()))?;
            }
            head.warned = head.pipeline.status == SUCCESS
                && head
                    .jobs
                    .iter()
                    .any(|job| job.status == FAILED && job.allow_failure);
        }
        Ok(Self { list })
    }
}

impl Head {
    /// Takes in another ref of the same merge request; the newer pipeline stays.
    fn join(&mut self, other: RefHead) {
        self.refs.push(other.ref_id);
        let age = |head: &RefHead| (head.created_at, head.pipeline_id);
        if age(&other) > age(&self.pipeline) {
            self.pipeline = other;
        }
    }

    /// What it weighs when a family reaches its limit: refs with newer pipelines stay.
    pub(super) fn weight(&self) -> i64 {
        self.pipeline.created_at.as_second()
    }
}

/// The labels of a ref with a source; `variables` is there for those who know it, and always empty.
pub(super) fn with_source(place: &str, source: &str) -> String {
    let mut labels = Labels::default();
    labels.row().written(place);
    labels.pair("source", source).pair("variables", "");
    labels.get(0).to_owned()
}

/// A ref as a label: a merge request by its number.
fn ref_label(kind: RefKind, name: &str) -> &str {
    match kind {
        RefKind::Branch | RefKind::Tag => name,
        RefKind::MergeRequest => name
            .strip_prefix("refs/merge-requests/")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merge_request_is_labelled_by_its_number() {
        for name in ["head", "merge", "train"] {
            let name = format!("refs/merge-requests/12/{name}");
            assert_eq!(ref_label(RefKind::MergeRequest, &name), "12");
        }
        assert_eq!(ref_label(RefKind::Branch, "a/b"), "a/b");
    }
}
