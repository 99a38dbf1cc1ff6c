//! A simulated GitLab, and its lists read the plain way.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use labtower_export::copy::{CopyOptions, Progress, Report, Roots, copy};
use labtower_export::sink::Sink;
use labtower_extract::{CATALOGUE, Parent, Reading, Shape, Stream};
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::SystemClock;
use labtower_sim::{Sim, SimClock, SimConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::memory::Memory;

pub(crate) struct World {
    pub(crate) sim: Sim,
    http: reqwest::Client,
}

/// How much of a row has to be the same.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Rows {
    /// All of it: nothing has changed since it was read.
    Whole,
    /// What [`of_its_time`] says: the rest has changed unseen.
    AsOfTheirTime,
}

/// Rows of a list by id.
type List = BTreeMap<String, Value>;

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
        Self {
            sim: Sim::start(config, address).await.unwrap(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
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
        let mut groups = vec![self.one("groups/acme").await.unwrap()];
        let below = "groups/acme/descendant_groups?per_page=100";
        groups.extend(self.plain(below).await.unwrap());
        let projects =
            "api/v4/groups/acme/projects?include_subgroups=true&with_shared=false&per_page=100";
        let projects = self.plain(projects).await.unwrap();
        let id = |row: &Value| row["id"].as_i64().unwrap();
        let mut parents = vec![];
        parents.extend(groups.iter().map(|row| Parent::group(id(row))));
        parents.extend(projects.iter().map(|row| Parent::project(id(row))));
        let mut compared = BTreeMap::new();
        for stream in CATALOGUE.iter().filter(|stream| !stream.off) {
            for parent in parents.iter().filter(|parent| parent.kind == stream.parent) {
                let Some(truth) = self.truth(stream, *parent).await else {
                    continue;
                };
                let found = sink.latest(stream.name, &parent.to_string());
                let found: List = found
                    .into_iter()
                    .map(|(id, body)| (id, serde_json::from_str(&body).unwrap()))
                    .collect();
                let lost: Vec<_> = truth.keys().filter(|id| !found.contains_key(*id)).collect();
                let invented: Vec<_> = found.keys().filter(|id| !truth.contains_key(*id)).collect();
                assert!(
                    lost.is_empty() && invented.is_empty(),
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
        }
        compared
    }

    /// What a list has now; `None` where GitLab has no such list.
    async fn truth(&self, stream: &'static Stream, parent: Parent) -> Option<List> {
        let mut rows = List::new();
        let Reading::Each { of, shape } = stream.reading else {
            let address = stream.address(parent.id, None).unwrap();
            let bodies = if stream.reading == Reading::One {
                vec![self.one(&address).await?]
            } else {
                self.plain(&paged(&address)).await?
            };
            for mut body in bodies {
                let id = stream.row_id(&body, parent.id, None).unwrap();
                stream.remove_secrets(body.as_object_mut().unwrap());
                rows.insert(id, body);
            }
            return Some(rows);
        };
        let mut any = false;
        for name in of {
            let owner_stream = CATALOGUE.iter().find(|it| it.name == *name).unwrap();
            let owners = Box::pin(self.truth(owner_stream, parent))
                .await
                .unwrap_or_default();
            for owner in owners.into_values() {
                let Some(address) = stream.address(parent.id, Some(&owner)) else {
                    continue;
                };
                let bodies = match shape {
                    Shape::List => self.plain(&paged(&address)).await,
                    Shape::One => self.one(&address).await.map(|body| vec![body]),
                    Shape::Text => self
                        .text(&address)
                        .await
                        .map(|text| vec![serde_json::json!({ "text": text })]),
                };
                any |= bodies.is_some();
                for mut body in bodies.unwrap_or_default() {
                    let id = stream.row_id(&body, parent.id, Some(&owner)).unwrap();
                    stream.remove_secrets(body.as_object_mut().unwrap());
                    rows.insert(id, body);
                }
            }
        }
        any.then_some(rows)
    }

    /// All pages of a list that stands still.
    async fn plain(&self, address: &str) -> Option<Vec<Value>> {
        let address = address.strip_prefix("api/v4/").unwrap_or(address);
        let mut rows = Vec::new();
        for page in 1.. {
            let (body, next) = self.get(&format!("{address}&page={page}")).await?;
            rows.extend(serde_json::from_str::<Vec<Value>>(&body).unwrap());
            if !next {
                return Some(rows);
            }
        }
        None
    }

    async fn one(&self, address: &str) -> Option<Value> {
        let (body, _) = self.get(address).await?;
        Some(serde_json::from_str(&body).unwrap())
    }

    async fn text(&self, address: &str) -> Option<String> {
        Some(self.get(address).await?.0)
    }

    async fn get(&self, address: &str) -> Option<(String, bool)> {
        let url = format!("{}/api/v4/{address}", self.sim.url().trim_end_matches('/'));
        let request = self
            .http
            .get(&url)
            .header("PRIVATE-TOKEN", self.sim.token());
        let answer = request.send().await.unwrap();
        if [403, 404].contains(&answer.status().as_u16()) {
            return None;
        }
        assert_eq!(answer.status(), 200, "{url}");
        let next = answer
            .headers()
            .get("x-next-page")
            .is_some_and(|it| !it.is_empty());
        Some((answer.text().await.unwrap(), next))
    }
}

/// What of a row a reader must have seen. One that is read for its `updated_at` has fields that GitLab changes without
/// moving it; a job that has ended shows its runner as that is now.
fn of_its_time(stream: &Stream, row: &Value) -> Value {
    let mut row = row.clone();
    match stream.reading {
        Reading::Updated { .. } => row["updated_at"].take(),
        Reading::Ids { .. } => {
            row.as_object_mut().unwrap().retain(|_, it| !it.is_object());
            row
        }
        _ => row,
    }
}

fn paged(address: &str) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}per_page=100")
}
