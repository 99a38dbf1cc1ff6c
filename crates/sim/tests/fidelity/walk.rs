//! Requests every GET route of a running simulator and compares what it answers with GitLab's description.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::{BTreeMap, BTreeSet};

use labtower_sim::{SimConfig, Tier};
use serde_json::Value;

use crate::description::Description;
use crate::reader::{Reader, morning};
use crate::routes::routes;

/// Routes that GitLab has and documents, but its description leaves out.
const UNDESCRIBED: &[&str] = &[
    "/audit_events",
    "/groups/{id}/boards",
    "/groups/{id}/epics",
    "/groups/{id}/epics/{epic_id}/notes",
    "/groups/{id}/epics/{epic_iid}/issues",
    "/groups/{id}/hooks",
    "/groups/{id}/hooks/{hook_id}",
    "/groups/{id}/hooks/{hook_id}/events",
    "/groups/{id}/iterations",
    "/groups/{id}/labels",
    "/groups/{id}/milestones",
    "/groups/{id}/milestones/{milestone_id}",
    "/groups/{id}/push_rule",
    "/projects/{id}/boards",
    "/projects/{id}/dora/metrics",
    "/projects/{id}/issues/{eventable_id}/resource_iteration_events",
    "/projects/{id}/issues/{eventable_id}/resource_label_events",
    "/projects/{id}/issues/{eventable_id}/resource_state_events",
    "/projects/{id}/issues/{eventable_id}/resource_weight_events",
    "/projects/{id}/issues/{issue_iid}/discussions",
    "/projects/{id}/issues/{issue_iid}/notes",
    "/projects/{id}/issues/{issue_iid}/notes/{note_id}",
    "/projects/{id}/labels",
    "/projects/{id}/merge_requests/{eventable_id}/resource_label_events",
    "/projects/{id}/merge_requests/{eventable_id}/resource_state_events",
    "/projects/{id}/merge_requests/{merge_request_iid}/discussions",
    "/projects/{id}/merge_requests/{merge_request_iid}/notes",
    "/projects/{id}/merge_requests/{merge_request_iid}/notes/{note_id}",
    "/projects/{id}/milestones",
    "/projects/{id}/milestones/{milestone_id}",
    "/projects/{id}/protected_environments",
    "/projects/{id}/push_rule",
    "/projects/{id}/vulnerabilities",
    "/user",
    "/users",
    "/users/{id}",
];

/// The entity of a route where the description has none or another one than GitLab's code presents.
fn entity(description: &Description, route: &str) -> Option<String> {
    let named = match route {
        // Text, and shapes that are not described.
        "/projects/{id}/jobs/{job_id}/trace"
        | "/projects/{id}/repository/files/{file_path}/raw"
        | "/personal_access_tokens/self"
        | "/user" => {
            return None;
        }
        // Not described; a test of its own compares those of groups with those of projects.
        _ if route.ends_with("/hooks/{hook_id}/events")
            || route.starts_with("/groups/{id}/hooks") =>
        {
            return None;
        }
        _ if route.ends_with("/labels") || route.ends_with("/discussions") => return None,
        // Objects whose fields are data, and counts.
        "/projects/{id}/languages" | "/projects/{id}/issues_statistics" => return None,
        _ if route.ends_with("/notes") || route.ends_with("/{note_id}") => "API_Entities_Note",
        "/groups/{id}/iterations" => "API_Entities_Iteration",
        // With the content that `with_content` adds.
        "/projects/{id}/wikis" | "/groups/{id}/wikis" => "API_Entities_WikiPage",
        "/projects/{id}/merge_requests/{merge_request_iid}/closes_issues" => "API_Entities_Issue",
        _ if route.contains("/milestones") => "API_Entities_Milestone",
        "/users" => "API_Entities_UserBasic",
        "/users/{id}" => "API_Entities_User",
        // With a token the whole project is shown.
        "/projects" => "API_Entities_ProjectWithAccess",
        // The list has names since pipelines can have one.
        "/projects/{id}/pipelines" => "API_Entities_Ci_PipelineWithMetadata",
        // `JobBasicWithProject` is not described; its other fields are those of `JobBasic`.
        "/runners/{id}/jobs" => "API_Entities_Ci_JobBasic",
        _ => return description.entity(route),
    };
    Some(named.to_owned())
}

/// Asks for every route, and finds examples of what it is asked with.
struct Walker {
    reader: Reader,
    /// Answers by path: lists are asked for again and again.
    answers: BTreeMap<String, Option<Value>>,
    /// Projects, those with most pipelines first.
    projects: Vec<Value>,
}

