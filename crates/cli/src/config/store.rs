//! `[store]`.

use std::path::PathBuf;

use super::problem::Finding;
use super::section::section;

section! {
    /// Where the data is kept.
    "store" => Store {
        /// The SQLite file.
        ///
        /// It is made when absent; two files with `-wal` and `-shm` appended stand beside it while labtower runs.
        /// A `pipelines.db` of gitlab-ci-exporter is imported, and kept as `pipelines.db.bak`.
        path: PathBuf = PathBuf::from("./pipelines.db");
        /// Days after which finished pipelines are deleted; without it everything is kept.
        retention_days: Option<u32> = None, example "400";
    }
}

impl Store {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.retention_days == Some(0) {
            findings.push(Finding::error(
                "retention_days",
                "every pipeline would be deleted at once",
                "leave `retention_days` out to keep everything",
            ));
        }
        findings
    }
}
