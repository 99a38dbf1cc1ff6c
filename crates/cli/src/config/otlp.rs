//! `[export.otlp]`.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::problem::Finding;
use super::secret;
use super::section::section;
use super::setting::{Input, ProjectPattern, Setting};

/// How requests are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// With gzip.
    Gzip,
    /// Not at all.
    None,
}

impl Setting for Compression {
    const KIND: &'static str = "`gzip` or `none`";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match String::read(input)?.to_lowercase().as_str() {
            "gzip" => Ok(Self::Gzip),
            "none" => Ok(Self::None),
            other => Err(format!("expected {}, found `{other}`", Self::KIND)),
        }
    }

    fn show(&self) -> Option<String> {
        let name = match self {
            Self::Gzip => "gzip",
            Self::None => "none",
        };
        Some(format!("\"{name}\""))
    }
}

/// What is sent of the time before the first start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// Nothing.
    Now,
    /// Everything that is stored.
    Backfill,
}

impl Setting for Since {
    const KIND: &'static str = "`now` or `backfill`";

    fn read(input: Input<'_>) -> Result<Self, String> {
        match String::read(input)?.to_lowercase().as_str() {
            "now" => Ok(Self::Now),
            "backfill" => Ok(Self::Backfill),
            other => Err(format!("expected {}, found `{other}`", Self::KIND)),
        }
    }

    fn show(&self) -> Option<String> {
        let name = match self {
            Self::Now => "now",
            Self::Backfill => "backfill",
        };
        Some(format!("\"{name}\""))
    }
}

section! {
    /// Pipelines and jobs as traces, to any OTLP/HTTP endpoint; [Traces](export.md#traces-otlp) says what is in them.
    "export.otlp" => Otlp {
        /// Whether traces are sent.
        enabled: bool = false;
        /// Address of the receiver; `/v1/traces` is appended to it, as to `OTEL_EXPORTER_OTLP_ENDPOINT`.
        endpoint: Option<Url> = None, example "\"http://collector.example.com:4318\"";
        /// Headers of each request, as `name=value,name=value`; values may be percent-encoded, as in `OTEL_EXPORTER_OTLP_HEADERS`.
        ///
        /// Better is `headers_file`.
        headers: SecretString = SecretString::from(""), example "\"authorization=Bearer%20...\"";
        /// File that holds the headers in the same form, such as a mounted secret; white space around them is ignored.
        headers_file: Option<PathBuf> = None, example "\"/run/secrets/otlp_headers\"";
        /// Seconds to wait for one answer.
        timeout_seconds: Duration = Duration::from_secs(10);
        /// How requests are compressed: `gzip` or `none`.
        compression: Compression = Compression::Gzip;
        /// PEM file with certificate authorities to trust besides those of the system.
        ca_file: Option<PathBuf> = None, example "\"/etc/ssl/company-ca.pem\"";
        /// What is sent of the time before the first start: nothing with `now`, all that is stored with `backfill`.
        ///
        /// Nothing is sent before the first backfill of labtower itself is complete.
        since: Since = Since::Now;
        /// `service.name` of all spans; without it each project is a service named by its full path.
        service_name: Option<String> = None, example "\"gitlab-ci\"";
        /// Further attributes of every resource, each as `name=value`.
        resource_attributes: Vec<String> = Vec::new(), example "[\"deployment.environment.name=production\"]";
        /// Sources of pipelines that are sent, such as `push`, `schedule` and `merge_request_event`; all when the list is empty.
        ///
        /// A downstream pipeline goes by the source of the pipeline at the top of its family.
        sources: Vec<String> = Vec::new(), example "[\"push\", \"merge_request_event\"]";
        /// Sources of pipelines that are not sent.
        exclude_sources: Vec<String> = Vec::new(), example "[\"schedule\"]";
        /// Projects that are sent, by full path; all when the list is empty.
        projects: Vec<ProjectPattern> = Vec::new(), example "[\"platform/**\"]";
    }
}

impl Otlp {
    /// The headers: as written, or read from `headers_file`.
    ///
    /// # Errors
    /// A finding when the file cannot be read.
    pub fn secret(&self) -> Result<SecretString, Finding> {
        let Some(path) = &self.headers_file else {
            return Ok(self.headers.clone());
        };
        let text = secret::text("headers_file", path)?;
        Ok(SecretString::from(text))
    }

