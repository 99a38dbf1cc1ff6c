//! Files on a disk and in buckets.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use bytes::Bytes;
use futures::TryStreamExt;
use jiff::{SignedDuration, Timestamp};
use labtower_export::files::{Files, FilesOptions, Format};
use labtower_export::sink::Sink;
use labtower_model::{Clock, FakeClock, SystemClock};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Map, Value, json};

use crate::contract::Place;
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

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// The value of a body, or the text itself where it has none.
pub(crate) fn raw(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn lines(bytes: &[u8]) -> Vec<Kept> {
    #[derive(serde::Deserialize)]
    struct Raw<'a> {
        #[serde(borrow)]
        raw: &'a serde_json::value::RawValue,
    }
    let content = zstd::decode_all(bytes).unwrap();
    let content = std::str::from_utf8(&content).unwrap();
    let kept = content.lines().map(|line| {
        let body: Raw<'_> = serde_json::from_str(line).unwrap();
        let envelope = line.replace(body.raw.get(), "null");
        let envelope: Value = serde_json::from_str(&envelope).unwrap();
        Kept {
            batch: envelope["_batch"].as_u64().unwrap(),
            row: envelope["_row"].as_u64().unwrap(),
            data_date: text(&envelope["data_date"]).parse().unwrap(),
            instance: text(&envelope["_instance"]),
            parent: text(&envelope["_parent"]),
            id: text(&envelope["_id"]),
            updated_at: envelope["_updated_at"]
                .as_str()
                .map(|at| at.parse().unwrap()),
            hash: text(&envelope["_hash"]),
            deleted: envelope["_deleted"].as_bool().unwrap(),
            raw: raw(body.raw.get()),
            columns: None,
        }
    });
    kept.collect()
}

fn columns(bytes: Bytes) -> Vec<Kept> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)
        .unwrap()
        .build()
        .unwrap();
    let batches: Vec<RecordBatch> = reader.map(Result::unwrap).collect();
    let rows = batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(move |row| (batch, row)));
    rows.map(|(batch, row)| {
        let mut cells: Map<String, Value> = batch
            .schema()
            .fields()
            .iter()
            .zip(batch.columns())
            .filter(|(_, array)| array.is_valid(row))
            .map(|(field, array)| (field.name().clone(), cell(array.as_ref(), row)))
            .collect();
        let mut take = |name: &str| cells.remove(name).unwrap_or(Value::Null);
        Kept {
            batch: take("_batch").as_u64().unwrap(),
            row: take("_row").as_u64().unwrap(),
            data_date: text(&take("data_date")).parse().unwrap(),
            instance: text(&take("_instance")),
            parent: text(&take("_parent")),
            id: text(&take("_id")),
            updated_at: take("_updated_at").as_str().map(|at| at.parse().unwrap()),
            hash: text(&take("_hash")),
            deleted: take("_deleted").as_bool().unwrap(),
            raw: raw(take("raw").as_str().unwrap()),
            columns: {
                if let Some(Value::String(labels)) = cells.get("labels") {
                    let labels = raw(labels);
                    cells.insert("labels".to_owned(), labels);
                }
                Some(cells)
            },
        }
    })
    .collect()
}

fn cell(array: &dyn Array, row: usize) -> Value {
    match array.data_type() {
        DataType::Utf8 => json!(array.as_string::<i32>().value(row)),
        DataType::Int64 => json!(array.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => json!(array.as_primitive::<Int32Type>().value(row)),
        DataType::Float64 => json!(array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => json!(array.as_boolean().value(row)),
        DataType::Timestamp(..) => {
            let at = array.as_primitive::<TimestampMicrosecondType>().value(row);
            json!(Timestamp::from_microsecond(at).unwrap())
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            json!(jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(days))
        }
        other => panic!("unexpected type {other}"),
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
