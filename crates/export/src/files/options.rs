//! Where files go, and in which shape.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use labtower_model::{Clock, SystemClock};
use url::Url;

use crate::sink::SinkError;

/// Settings of the files sink.
#[derive(Clone)]
pub struct FilesOptions {
    /// Where the files go.
    pub target: Target,
    /// Host and path of the GitLab: the first folder, and `_instance` of every row.
    pub instance: String,
    /// How rows are written.
    pub format: Format,
    /// Level of zstd, 1 to 19; more is smaller and slower.
    pub level: i32,
    /// Commits after which the cursors of all parents are written as one object, so that no more than these are read
    /// to find the position.
    pub checkpoint_every: u64,
    /// Tells how old files are that no commit names.
    pub clock: Arc<dyn Clock>,
}

/// A directory or a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A directory, made when it is not there.
    Directory(PathBuf),
    /// A bucket of S3, or of what speaks its language.
    S3(Bucket),
    /// A bucket of Google Cloud Storage.
    Gcs(Bucket),
    /// A container of Azure Blob Storage.
    Azure(Bucket),
}

/// A bucket, and the folder in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The folder; empty for none.
    pub prefix: String,
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Lines of JSON, compressed with zstd.
    #[default]
    Ndjson,
    /// Parquet, compressed with zstd, with the stream's columns.
    Parquet,
}

impl Format {
    /// What file names end in.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson.zst",
            Self::Parquet => "parquet",
        }
    }
}

impl std::str::FromStr for Format {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        match text {
            "ndjson" => Ok(Self::Ndjson),
            "parquet" => Ok(Self::Parquet),
            _ => {
                let detail = format!("`{text}` is none; use ndjson or parquet");
                Err(SinkError::config("format", detail))
            }
        }
    }
}

impl FilesOptions {
    /// To `file:///directory`, a path, `s3://bucket/folder`, `gs://bucket/folder` or `az://container/folder`.
    /// Keys are not part of the address: they come from the environment variables that each cloud's own tools read.
    ///
    /// # Errors
    /// The address cannot be used, or the instance is empty.
    pub fn new(target: &str, instance: &str) -> Result<Self, SinkError> {
        if instance.trim().is_empty() {
            return Err(SinkError::config("instance", "is empty"));
        }
        Ok(Self {
            target: target.parse()?,
            instance: instance.to_owned(),
            format: Format::default(),
            level: 3,
            checkpoint_every: 100,
            clock: Arc::new(SystemClock),
        })
    }
}

impl std::str::FromStr for Target {
    type Err = SinkError;

    fn from_str(text: &str) -> Result<Self, SinkError> {
        if text.trim().is_empty() {
            return Err(SinkError::config(
                "target",
                "is empty; give a directory or a URL",
            ));
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::Directory(PathBuf::from(text)));
        };
        let url =
            Url::parse(text).map_err(|error| SinkError::config("target", error.to_string()))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            let detail = "has a user, password or query; keys come from environment variables";
            return Err(SinkError::config("target", detail));
        }
        match scheme {
            "file" => match url.to_file_path() {
                Ok(path) => Ok(Self::Directory(path)),
                Err(()) => Err(SinkError::config(
                    "target",
                    "names a host; write `file:///directory`",
                )),
            },
            "s3" => bucket(&url).map(Self::S3),
            "gs" => bucket(&url).map(Self::Gcs),
            "az" => bucket(&url).map(Self::Azure),
            _ => {
                let detail = format!("has scheme `{scheme}`; use file, s3, gs or az");
                Err(SinkError::config("target", detail))
            }
        }
    }
}

fn bucket(url: &Url) -> Result<Bucket, SinkError> {
    match url.host_str() {
        Some(host) if !host.is_empty() && url.port().is_none() => Ok(Bucket {
            name: host.to_owned(),
            prefix: url.path().trim_matches('/').to_owned(),
        }),
        _ => Err(SinkError::config("target", "names no bucket")),
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => write!(f, "{}", path.display()),
            Self::S3(bucket) => write!(f, "s3://{bucket}"),
            Self::Gcs(bucket) => write!(f, "gs://{bucket}"),
            Self::Azure(bucket) => write!(f, "az://{bucket}"),
        }
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{}", self.name, self.prefix)
    }
}

impl fmt::Debug for FilesOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FilesOptions")
            .field("target", &self.target)
            .field("instance", &self.instance)
            .field("format", &self.format)
            .field("level", &self.level)
            .field("checkpoint_every", &self.checkpoint_every)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        FilesOptions::new(text, "g").unwrap().target
    }

    #[test]
    fn addresses_name_directories_and_buckets() {
        assert_eq!(target("out/x"), Target::Directory("out/x".into()));
        assert_eq!(
            target("file:///var/a%20b"),
            Target::Directory("/var/a b".into())
        );
        let bucket = |prefix: &str| Bucket {
            name: "my-data".to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(target("s3://my-data"), Target::S3(bucket("")));
        assert_eq!(target("gs://my-data/a/b/"), Target::Gcs(bucket("a/b")));
        assert_eq!(target("az://my-data/a").to_string(), "az://my-data/a");
    }

    #[test]
    fn what_cannot_be_used_is_told_without_secrets() {
        for (address, expected) in [
            ("", "is empty"),
            ("s3://", "bucket"),
            ("s3:///x", "bucket"),
            ("https://x/y", "scheme `https`"),
            ("file://host/x", "names a host"),
            ("s3://KEY:hush@x/y", "user, password"),
            ("az://x/y?sig=hush", "query"),
        ] {
            let error = FilesOptions::new(address, "g").unwrap_err().to_string();
            assert!(error.contains(expected), "{address}: {error}");
            assert!(!error.contains("hush"), "{error}");
        }
        assert!(FilesOptions::new("x", " ").is_err());
        let error = "csv".parse::<Format>().unwrap_err().to_string();
        assert!(error.contains("ndjson or parquet"), "{error}");
    }
}
