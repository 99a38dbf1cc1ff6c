//! What a sink has against what GitLab shows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use labtower_extract::{CATALOGUE, Stream};
use serde_json::Value;

use crate::gitlab::Gitlab;
use crate::shared::place::Place;

/// Rows of a stream by parent and id.
type Rows = BTreeMap<(String, String), Value>;

/// What was found to be right.
pub(crate) struct Same {
    pub(crate) rows: usize,
    /// Streams that have some.
    pub(crate) streams: BTreeSet<&'static str>,
    /// When the runs began that wrote the rows.
    pub(crate) runs: BTreeSet<Timestamp>,
}

/// The streams that are on by default.
pub(crate) fn on() -> Vec<&'static Stream> {
    let all = CATALOGUE.iter().copied();
    all.filter(|stream| !stream.off).collect()
}

/// Fails unless each row of GitLab's is in the sink as it is, once, and nothing else.
pub(crate) async fn assert_same(
    place: &impl Place,
    gitlab: &Gitlab,
    streams: &[&'static Stream],
) -> Same {
    let mut truth: BTreeMap<&str, Rows> = BTreeMap::new();
    for (stream, parent, list) in gitlab.plain.lists(streams.iter().copied()).await {
        let rows = list.into_iter();
        let rows = rows.map(|(id, row)| ((parent.to_string(), id), row));
        truth.entry(stream.name).or_default().extend(rows);
    }
    let mut same = Same {
        rows: 0,
        streams: BTreeSet::new(),
        runs: BTreeSet::new(),
    };
    for stream in streams {
        let truth = truth.remove(stream.name).unwrap_or_default();
        let mut found = Rows::new();
        let mut twice = Vec::new();
        for row in place.rows_of(gitlab.instance(), stream.name).await {
            assert!(!row.deleted, "{}: {row:?}", stream.name);
            same.runs.insert(row.data_date);
            let place = (row.parent, row.id);
            if found.insert(place.clone(), row.raw).is_some() {
                twice.push(place);
            }
        }
        let lost: Vec<_> = truth.keys().filter(|it| !found.contains_key(it)).collect();
        let invented: Vec<_> = found.keys().filter(|it| !truth.contains_key(it)).collect();
        assert!(
            lost.is_empty() && invented.is_empty() && twice.is_empty(),
            "{}: of {} rows {lost:?} are lost, {twice:?} there twice, {invented:?} invented",
            stream.name,
            truth.len()
        );
        for (place, row) in &truth {
            assert_eq!(&found[place], row, "{} {place:?}", stream.name);
        }
        same.rows += truth.len();
        if !truth.is_empty() {
            same.streams.insert(stream.name);
        }
    }
    same
}
