//! A repository as GitLab shows it: commits with dates of their own choosing, branches and tags.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Id of the project that it is of.
pub(crate) const PROJECT: i64 = 7;

#[derive(Default)]
struct Known {
    /// Day of 2026 and parents, by name.
    commits: BTreeMap<String, (u16, Vec<String>)>,
    /// Name of the newest commit.
    branches: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    /// What was asked.
    requests: Vec<String>,
}

/// The repository, served for as long as the test runs.
#[derive(Clone)]
pub(crate) struct Repository {
    known: Arc<Mutex<Known>>,
    pub(crate) url: String,
}

/// A list's query.
type Asked = Query<HashMap<String, String>>;
/// A page of a list.
type Page = Result<(HeaderMap, Json<Vec<Value>>), StatusCode>;

impl Repository {
    pub(crate) async fn start() -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        let below = |list: &str| format!("/api/v4/projects/{PROJECT}/repository/{list}");
        let app = Router::new()
            .route(&below("commits"), get(commits))
            .route(&below("branches"), get(branches))
            .route(&below("tags"), get(tags))
            .with_state(known.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { known, url }
    }

    /// A commit made on a day of the year, not pushed yet.
    pub(crate) fn commit(&self, name: &str, day: u16, parents: &[&str]) {
        let parents = parents.iter().map(|&parent| parent.to_owned()).collect();
        self.lock().commits.insert(name.to_owned(), (day, parents));
    }

    /// Moves a branch.
    pub(crate) fn push(&self, branch: &str, commit: &str) {
        let mut known = self.lock();
        known.branches.insert(branch.to_owned(), commit.to_owned());
    }

    /// Sets a tag.
    pub(crate) fn tag(&self, tag: &str, commit: &str) {
        self.lock().tags.insert(tag.to_owned(), commit.to_owned());
    }

    /// Names of the commits that branches and tags have.
    pub(crate) fn all(&self) -> BTreeSet<String> {
        self.lock().all()
    }

    /// What was asked since the last call.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().requests)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap()
    }
}

impl Known {
    fn all(&self) -> BTreeSet<String> {
        let tips = self.branches.values().chain(self.tags.values());
        self.reachable(tips.cloned())
    }

    fn reachable(&self, tips: impl Iterator<Item = String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = tips.collect();
        while let Some(name) = open.pop() {
            if found.insert(name.clone()) {
                open.extend(self.commits[&name].1.iter().cloned());
            }
        }
        found
    }

    fn shown(&self, name: &str) -> Value {
        let (day, parents) = &self.commits[name];
        json!({"id": name, "parent_ids": parents, "committed_date": date(*day)})
    }
}

fn date(day: u16) -> String {
    let first = jiff::civil::date(2026, 1, 1);
    let day = first + jiff::Span::new().days(day);
    format!("{day}T12:00:00.000+00:00")
}

async fn commits(State(known): State<Arc<Mutex<Known>>>, Query(asked): Asked) -> Page {
    let mut known = known.lock().unwrap();
    known.requests.push(match asked.get("ref_name") {
        Some(name) => format!("from {name}"),
        None => "commits".to_owned(),
    });
    let names = match asked.get("ref_name") {
        _ if asked.contains_key("all") => known.all(),
        Some(name) if known.commits.contains_key(name) => {
            known.reachable(std::iter::once(name.clone()))
        }
        _ => return Err(StatusCode::NOT_FOUND),
    };
    let mut rows: Vec<Value> = names.iter().map(|name| known.shown(name)).collect();
    let day = |row: &Value| row["committed_date"].as_str().unwrap().to_owned();
    if let Some(since) = asked.get("since") {
        rows.retain(|row| day(row) >= *since);
    }
    rows.sort_by_key(|row| std::cmp::Reverse(day(row)));
    // Git shows what it is asked for first, whatever its date.
    if let Some(name) = asked.get("ref_name") {
        rows.sort_by_key(|row| row["id"] != *name);
    }
    Ok(page(&asked, rows))
}

async fn branches(State(known): State<Arc<Mutex<Known>>>, Query(asked): Asked) -> Page {
    let mut known = known.lock().unwrap();
    known.requests.push("branches".to_owned());
    Ok(page(&asked, named(&known, &known.branches)))
}

async fn tags(State(known): State<Arc<Mutex<Known>>>, Query(asked): Asked) -> Page {
    let mut known = known.lock().unwrap();
    known.requests.push("tags".to_owned());
    Ok(page(&asked, named(&known, &known.tags)))
}

fn named(known: &Known, names: &BTreeMap<String, String>) -> Vec<Value> {
    let row =
        |(name, commit): (&String, &String)| json!({"name": name, "commit": known.shown(commit)});
    names.iter().map(row).collect()
}

fn page(asked: &HashMap<String, String>, rows: Vec<Value>) -> (HeaderMap, Json<Vec<Value>>) {
    let number = |name: &str| asked.get(name).map_or(1, |text| text.parse().unwrap());
    let (page, size): (usize, usize) = (number("page"), number("per_page"));
    let mut headers = HeaderMap::new();
    if page * size < rows.len() {
        headers.insert("x-next-page", (page + 1).into());
    }
    let shown = rows.into_iter().skip((page - 1) * size).take(size);
    (headers, Json(shown.collect()))
}
