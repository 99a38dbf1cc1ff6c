//! Ids of traces and spans: hashes of what they stand for, equal whenever they are made.

use labtower_model::{JobId, PipelineId};
use url::Url;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Makes ids for one GitLab.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    instance: String,
}

impl Ids {
    /// For the GitLab at this address; two labtowers that read the same one make the same ids.
    pub(super) fn new(instance: &Url) -> Self {
        let mut instance = instance.clone();
        instance.set_query(None);
        instance.set_fragment(None);
        Self {
            instance: instance.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// The trace that begins with this pipeline.
    pub(super) fn trace(&self, root: PipelineId) -> Vec<u8> {
        let hash = xxh3_128(self.text("trace", root.get()).as_bytes());
        // All zeroes would be no id.
        hash.max(1).to_be_bytes().to_vec()
    }

    /// The span of a pipeline.
    pub(super) fn pipeline(&self, id: PipelineId) -> Vec<u8> {
        self.span("pipeline", id.get())
    }

    /// The span of the time a pipeline waited for its first runner.
    pub(super) fn pipeline_queue(&self, id: PipelineId) -> Vec<u8> {
        self.span("pipeline queue", id.get())
    }

    /// The span of a job.
    pub(super) fn job(&self, id: JobId) -> Vec<u8> {
        self.span("job", id.get())
    }

    /// The span of the time a job waited for its runner.
    pub(super) fn job_queue(&self, id: JobId) -> Vec<u8> {
        self.span("job queue", id.get())
    }

    fn span(&self, kind: &str, id: i64) -> Vec<u8> {
        let hash = xxh3_64(self.text(kind, id).as_bytes());
        hash.max(1).to_be_bytes().to_vec()
    }

    fn text(&self, kind: &str, id: i64) -> String {
        format!("{}\n{kind}\n{id}", self.instance)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn ids(url: &str) -> Ids {
        Ids::new(&url.parse().unwrap())
    }

    #[test]
    fn ids_are_those_of_every_release() {
        let ids = ids("https://gitlab.example.com");
        let made = [
            ids.trace(PipelineId(1001)),
            ids.pipeline(PipelineId(1001)),
            ids.job(JobId(50_001)),
        ];
        let expected = [
            0x4e2e_5600_7d9b_4a5b_e7b8_9209_327a_dcfc_u128
                .to_be_bytes()
                .to_vec(),
            0xc30e_098a_e700_4bfc_u64.to_be_bytes().to_vec(),
            0x1510_3b94_4324_8798_u64.to_be_bytes().to_vec(),
        ];
        assert_eq!(made, expected);
    }

    #[test]
    fn ids_differ_by_kind_number_and_instance_and_not_by_a_slash() {
        let mut seen = HashSet::new();
        for url in ["https://a.example.com", "https://b.example.com"] {
            let ids = ids(url);
            for id in 1..500 {
                assert!(seen.insert(ids.pipeline(PipelineId(id))));
                assert!(seen.insert(ids.pipeline_queue(PipelineId(id))));
                assert!(seen.insert(ids.job(JobId(id))));
                assert!(seen.insert(ids.job_queue(JobId(id))));
                assert!(seen.insert(ids.trace(PipelineId(id))));
            }
        }
        let (plain, slash) = (
            ids("https://a.example.com/g"),
            ids("https://a.example.com/g/"),
        );
        assert_eq!(plain.job(JobId(1)), slash.job(JobId(1)));
    }
}
