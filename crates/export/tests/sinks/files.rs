//! Files on a disk and in buckets.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::SignedDuration;
use labtower_export::files::{Files, FilesOptions, Format};
use labtower_export::sink::Sink;
use labtower_model::{Clock, FakeClock, SystemClock};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;

use crate::contract::Place;
use crate::decode::{columns, lines};
use crate::world::{INSTANCE, Kept, STREAM};

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
    pub(crate) fn bucket(test: &str) -> Self {
        let bucket = std::env::var(BUCKET).expect("a test that starts a server runs this one");
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
        Self {
            target: format!("{bucket}/some/folder/{test}"),
            format: Format::Ndjson,
            clock: Arc::new(SystemClock),
            store,
            prefix: Path::from(format!("some/folder/{test}")),
            directory: None,
        }
    }

    pub(crate) fn options(&self) -> FilesOptions {
        let mut options = FilesOptions::new(&self.target, INSTANCE).unwrap();
        options.format = self.format;
        options.level = 1;
        options.clock = self.clock.clone();
        // More than one in most tests.
        options.checkpoint_every = 5;
        options
    }

    /// Folder of a stream.
    pub(crate) fn stream(&self, stream: &str) -> Path {
        self.prefix
            .clone()
            .join("gitlab.example.com/lab")
            .join(stream)
    }

    /// All objects of a stream.
    pub(crate) async fn objects(&self, stream: &str) -> Vec<Path> {
        let objects = self.store.list(Some(&self.stream(stream)));
        let mut paths: Vec<Path> = objects.map_ok(|o| o.location).try_collect().await.unwrap();
        paths.sort();
        paths
    }

    pub(crate) async fn get(&self, path: &Path) -> Bytes {
        self.store.get(path).await.unwrap().bytes().await.unwrap()
    }

    /// The files that commits name, in their order.
    pub(crate) async fn committed(&self, stream: &str) -> Vec<Path> {
        let mut files = Vec::new();
        for path in self.objects(stream).await {
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
                let path = path.split('/').fold(self.stream(stream), Path::join);
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

    fn aborts(&self) -> u32 {
        if self.directory.is_some() { 200 } else { 60 }
    }

    fn open(&self) -> Files {
        Files::new(self.options()).unwrap()
    }

    async fn rows(&self, stream: &str) -> Vec<Kept> {
        let mut rows = Vec::new();
        for path in self.committed(stream).await {
            let bytes = self.get(&path).await;
            rows.extend(match self.format {
                Format::Ndjson => lines(&bytes),
                Format::Parquet => columns(bytes),
            });
        }
        rows
    }

    async fn latest(&self, _stream: &str) -> Option<Vec<Kept>> {
        None
    }
}

mod ndjson {
    use super::FilesPlace;
    use crate::contract::contract;

    contract!(FilesPlace::ndjson);
}

mod parquet_files {
    use super::FilesPlace;
    use crate::contract::contract;

    contract!(FilesPlace::parquet);
}

#[tokio::test]
async fn a_long_log_is_read_from_its_newest_checkpoint() {
    let place = FilesPlace::directory(Format::Ndjson);
    let sink = place.open();
    for number in 1..=23 {
        sink.commit(&crate::world::batch(number)).await.unwrap();
    }
    let names = |objects: Vec<Path>| -> Vec<String> {
        let names = objects
            .iter()
            .map(|path| path.filename().unwrap().to_owned());
        names.filter(|name| name.contains("checkpoint")).collect()
    };
    // The two newest stay.
    let expected = ["00000000000000000015", "00000000000000000020"];
    let mut expected = expected
        .map(|number| format!("{number}.checkpoint.json"))
        .to_vec();
    expected.push("_last_checkpoint.json".to_owned());
    assert_eq!(names(place.objects(STREAM).await), expected);

    // Nothing before the checkpoint is looked at: it may as well be gone.
    let log = place.stream(STREAM).join("_log");
    for number in 1..=20 {
        let entry = log.clone().join(format!("{number:020}.json"));
        place.store.delete(&entry).await.unwrap();
    }
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(
        (position.number, &position.cursors),
        (23, &crate::world::cursors(23))
    );
    // Without the hint, or with one that is behind, a listing finds it.
    let hint = log.clone().join("_last_checkpoint.json");
    place
        .store
        .put(&hint, "{\"number\":10}".into())
        .await
        .unwrap();
    assert_eq!(place.open().position(STREAM).await.unwrap(), position);
    place.store.delete(&hint).await.unwrap();
    assert_eq!(place.open().position(STREAM).await.unwrap(), position);
}

#[tokio::test]
async fn files_that_no_commit_names_do_not_count_and_go() {
    let mut place = FilesPlace::directory(Format::Ndjson);
    place.open().commit(&crate::world::batch(1)).await.unwrap();
    let data = place.stream(STREAM).join("data");
    let orphan = |number: u64| {
        data.clone()
            .join(format!("{number:020}-0000000000000000.ndjson.zst"))
    };
    for number in [1, 2] {
        place
            .store
            .put(&orphan(number), "half".into())
            .await
            .unwrap();
    }
    let directory = place.directory.as_ref().unwrap().path();
    let half = directory
        .join(place.stream(STREAM).as_ref())
        .join("data/00000000000000000002-f#1");
    std::fs::write(&half, "half").unwrap();
    assert_eq!(
        place.rows(STREAM).await,
        crate::world::all(1)
            .into_iter()
            .map(without_columns)
            .collect::<Vec<_>>()
    );

    // The batch is committed, so that file is nobody's; the other's writer may be at work still.
    place.open().position(STREAM).await.unwrap();
    let objects = place.objects(STREAM).await;
    assert!(!objects.contains(&orphan(1)) && objects.contains(&orphan(2)) && half.exists());
    let later = FakeClock::at(SystemClock.now());
    later.advance(SignedDuration::from_hours(25));
    place.clock = Arc::new(later);
    place.open().position(STREAM).await.unwrap();
    assert!(!place.objects(STREAM).await.contains(&orphan(2)) && !half.exists());
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.number, 1);
    assert_eq!(
        place.rows(STREAM).await.len(),
        crate::world::all(1).len(),
        "what is committed stays"
    );
}

fn without_columns(mut row: Kept) -> Kept {
    row.columns = None;
    row
}
