//! `[export.feed]`.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::problem::Finding;
use super::secret;
use super::section::section;

section! {
    /// Every change of projects, pipelines, jobs, merge requests and commits as a row elsewhere, while `labtower run` runs.
    "export.feed" => Feed {
        /// Where to: a folder, `s3://bucket/path`, `gs://`, `az://`, `postgres://…`, `bigquery` or `clickhouse://…`; nowhere when empty.
        ///
        /// Better is `to_file` if there is a password in it.
        to: SecretString = SecretString::from(""), example "\"postgres://labtower@db.example.com/gitlab\"";
        /// File that holds the address, such as a mounted secret; white space around it is ignored.
        to_file: Option<PathBuf> = None, example "\"/run/secrets/export_to\"";
    }
}

impl Feed {
    /// The address: as written, or read from `to_file`; empty for none.
    ///
    /// # Errors
    /// A finding when the file cannot be read.
    pub fn secret(&self) -> Result<SecretString, Finding> {
        let Some(path) = &self.to_file else {
            return Ok(self.to.clone());
        };
        Ok(SecretString::from(secret::text("to_file", path)?))
    }

    fn findings(&self) -> Vec<Finding> {
        match self.secret() {
            Err(finding) => vec![finding],
            Ok(_) if self.to_file.is_some() && !self.to.expose_secret().is_empty() => {
                vec![Finding::warning(
                    "to",
                    "there are an address and a to_file; the file counts",
                    "remove one of them",
                )]
            }
            Ok(_) => Vec::new(),
        }
    }
}
