//! What is special to files.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use jiff::SignedDuration;
use labtower_export::files::Format;
use labtower_export::sink::{Commit, Sink};
use labtower_model::{Clock, FakeClock, SystemClock};
use object_store::ObjectStoreExt;
use object_store::path::Path;

use crate::places::files::FilesPlace;
use crate::shared::kept::all;
use crate::shared::place::{Place, assert_rows};
use crate::shared::world::{INSTANCE, STREAM, batch, chunk, cursors, of_chunks};

#[tokio::test]
async fn a_long_log_is_read_from_its_newest_checkpoint() {
    let place = FilesPlace::directory(Format::Ndjson);
    let folder = place.folder(INSTANCE, STREAM);
    let sink = place.open();
    for number in 1..=23 {
        sink.commit(&batch(number)).await.unwrap();
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
    assert_eq!(names(place.objects(&folder).await), expected);

    // Nothing before the checkpoint is looked at: it may as well be gone.
    let log = folder.join("_log");
    for number in 1..=20 {
        let entry = log.clone().join(format!("{number:020}.json"));
        place.store.delete(&entry).await.unwrap();
    }
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!((position.number, &position.cursors), (23, &cursors(23)));
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
async fn data_and_log_are_only_added_to() {
    let place = FilesPlace::directory(Format::Ndjson);
    let folder = place.folder(INSTANCE, STREAM);
    let mut before: BTreeMap<Path, Bytes> = BTreeMap::new();
    for number in 1..=23 {
        let sink = place.open();
        sink.position(STREAM).await.unwrap();
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Done);
        assert_eq!(sink.commit(&batch(number)).await.unwrap(), Commit::Taken);
        let mut now = BTreeMap::new();
        for path in place.objects(&folder).await {
            if !path.filename().unwrap().contains("checkpoint") {
                let object = place.store.get(&path).await.unwrap();
                now.insert(path, object.bytes().await.unwrap());
            }
        }
        assert_eq!(now.len(), 2 * number as usize);
        assert!(
            before
                .iter()
                .all(|(path, bytes)| now.get(path) == Some(bytes))
        );
        before = now;
    }
}

#[tokio::test]
async fn cursors_of_many_parents_are_read() {
    let place = FilesPlace::directory(Format::Ndjson);
    let sink = place.open();
    let chunks = |number: u64| {
        let cursor = move |id| format!("{number} {id} ").repeat(400);
        let of = move |id: u64| chunk(&format!("projects/{id}"), &cursor(id), Vec::new());
        (0..2_000).map(of).collect::<Vec<_>>()
    };
    for number in 1..=6 {
        sink.commit(&of_chunks(number, chunks(number)))
            .await
            .unwrap();
    }
    let position = place.open().position(STREAM).await.unwrap();
    let expected = chunks(6).into_iter().map(|it| (it.parent, it.cursor));
    assert!(position.cursors == expected.collect());
}

#[tokio::test]
async fn files_that_no_commit_names_do_not_count_and_go() {
    let mut place = FilesPlace::directory(Format::Ndjson);
    place.open().commit(&batch(1)).await.unwrap();
    let folder = place.folder(INSTANCE, STREAM);
    let data = folder.clone().join("data");
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
        .join(folder.as_ref())
        .join("data/00000000000000000002-f#1");
    std::fs::write(&half, "half").unwrap();
    assert_rows(&place, &place.rows(STREAM).await, all(1));

    // The batch is committed, so that file is nobody's; the other's writer may be at work still.
    place.open().position(STREAM).await.unwrap();
    let objects = place.objects(&folder).await;
    assert!(!objects.contains(&orphan(1)) && objects.contains(&orphan(2)) && half.exists());
    let later = FakeClock::at(SystemClock.now());
    later.advance(SignedDuration::from_hours(25));
    place.clock = Arc::new(later);
    place.open().position(STREAM).await.unwrap();
    assert!(!place.objects(&folder).await.contains(&orphan(2)) && !half.exists());
    let position = place.open().position(STREAM).await.unwrap();
    assert_eq!(position.number, 1);
    assert_eq!(
        place.rows(STREAM).await.len(),
        all(1).len(),
        "what is committed stays"
    );
}
