//! What is sent, where to, and how.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// Whether the project with this full path is sent.
pub type ProjectAllowed = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Settings of the OTLP sink.
#[derive(Clone)]
pub struct OtlpOptions {
    /// Address of the receiver, without `/v1/traces`.
    pub endpoint: Url,
    /// Headers of each request, as `name=value,name=value`; empty for none.
    pub headers: SecretString,
    /// How long one request may take.
    pub timeout: Duration,
    /// Whether requests are compressed with gzip.
    pub gzip: bool,
    /// PEM file with certificate authorities to trust besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// `service.name` of everything; each project's full path when absent.
    pub service_name: Option<String>,
    /// Further attributes of every resource.
    pub resource_attributes: Vec<(String, String)>,
    /// Sources of pipelines that are sent, such as `push`; all when empty.
    /// A downstream pipeline goes by the source of the pipeline at the top.
    pub sources: Vec<String>,
    /// Sources of pipelines that are not sent.
    pub exclude_sources: Vec<String>,
    /// Projects that are sent.
    pub project_allowed: ProjectAllowed,
    /// What is sent of the time before the first start.
    pub since: Since,
    /// Address of the GitLab: ids of other instances' pipelines must differ.
    pub instance: Url,
    /// How fast it goes.
    pub pace: Pace,
}

/// What is sent of the time before the sink first started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nothing: only pipelines that finish from then on.
    Now,
    /// Everything that is stored.
    Backfill,
}

/// How fast the sink goes; the default suits production.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Time between two looks at the store.
    pub tick: Duration,
    /// How long a pipeline waits for the one that started it to become known, on the store's clock.
    pub patience: Duration,
    /// Bound of the first delay after a failure; it doubles with each further one.
    pub first_delay: Duration,
    /// Bound of any delay of our own choosing.
    pub longest_delay: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            patience: Duration::from_secs(300),
            first_delay: Duration::from_secs(1),
            longest_delay: Duration::from_secs(60),
        }
    }
}

impl OtlpOptions {
    /// Everything from now on, from this instance to this receiver.
    pub fn new(endpoint: Url, instance: Url) -> Self {
        Self {
            endpoint,
            headers: SecretString::from(""),
            timeout: Duration::from_secs(10),
            gzip: true,
            ca_file: None,
            service_name: None,
            resource_attributes: Vec::new(),
            sources: Vec::new(),
            exclude_sources: Vec::new(),
            project_allowed: Arc::new(|_| true),
            since: Since::Now,
            instance,
            pace: Pace::default(),
        }
    }

    /// Whether pipelines of a family with this source at its top are sent.
    pub(super) fn source_allowed(&self, source: Option<&str>) -> bool {
        let listed =
            |list: &[String]| source.is_some_and(|source| list.iter().any(|s| s == source));
        (self.sources.is_empty() || listed(&self.sources)) && !listed(&self.exclude_sources)
    }
}

impl fmt::Debug for OtlpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpOptions")
            .field("endpoint", &shown(&self.endpoint))
            .field("timeout", &self.timeout)
            .field("gzip", &self.gzip)
            .field("since", &self.since)
            .field("pace", &self.pace)
            .finish_non_exhaustive()
    }
}

/// The address that traces are posted to: the endpoint's path goes on with `v1/traces`.
pub fn traces_url(endpoint: &Url) -> Url {
    let mut url = endpoint.clone();
    let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// An address for logs: without user, password and query, any of which may be a secret.
pub(super) fn shown(url: &Url) -> String {
    let port = url
        .port()
        .map_or_else(String::new, |port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_endpoint_is_a_base_that_v1_traces_is_appended_to() {
        for (endpoint, expected) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            (
                "https://o.example.com/otlp",
                "https://o.example.com/otlp/v1/traces",
            ),
            (
                "https://o.example.com/a/?k=1",
                "https://o.example.com/a/v1/traces?k=1",
            ),
        ] {
            assert_eq!(traces_url(&url(endpoint)).as_str(), expected);
        }
    }

    #[test]
    fn no_secret_of_an_address_is_shown() {
        let endpoint = url("https://me:hush@o.example.com:4318/otlp?key=hush");
        assert_eq!(shown(&endpoint), "https://o.example.com:4318/otlp");
        let options = OtlpOptions {
            headers: SecretString::from("api-key=hush"),
            ..OtlpOptions::new(endpoint, url("https://gitlab.example.com"))
        };
        assert!(!format!("{options:?}").contains("hush"));
    }

    #[test]
    fn excluded_sources_win_over_included_ones() {
        let mut options = OtlpOptions::new(url("http://c"), url("http://g"));
        assert!(options.source_allowed(Some("push")) && options.source_allowed(None));
        options.exclude_sources = vec!["schedule".to_owned()];
        assert!(!options.source_allowed(Some("schedule")) && options.source_allowed(None));
        options.sources = vec!["push".to_owned(), "schedule".to_owned()];
        assert!(options.source_allowed(Some("push")));
        assert!(!options.source_allowed(Some("schedule")) && !options.source_allowed(Some("web")));
    }
}
