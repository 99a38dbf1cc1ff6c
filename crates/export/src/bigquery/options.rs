//! Where BigQuery is, and who asks.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::sink::SinkError;
use crate::warehouse::{DATABASE, Variables, address, is_plain, shown};

/// Address of Google's BigQuery.
const GOOGLE: &str = "https://bigquery.googleapis.com";
/// Address of another one, for those who do not know how to write it.
const EMULATOR: &str = "http://localhost:9050";
/// What the dataset's name ends with: the version of GitLab's API, as `gitlab-data-export` has it.
const API_VERSION: &str = "_v4";

/// Settings of the BigQuery sink.
#[derive(Clone)]
pub struct BigQueryOptions {
    /// The Google Cloud project that has the dataset and pays for its jobs.
    pub project: String,
    /// Full name of the dataset, with its ending `_v4`.
    pub dataset: String,
    /// Where a dataset is made that is not there, such as `EU`; Google's default when absent.
    pub location: Option<String>,
    /// Address of the service, without a path.
    pub endpoint: Url,
    /// Who asks.
    pub identity: Identity,
    /// How long one request may take.
    pub timeout: Duration,
    /// How long a job may take until it is given up on; it goes on nevertheless.
    pub job_timeout: Duration,
    /// Bound of the first pause before a request is sent again; it doubles with each further one.
    pub first_delay: Duration,
}

/// Who asks.
#[derive(Clone)]
pub enum Identity {
    /// What the environment has: `gcloud`'s file, or the metadata server of the machine.
    Environment,
    /// A JSON file: a key of a service account, or a configuration of `external_account`, which is workload identity.
    File(PathBuf),
    /// The text of such a file.
    Json(SecretString),
    /// Nobody, for servers that do not ask.
    Anonymous,
}

impl BigQueryOptions {
    /// A dataset of a project at Google, asked for as the environment says.
    pub fn new(project: impl Into<String>, dataset: impl Into<String>) -> Result<Self, SinkError> {
        let options = Self {
            project: project.into(),
            dataset: dataset.into(),
            location: None,
            endpoint: address("endpoint", GOOGLE, GOOGLE)?,
            identity: Identity::Environment,
            timeout: Duration::from_secs(300),
            job_timeout: Duration::from_secs(3600),
            first_delay: Duration::from_secs(1),
        };
        options.check()?;
        Ok(options)
    }

    /// Settings from environment variables; `lookup` tells the value of one.
    ///
    /// `BIGQUERY_PROJECT`, `BIGQUERY_DATASET`, `GOOGLE_APPLICATION_CREDENTIALS` and `BIGQUERY_SERVICE_ACCOUNT_JSON` mean
    /// what they mean to `gitlab-data-export`; `BIGQUERY_LOCATION` is where a new dataset is made, and
    /// `BIGQUERY_EMULATOR_HOST` is another server, which is asked without credentials.
    pub fn from_env(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SinkError> {
        let variables = Variables(lookup);
        let set = |key: &str| variables.get(key);
        let project = variables.required("BIGQUERY_PROJECT", "name the Google Cloud project")?;
        let dataset = set("BIGQUERY_DATASET").unwrap_or_else(|| DATABASE.to_owned());
        let mut options = Self::new(project, format!("{dataset}{API_VERSION}"))?;
        options.location = set("BIGQUERY_LOCATION");
        if let Some(path) = set("GOOGLE_APPLICATION_CREDENTIALS") {
            options.identity = Identity::File(path.into());
        } else if let Some(json) = set("BIGQUERY_SERVICE_ACCOUNT_JSON") {
            options.identity = Identity::Json(json.into());
        }
        if let Some(host) = set("BIGQUERY_EMULATOR_HOST") {
            let host = if host.contains("://") {
                host
            } else {
                format!("http://{host}")
            };
            options.endpoint = address("BIGQUERY_EMULATOR_HOST", &host, EMULATOR)?;
            options.identity = Identity::Anonymous;
        }
        Ok(options)
    }

    fn check(&self) -> Result<(), SinkError> {
        let of_project = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
        if self.project.is_empty() || !self.project.chars().all(of_project) {
            let detail = "a project id has letters, digits and hyphens";
            return Err(SinkError::config("BIGQUERY_PROJECT", detail));
        }
        if !is_plain(&self.dataset) {
            let detail = "a dataset's name has letters, digits and underscores";
            return Err(SinkError::config("BIGQUERY_DATASET", detail));
        }
        Ok(())
    }
}

impl fmt::Debug for BigQueryOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BigQueryOptions")
            .field("project", &self.project)
            .field("dataset", &self.dataset)
            .field("location", &self.location)
            .field("endpoint", &shown(&self.endpoint))
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::File(_) => "File",
            Self::Json(_) => "Json",
            Self::Anonymous => "Anonymous",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warehouse::{assert_refused, environment};

    fn from(pairs: &[(&str, &str)]) -> Result<BigQueryOptions, SinkError> {
        BigQueryOptions::from_env(environment(pairs))
    }

    #[test]
    fn the_environment_of_gitlab_data_export_is_understood() {
        let options = from(&[
            ("BIGQUERY_PROJECT", "p-1"),
            ("BIGQUERY_SERVICE_ACCOUNT_JSON", r#"{"hush": 1}"#),
        ])
        .unwrap();
        assert_eq!(options.project, "p-1");
        assert_eq!(options.dataset, "gitlab_data_export_v4");
        assert!(matches!(options.identity, Identity::Json(_)));
        assert_eq!(
            options.endpoint.as_str(),
            "https://bigquery.googleapis.com/"
        );
        assert!(!format!("{options:?}").contains("hush"));

        let options = from(&[
            ("BIGQUERY_PROJECT", "p"),
            ("BIGQUERY_DATASET", "mine"),
            ("BIGQUERY_LOCATION", "EU"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/key.json"),
            ("BIGQUERY_SERVICE_ACCOUNT_JSON", "{}"),
        ])
        .unwrap();
        assert_eq!(options.dataset, "mine_v4");
        assert_eq!(options.location.as_deref(), Some("EU"));
        assert!(matches!(options.identity, Identity::File(_)));
    }

    #[test]
    fn an_emulator_is_asked_without_credentials() {
        let options = from(&[
            ("BIGQUERY_PROJECT", "p"),
            ("BIGQUERY_EMULATOR_HOST", "localhost:9050"),
            ("GOOGLE_APPLICATION_CREDENTIALS", "/key.json"),
        ])
        .unwrap();
        assert_eq!(options.endpoint.as_str(), "http://localhost:9050/");
        assert!(matches!(options.identity, Identity::Anonymous));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (pairs, key) in [
            (vec![], "BIGQUERY_PROJECT"),
            (vec![("BIGQUERY_PROJECT", "")], "BIGQUERY_PROJECT"),
            (vec![("BIGQUERY_PROJECT", "p`q")], "BIGQUERY_PROJECT"),
            (
                vec![("BIGQUERY_PROJECT", "p"), ("BIGQUERY_DATASET", "my-set")],
                "BIGQUERY_DATASET",
            ),
            (
                vec![
                    ("BIGQUERY_PROJECT", "p"),
                    ("BIGQUERY_EMULATOR_HOST", "ftp://hush@x"),
                ],
                "BIGQUERY_EMULATOR_HOST",
            ),
        ] {
            assert_refused(from(&pairs), key);
        }
    }
}
