//! Files on a disk and in buckets.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use labtower_export::files::{Files, FilesOptions, Format};
use labtower_model::{Clock, SystemClock};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;

use super::decode::{columns, lines};
use super::servers::given;
use crate::shared::kept::Kept;
use crate::shared::place::{Pace, Place};

/// Environment variable with the bucket, in processes that a server's test starts.
pub(crate) const BUCKET: &str = "LABTOWER_TEST_BUCKET";

/// A directory or a folder in a bucket.
pub(crate) struct FilesPlace {
    pub(crate) target: String,
    pub(crate) format: Format,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) prefix: Path,
    pub(crate) directory: Option<tempfile::TempDir>,
}

impl FilesPlace {
    /// Lines of JSON in a directory.
    pub(crate) fn ndjson(_test: &str) -> Self {
        Self::directory(Format::Ndjson)
    }

    /// Parquet in a directory.
    pub(crate) fn parquet(_test: &str) -> Self {
        Self::directory(Format::Parquet)
    }

    pub(crate) fn directory(format: Format) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self {
            target: directory.path().join("out").display().to_string(),
            format,
            clock: Arc::new(SystemClock),
            store: Arc::new(LocalFileSystem::new_with_prefix(directory.path()).unwrap()),
            prefix: Path::from("out"),
            directory: Some(directory),
        }
    }

    /// A folder of the test in the bucket that the environment names.
    pub(crate) fn bucket(test: &str) -> Option<Self> {
        let bucket = given(BUCKET)?;
        let (scheme, name) = bucket.split_once("://").unwrap();
        let store: Arc<dyn ObjectStore> = match scheme {
            "s3" => Arc::new(
                AmazonS3Builder::from_env()
                    .with_bucket_name(name)
                    .build()
                    .unwrap(),
            ),
            "gs" => {
                let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(name);
                Arc::new(builder.build().unwrap())
            }
            _ => {
                let builder = MicrosoftAzureBuilder::from_env().with_container_name(name);
                Arc::new(builder.build().unwrap())
            }
        };
        Some(Self {
            target: format!("{bucket}/some/folder/{test}"),
            format: Format::Ndjson,
            clock: Arc::new(SystemClock),
            store,
            prefix: Path::from(format!("some/folder/{test}")),
            directory: None,
        })
    }

    fn options(&self, instance: &str) -> FilesOptions {
        let mut options = FilesOptions::new(&self.target, instance).unwrap();
        options.format = self.format;
        options.level = 1;
        options.clock = self.clock.clone();
        // More than one in most tests.
        options.checkpoint_every = 5;
        options
    }

    /// Folder of a stream.
    pub(crate) fn folder(&self, instance: &str, stream: &str) -> Path {
        self.prefix.clone().join(instance).join(stream)
    }

    /// All objects in a folder.
    pub(crate) async fn objects(&self, folder: &Path) -> Vec<Path> {
        let objects = self.store.list(Some(folder));
        let mut paths: Vec<Path> = objects.map_ok(|o| o.location).try_collect().await.unwrap();
        paths.sort();
        paths
    }

    async fn get(&self, path: &Path) -> Bytes {
        self.store.get(path).await.unwrap().bytes().await.unwrap()
    }

    /// The files that commits name, in their order.
    async fn committed(&self, folder: &Path) -> Vec<Path> {
        let mut files = Vec::new();
        for path in self.objects(folder).await {
            let name = path.filename().unwrap();
            if !path.as_ref().contains("/_log/") || name.len() != "00000000000000000001.json".len()
            {
                continue;
            }
            let entry: Value = serde_json::from_slice(&self.get(&path).await).unwrap();
            assert_eq!(
                format!("{:020}.json", entry["number"].as_u64().unwrap()),
                name
            );
            for file in entry["files"].as_array().unwrap() {
                let path = file["path"].as_str().unwrap();
                let path = path.split('/').fold(folder.clone(), Path::join);
                assert_eq!(
                    self.get(&path).await.len() as u64,
                    file["bytes"].as_u64().unwrap()
                );
                files.push(path);
            }
        }
        files
    }
}

impl Place for FilesPlace {
    type Sink = Files;

    fn pace(&self) -> Pace {
        let mut pace = Pace::default();
        if self.directory.is_none() {
            pace.aborts = 60;
        }
        pace
    }

    fn sink(&self, instance: &str) -> Files {
        Files::new(self.options(instance)).unwrap()
    }

    async fn read(&self, name: &str) -> Option<Vec<Kept>> {
        if name.starts_with("latest_") {
            return None;
        }
        let instances = self.store.list_with_delimiter(Some(&self.prefix)).await;
        let mut rows = Vec::new();
        for instance in instances.unwrap().common_prefixes {
            for path in self.committed(&instance.join(name)).await {
                let bytes = self.get(&path).await;
                rows.extend(match self.format {
                    Format::Ndjson => lines(&bytes),
                    Format::Parquet => columns(bytes),
                });
            }
        }
        Some(rows)
    }

    /// Lines have no columns.
    fn possible(&self, mut row: Kept) -> Kept {
        if self.format == Format::Ndjson {
            row.columns = None;
        }
        row
    }
}
