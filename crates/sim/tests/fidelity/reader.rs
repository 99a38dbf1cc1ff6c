//! A client of one simulator, which knows nothing of paging but what `Link` says.

use labtower_sim::{Sim, SimClock, SimConfig};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// A clock that stands still on a weekday morning, so that every run of a test meets the same world.
pub(crate) fn morning() -> SimClock {
    let start = "2026-02-03T08:00:00Z".parse().expect("a time");
    SimClock::Manual { start }
}

/// Asks a simulator of its own.
pub(crate) struct Reader {
    client: reqwest::Client,
    pub(crate) sim: Sim,
}

/// An answer of any status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}

impl Reader {
    pub(crate) async fn start(config: SimConfig) -> Self {
        let sim = Sim::start(config, "127.0.0.1:0".parse().expect("an address"))
            .await
            .expect("it starts");
        Self {
            client: reqwest::Client::builder().build().expect("a client"),
            sim,
        }
    }

    /// `path` is below `/api/v4`.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.fetch(&format!("{}/api/v4{path}", self.sim.url()))
            .await
    }

    /// All rows of a list, every page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let sign = if path.contains('?') { '&' } else { '?' };
        let mut url = Some(format!("{}/api/v4{path}{sign}per_page=100", self.sim.url()));
        let mut rows = Vec::new();
        while let Some(page) = url {
            let answer = self.fetch(&page).await;
            assert_eq!(answer.status, 200, "{page}: {}", answer.text);
            match answer.json() {
                Value::Array(page) => rows.extend(page),
                other => panic!("{page} is no list: {other}"),
            }
            url = next(&answer.headers);
        }
        rows
    }

    /// Id of the project with the most rows in the list below it.
    pub(crate) async fn busiest(&self, list: &str) -> i64 {
        let mut best = (0, 0);
        for project in self.all("/projects").await {
            let id = project["id"].as_i64().expect("an id");
            let count = self.all(&format!("/projects/{id}/{list}")).await.len();
            if count > best.0 {
                best = (count, id);
            }
        }
        assert!(best.0 > 0, "no project has {list}");
        best.1
    }

    /// Sends a body; `path` is below `/api/v4`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let url = format!("{}/api/v4{path}", self.sim.url());
        self.send(self.client.post(url).json(body)).await
    }

    async fn fetch(&self, url: &str) -> Answer {
        self.send(self.client.get(url)).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let request = request.header("PRIVATE-TOKEN", self.sim.token());
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        Answer {
            status,
            headers,
            text,
        }
    }
}

/// The address of the next page in `Link`.
pub(crate) fn next(headers: &HeaderMap) -> Option<String> {
    let links = headers.get("link")?.to_str().ok()?;
    let link = links
        .split(", ")
        .find(|link| link.ends_with("rel=\"next\""))?;
    Some(link.split_once('<')?.1.split_once('>')?.0.to_owned())
}
