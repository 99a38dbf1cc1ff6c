//! The catalogue against the simulator: every stream can be asked for, and its rows are what the catalogue says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use labtower_extract::{CATALOGUE, ColumnKind, ParentKind, Reading, Shape, Stream};
use labtower_sim::{Sim, SimClock, SimConfig, Tier};
use serde_json::{Value, json};

/// Streams that are off and that the simulator does not serve: one request a row, or the code itself.
const UNSERVED: &[&str] = &[
    "commit_comments",
    "commit_diffs",
    "commit_refs",
    "issue_note_award_emoji",
    "job_artifacts",
    "merge_request_diffs",
    "merge_request_note_award_emoji",
    "repository_trees",
];

/// The simulator has no runners of a single project.
const EMPTY: &[&str] = &["project_runners"];

/// Rows of a stream that others are asked for with.
const OWNERS: usize = 20;

/// Rows with the id of their parent.
type Rows = Vec<(i64, Value)>;

struct Asked {
    sim: Sim,
    client: reqwest::Client,
    rows: BTreeMap<&'static str, Rows>,
    problems: BTreeSet<String>,
}

impl Asked {
    async fn start() -> Self {
        let config = SimConfig {
            projects: 6,
            days: 15,
            tier: Tier::Ultimate,
            clock: SimClock::Manual {
                start: "2026-11-16T12:00:00Z".parse().unwrap(),
            },
            ..SimConfig::default()
        };
        let sim = Sim::start(config, "127.0.0.1:0".parse().unwrap());
        Self {
            sim: sim.await.unwrap(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            rows: BTreeMap::new(),
            problems: BTreeSet::new(),
        }
    }

    async fn get(&self, address: &str) -> (u16, String) {
        let url = format!("{}/api/v4/{address}", self.sim.url());
        let request = self.client.get(url);
        let answer = request.header("PRIVATE-TOKEN", self.sim.token());
        let answer = answer.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn ids(&self, list: &str) -> Vec<i64> {
        let (_, text) = self.get(&format!("{list}?per_page=100")).await;
        let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    /// The rows at one address; the first page of a list.
    async fn rows(&mut self, stream: &Stream, address: &str) -> Vec<Value> {
        let sign = if address.contains('?') { '&' } else { '?' };
        let more = match stream.reading {
            Reading::Updated { order } => format!("&updated_after=2020-01-01T00:00:00Z&{order}"),
            Reading::Newest { since } | Reading::History { since, .. } if !since.is_empty() => {
                format!("&{since}=2020-01-01T00:00:00Z")
            }
            _ => String::new(),
        };
        let (status, text) = self
            .get(&format!("{address}{sign}per_page=100{more}"))
            .await;
        if status == 400 && stream.name == "billable_members" {
            // Groups at the top have it only.
            return Vec::new();
        }
        if status != 200 {
            self.problem(stream, &format!("{address} answers {status}: {text}"));
            return Vec::new();
        }
        let shape = match stream.reading {
            Reading::One => Shape::One,
            Reading::Each { shape, .. } => shape,
            _ => Shape::List,
        };
        let body = match shape {
            Shape::Text => return vec![json!({ "text": text })],
            _ => serde_json::from_str(&text).unwrap(),
        };
        match (shape, body) {
            (Shape::One, row @ Value::Object(_)) => vec![row],
            (Shape::List, Value::Array(rows)) => rows,
            (_, other) => {
                self.problem(stream, &format!("{address} has another shape: {other}"));
                Vec::new()
            }
        }
    }

    fn problem(&mut self, stream: &Stream, text: &str) {
        self.problems.insert(format!("{}: {text}", stream.name));
    }

    /// Reads a stream, and notes what is not as the catalogue says.
    async fn read(&mut self, stream: &'static Stream, parents: &[i64]) {
        let mut asked: Vec<(i64, Option<Value>)> = Vec::new();
        if let Reading::Each { of, .. } = stream.reading {
            for owner in of {
                let owners = self.rows.get(owner).into_iter().flatten().take(OWNERS);
                asked.extend(owners.map(|(parent, row)| (*parent, Some(row.clone()))));
            }
        } else {
            asked.extend(parents.iter().map(|parent| (*parent, None)));
        }
        let (mut found, mut ids) = (Rows::new(), BTreeSet::new());
        for (parent, owner) in asked {
            let Some(address) = stream.address(parent, owner.as_ref()) else {
                self.problem(stream, "a row has no address");
                continue;
            };
            for row in self.rows(stream, &address).await {
                match stream.row_id(&row, parent, owner.as_ref()) {
                    None => self.problem(stream, &format!("{row} has no id")),
                    Some(id) if !ids.insert((parent, id.clone())) => {
                        self.problem(stream, &format!("{id} is there twice"));
                    }
                    Some(_) => {}
                }
                self.look_for_secrets(stream, row.clone());
                found.push((parent, row));
            }
        }
        if found.is_empty() != EMPTY.contains(&stream.name) {
            self.problem(stream, &format!("has {} rows", found.len()));
        }
        self.compare(stream, &found);
        // Spread over the parents, the newest of each first.
        found.reverse();
        let step = found.len() / OWNERS + 1;
        let kept = found.into_iter().step_by(step).collect();
        self.rows.insert(stream.name, kept);
    }

    /// What is left of a row once its secrets are taken out must not hold one.
    fn look_for_secrets(&mut self, stream: &Stream, mut row: Value) {
        let fields = row.as_object_mut().unwrap();
        stream.remove_secrets(fields);
        let secret =
            |name: &str| name.ends_with("token") || name == "verification_code" || name == "value";
        let left = fields
            .iter()
            .find(|(name, value)| secret(name) && value.is_string());
        if let Some((name, _)) = left {
            let text = format!("shows `{name}`");
            self.problem(stream, &text);
        }
        if stream.name.ends_with("_hooks") && fields.contains_key("url") {
            self.problem(stream, "shows `url`");
        }
    }

    fn compare(&mut self, stream: &Stream, rows: &Rows) {
        for column in stream.columns {
            let mut present = rows.is_empty();
            for (_, row) in rows {
                let Some(value) = at(row, column.path) else {
                    continue;
                };
                present = true;
                if !is(column.kind, value) {
                    self.problem(
                        stream,
                        &format!("{} is no {:?}: {value}", column.path, column.kind),
                    );
                }
            }
            if !present && !NEVER.contains(&(stream.name, column.path)) {
                self.problem(stream, &format!("{} is never there", column.path));
            }
        }
        if let Some(time) = stream.time {
            for (_, row) in rows {
                let value = at(row, time).unwrap_or(&Value::Null);
                if !is(ColumnKind::Time, value) {
                    self.problem(stream, &format!("{time} is no time: {value}"));
                }
            }
        }
        if let Reading::Updated { .. } = stream.reading {
            let times: Vec<(i64, &str)> = rows
                .iter()
                .map(|(parent, row)| (*parent, row["updated_at"].as_str().unwrap()))
                .collect();
            let ordered = times
                .windows(2)
                .all(|pair| pair[0].0 != pair[1].0 || pair[0].1 <= pair[1].1);
            if !ordered {
                self.problem(stream, "is not in the order asked for");
            }
        }
    }
}

/// Fields that GitLab shows in some cases only, none of which the simulator has.
const NEVER: &[(&str, &str)] = &[
    ("epic_notes", "commit_id"),
    ("epic_notes", "resolved"),
    ("epic_notes", "resolved_at"),
    ("epic_notes", "resolved_by.username"),
    ("group_milestones", "project_id"),
    ("issue_notes", "commit_id"),
    ("issues", "epic.id"),
    ("issues", "iteration.id"),
    ("merge_request_notes", "commit_id"),
    ("packages", "pipeline.id"),
    ("project_milestones", "group_id"),
    // For administrators.
    ("users", "bot"),
    ("users", "created_at"),
    ("users", "last_activity_on"),
];

/// The value at a dotted path; null if one on the way is.
fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, part| {
        if value.is_null() {
            Some(value)
        } else {
            value.get(part)
        }
    })
}

/// Whether a value is null or of the kind.
fn is(kind: ColumnKind, value: &Value) -> bool {
    let text = || value.as_str().unwrap_or_default();
    value.is_null()
        || match kind {
            ColumnKind::Text => value.is_string(),
            ColumnKind::Int => value.is_i64(),
            ColumnKind::Float => value.is_number(),
            ColumnKind::Bool => value.is_boolean(),
            ColumnKind::Time => text().parse::<Timestamp>().is_ok(),
            ColumnKind::Date => text().parse::<Date>().is_ok(),
            ColumnKind::Json => true,
        }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stream_is_served_and_its_rows_fit() {
    let mut asked = Asked::start().await;
    let (groups, projects) = (asked.ids("groups").await, asked.ids("projects").await);
    let mut read = 0;
    for stream in CATALOGUE.iter().copied() {
        if UNSERVED.contains(&stream.name) {
            assert!(stream.off, "`{}` is on and not served", stream.name);
            continue;
        }
        let parents = match stream.parent {
            ParentKind::Instance => &[0][..],
            ParentKind::Group => &groups,
            ParentKind::Project => &projects,
        };
        asked.read(stream, parents).await;
        read += 1;
    }
    let jobs = CATALOGUE.iter().find(|stream| stream.name == "jobs");
    let (project, pipeline) = asked.rows["pipelines"][0].clone();
    let linked = jobs.unwrap().address_of_linked(project, &pipeline).unwrap();
    assert_eq!(asked.get(&linked).await.0, 200, "{linked}");
    let problems: Vec<String> = asked.problems.into_iter().collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(read, CATALOGUE.len() - UNSERVED.len());
}
