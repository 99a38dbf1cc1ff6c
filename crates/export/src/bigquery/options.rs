//! Where BigQuery is, and who asks.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use crate::sink::SinkError;
use crate::warehouse::shown;

/// Address of Google's BigQuery.
const GOOGLE: &str = "https://bigquery.googleapis.com";
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
            endpoint: parse("endpoint", GOOGLE)?,
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
        let set = |key: &str| lookup(key).filter(|value| !value.is_empty());
        let project = set("BIGQUERY_PROJECT").ok_or_else(|| {
            config(
                "BIGQUERY_PROJECT",
                "it is not set: name the Google Cloud project",
            )
        })?;
        let dataset = set("BIGQUERY_DATASET").unwrap_or_else(|| "gitlab_data_export".to_owned());
        let mut options = Self::new(project, format!("{dataset}{API_VERSION}"))?;
        options.location = set("BIGQUERY_LOCATION");
        if let Some(path) = set("GOOGLE_APPLICATION_CREDENTIALS") {
            options.identity = Identity::File(path.into());
        } else if let Some(json) = set("BIGQUERY_SERVICE_ACCOUNT_JSON") {
            options.identity = Identity::Json(json.into());
        }
        if let Some(host) = set("BIGQUERY_EMULATOR_HOST") {
            let address = if host.contains("://") {
                host
            } else {
                format!("http://{host}")
            };
            options.endpoint = parse("BIGQUERY_EMULATOR_HOST", &address)?;
            options.identity = Identity::Anonymous;
        }
        Ok(options)
    }

    fn check(&self) -> Result<(), SinkError> {
        let letters = |text: &str, more: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || more.contains(c))
        };
        if !letters(&self.project, "-.:") {
            return Err(config(
                "BIGQUERY_PROJECT",
                "a project id has letters, digits and hyphens",
            ));
        }
        if !letters(&self.dataset, "_") {
            return Err(config(
                "BIGQUERY_DATASET",
                "a dataset's name has letters, digits and underscores",
            ));
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

fn parse(key: &str, address: &str) -> Result<Url, SinkError> {
    // The address itself may hold a password, so it is not repeated.
    let url = Url::parse(address).map_err(|error| config(key, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(config(
            key,
            "it has to be an address such as `http://localhost:9050`",
        ));
    }
    Ok(url)
}

pub(super) fn config(key: &str, detail: &str) -> SinkError {
    SinkError::Config {
        key: key.to_owned(),
        detail: detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&str, &str)]) -> Result<BigQueryOptions, SinkError> {
        BigQueryOptions::from_env(|key| {
            let found = pairs.iter().find(|(name, _)| *name == key);
            found.map(|(_, value)| (*value).to_owned())
        })
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
            let error = from(&pairs).unwrap_err().to_string();
            assert!(error.contains(key) && !error.contains("hush"), "{error}");
        }
    }
}
