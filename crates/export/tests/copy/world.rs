//! A simulated GitLab, and copies of it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use labtower_export::copy::{CopyOptions, Progress, Report, Roots, copy};
use labtower_export::sink::Sink;
use labtower_extract::{CATALOGUE, Reading, Stream};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::SystemClock;
use labtower_sim::{Sim, SimClock, SimConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::memory::Memory;
use crate::plain::{List, Plain};

pub(crate) struct World {
    pub(crate) sim: Sim,
    plain: Plain,
}

/// How much of a row has to be the same.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Rows {
    /// All of it: nothing has changed since it was read.
    Whole,
    /// What [`of_its_time`] says: the rest has changed unseen.
    AsOfTheirTime,
}

impl World {
    pub(crate) async fn start(projects: usize, days: u32) -> Self {
        let config = SimConfig {
            projects,
            days,
            pipelines_per_day: 6.0,
            growing_durations: false,
            clock: SimClock::Manual {
                start: "2026-11-20T12:00:00Z".parse().unwrap(),
            },
            ..SimConfig::default()
        };
        let address = ([127, 0, 0, 1], 0).into();
        let sim = Sim::start(config, address).await.unwrap();
        Self {
            plain: Plain::new(&sim.url(), sim.token()),
            sim,
        }
    }

    pub(crate) fn client(&self) -> Client {
        let token = self.sim.token().into();
        let mut config = ClientConfig::new(self.sim.url().parse().unwrap(), token);
        config.throttled_wait = Duration::from_millis(20);
        config.retries = 3;
        Client::new(config, Arc::new(SystemClock)).unwrap()
    }

    pub(crate) fn options(&self) -> CopyOptions {
        let roots = Roots::Group {
            path: "acme".to_owned(),
            recursive: true,
        };
        CopyOptions {
            batch_bytes: 64 << 10,
            ..CopyOptions::new(vec![roots], self.sim.now())
        }
    }

    /// One run to its end.
    pub(crate) async fn copy<S: Sink>(&self, sink: &S, options: &CopyOptions) -> Report {
        let (progress, stop) = (Progress::default(), CancellationToken::new());
        let client = self.client();
        copy(&client, sink, options, &progress, &stop)
            .await
            .unwrap()
    }

    /// Fails unless the newest versions in the sink are what GitLab shows now; returns how many rows were compared,
    /// by stream.
    pub(crate) async fn assert_same(
        &self,
        sink: &Memory,
        rows: Rows,
    ) -> BTreeMap<&'static str, usize> {
        let mut compared = BTreeMap::new();
        let streams = CATALOGUE.iter().copied().filter(|stream| !stream.off);
        for (stream, parent, truth) in self.plain.lists(streams).await {
            let found = sink.latest(stream.name, &parent.to_string());
            let found: List = found
                .into_iter()
                .map(|(id, body)| (id, serde_json::from_str(&body).unwrap()))
                .collect();
            let lost: Vec<_> = truth.keys().filter(|id| !found.contains_key(*id)).collect();
            let invented: Vec<_> = found.keys().filter(|id| !truth.contains_key(*id)).collect();
            // That an old row of such a list is deleted, with what belongs to it, nothing tells either.
            let untold = matches!(
                stream.reading,
                Reading::Newest { .. } | Reading::Each { .. }
            );
            let may_be_gone = rows == Rows::AsOfTheirTime && untold;
            assert!(
                lost.is_empty() && (invented.is_empty() || may_be_gone),
                "{} of {parent}: {} of {} lost {lost:?}, invented {invented:?}",
                stream.name,
                lost.len(),
                truth.len()
            );
            for (id, row) in &truth {
                let seen = |row: &Value| match rows {
                    Rows::Whole => row.clone(),
                    Rows::AsOfTheirTime => of_its_time(stream, row),
                };
                assert_eq!(seen(&found[id]), seen(row), "{} of {parent}", stream.name);
            }
            *compared.entry(stream.name).or_default() += truth.len();
        }
        compared
    }
}

/// What of a row a reader must have seen. One that is read for its `updated_at` has fields that GitLab changes without
/// moving it; a job that has ended shows its runner as that is now.
fn of_its_time(stream: &Stream, row: &Value) -> Value {
    let mut row = row.clone();
    match stream.reading {
        Reading::Updated { .. } => row["updated_at"].take(),
        // What happens to an old row, nothing tells.
        Reading::Newest { .. } => row["created_at"].take(),
        Reading::Ids { .. } => {
            row.as_object_mut().unwrap().retain(|_, it| !it.is_object());
            row
        }
        _ => row,
    }
}