impl Walker {
    async fn start() -> Self {
        let config = SimConfig {
            projects: 24,
            days: 20,
            tier: Tier::Ultimate,
            clock: morning(),
            ..SimConfig::default()
        };
        let mut walker = Self {
            reader: Reader::start(config).await,
            answers: BTreeMap::new(),
            projects: Vec::new(),
        };
        let truth = serde_json::to_value(walker.reader.sim.truth()).expect("the truth is JSON");
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for pipeline in truth["pipelines"].as_array().expect("pipelines") {
            *counts
                .entry(pipeline["project_id"].as_i64().expect("an id"))
                .or_default() += 1;
        }
        let mut projects = walker
            .get("/projects?per_page=100")
            .await
            .expect("projects");
        let projects = projects.as_array_mut().expect("a list");
        projects.sort_by_key(|project| {
            let id = project["id"].as_i64().expect("an id");
            std::cmp::Reverse(counts.get(&id).copied().unwrap_or_default())
        });
        walker.projects = std::mem::take(projects);
        walker
    }

    /// The JSON answer (`null` for text); none unless the status is 200.
    async fn get(&mut self, path: &str) -> Option<Value> {
        if let Some(answer) = self.answers.get(path) {
            return answer.clone();
        }
        let answer = self.reader.get(path).await;
        let json = |text: String| serde_json::from_str(&text).unwrap_or(Value::String(text));
        let answer = (answer.status == 200).then(|| json(answer.text));
        self.answers.insert(path.to_owned(), answer.clone());
        answer
    }

    /// Up to `most` answers of a route that are neither errors nor empty lists, with their paths.
    async fn examples(&mut self, route: &str, most: usize) -> Vec<(String, Value)> {
        // Paths made so far, each with the parts of the route that are still to be appended.
        let parts: Vec<&str> = route.split('/').skip(1).collect();
        let mut open = vec![(String::new(), 0)];
        let mut found = Vec::new();
        let mut tries = 0;
        while let Some((path, done)) = open.pop() {
            let Some(part) = parts.get(done) else {
                tries += 1;
                // What must be in the query.
                let query = match route.rsplit('/').next() {
                    Some("metrics") => "?metric=deployment_frequency",
                    _ => "",
                };
                match self.get(&format!("{path}{query}")).await {
                    Some(Value::Array(rows)) if rows.is_empty() => {}
                    Some(answer) => found.push((path, answer)),
                    None => {}
                }
                if found.len() >= most || tries > 400 {
                    return found;
                }
                continue;
            };
            let Some(name) = part
                .strip_prefix('{')
                .and_then(|part| part.strip_suffix('}'))
            else {
                open.push((format!("{path}/{part}"), done + 1));
                continue;
            };
            if name == "file_path" {
                for file in [
                    "go.sum",
                    "Cargo.lock",
                    "requirements.txt",
                    "package-lock.json",
                ] {
                    open.push((format!("{path}/{file}"), done + 1));
                }
                continue;
            }
            let rows = if path == "/projects" {
                self.projects.clone()
            } else {
                self.get(&path)
                    .await
                    .and_then(|rows| rows.as_array().cloned())
                    .unwrap_or_default()
            };
            // The first candidate is to be popped first.
            for row in rows.iter().take(15).rev() {
                open.push((format!("{path}/{}", key(name, row)), done + 1));
            }
        }
        found
    }
}

/// The value of a path parameter for a row of the list before it.
fn key(parameter: &str, row: &Value) -> String {
    let field = match parameter {
        _ if parameter.ends_with("_iid") || parameter == "eventable_id" => "iid",
        "tag_name" if row.get("tag_name").is_some() => "tag_name",
        "branch" | "tag_name" => "name",
        _ => "id",
    };
    let text = row[field]
        .as_str()
        .map_or_else(|| row[field].to_string(), str::to_owned);
    text.replace('/', "%2F")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_and_every_field_is_gitlabs() {
    let Some(description) = Description::load() else {
        eprintln!("skipped: GitLab's API description is not beside the repository");
        return;
    };
    let mut walker = Walker::start().await;
    let routes = routes();
    assert!(
        routes.len() > 140,
        "only {} routes were found in the source",
        routes.len()
    );
    let mut problems = Vec::new();
    let mut fields = BTreeSet::new();
    for route in &routes {
        let described = description.has(route);
        if described == UNDESCRIBED.contains(&route.as_str()) {
            problems.push(format!(
                "{route}: in the description: {described}, against our list"
            ));
        }
        let examples = walker.examples(route, 4).await;
        if examples.is_empty() {
            problems.push(format!("{route}: no example with content"));
        }
        let Some(entity) = entity(&description, route) else {
            continue;
        };
        for (path, answer) in examples {
            assert!(!answer.is_string(), "{path} is not JSON");
            for field in description.unknown_fields(&entity, &answer) {
                fields.insert(format!("{route}: {field}"));
            }
        }
    }
    problems.extend(fields);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