    /// The further attributes as pairs; what is not one is left out and reported by the check.
    pub fn attributes(&self) -> Vec<(String, String)> {
        let pair = |text: &String| {
            let (name, value) = text.split_once('=')?;
            let (name, value) = (name.trim(), value.trim());
            (!name.is_empty() && !value.is_empty()).then(|| (name.to_owned(), value.to_owned()))
        };
        self.resource_attributes.iter().filter_map(pair).collect()
    }

    /// What is wrong; nothing is while it is not enabled.
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !self.enabled {
            return findings;
        }
        if !cfg!(feature = "otlp") {
            findings.push(Finding::error(
                "enabled",
                "this labtower was built without OTLP",
                "build it with the feature `otlp`",
            ));
        }
        findings.extend(self.endpoint_finding());
        match self.secret() {
            Err(finding) => findings.push(finding),
            Ok(_) if self.headers_file.is_some() && !self.headers.expose_secret().is_empty() => {
                findings.push(Finding::warning(
                    "headers",
                    "there are headers and a headers_file; the file counts",
                    "remove one of them",
                ));
            }
            Ok(_) => {}
        }
        #[cfg(feature = "otlp")]
        if let Ok(headers) = self.secret()
            && let Err(message) = labtower_export::otlp::check_headers(&headers)
        {
            let key = match self.headers_file {
                Some(_) => "headers_file",
                None => "headers",
            };
            findings.push(Finding::error(
                key,
                message,
                "the form is `name=value,name=value`; a comma within a value is `%2C`",
            ));
        }
        if self.attributes().len() < self.resource_attributes.len() {
            findings.push(Finding::error(
                "resource_attributes",
                "one is not `name=value`",
                "write for example `deployment.environment.name=production`",
            ));
        }
        if self.timeout_seconds.is_zero() {
            findings.push(Finding::error(
                "timeout_seconds",
                "every request would time out at once",
                "10 is a good value",
            ));
        }
        findings
    }

    fn endpoint_finding(&self) -> Option<Finding> {
        let finding = match &self.endpoint {
            None => Finding::error(
                "endpoint",
                "there is no address to send traces to",
                "set it to that of a collector, such as `http://localhost:4318`",
            ),
            Some(url) if !matches!(url.scheme(), "http" | "https") => Finding::error(
                "endpoint",
                format!("`{}` is not a scheme OTLP/HTTP speaks", url.scheme()),
                "the address begins with https:// or http://; OTLP over gRPC is not supported",
            ),
            Some(url) if url.path().trim_end_matches('/').ends_with("/v1/traces") => {
                Finding::warning(
                    "endpoint",
                    "the address ends with /v1/traces, which is appended once more",
                    "leave out /v1/traces",
                )
            }
            Some(url) if url.port() == Some(4317) => Finding::warning(
                "endpoint",
                "4317 is the usual port of OTLP over gRPC, which is not supported",
                "the usual port of OTLP over HTTP is 4318",
            ),
            Some(_) => return None,
        };
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Section;

    fn problems(change: impl FnOnce(&mut Otlp)) -> Vec<&'static str> {
        let mut otlp = Otlp {
            enabled: true,
            endpoint: Some("http://localhost:4318".parse().unwrap()),
            ..Otlp::default()
        };
        change(&mut otlp);
        otlp.check().iter().map(|finding| finding.key).collect()
    }

    #[test]
    fn what_cannot_work_is_reported_and_nothing_while_it_is_off() {
        assert!(problems(|_| {}).is_empty());
        assert_eq!(problems(|otlp| otlp.endpoint = None), ["endpoint"]);
        for url in ["grpc://c:4317", "http://c:4317", "http://c:4318/v1/traces/"] {
            let change = |otlp: &mut Otlp| otlp.endpoint = Some(url.parse().unwrap());
            assert_eq!(problems(change), ["endpoint"], "{url}");
        }
        let text = "no pair";
        assert_eq!(problems(|otlp| otlp.headers = text.into()), ["headers"]);
        let change = |otlp: &mut Otlp| otlp.resource_attributes = vec![text.to_owned()];
        assert_eq!(problems(change), ["resource_attributes"]);
        let change = |otlp: &mut Otlp| otlp.headers_file = Some("/nowhere".into());
        assert_eq!(problems(change), ["headers_file"]);
        assert!(problems(|otlp| (otlp.enabled, otlp.endpoint) = (false, None)).is_empty());
    }

    #[test]
    fn headers_are_never_shown() {
        let otlp = Otlp {
            headers: "x-key=hush".into(),
            ..Otlp::default()
        };
        assert_eq!(otlp.show("headers").unwrap(), "\"********\"");
        assert!(!format!("{otlp:?}").contains("hush"));
    }
}
