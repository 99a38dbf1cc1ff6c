//! The catalogue against GitLab's own description of its API.

use labtower_extract::{CATALOGUE, Reading, Shape, Stream};

use crate::description::Description;

/// Endpoints that GitLab documents but its description leaves out, with the page that does.
const UNDESCRIBED: &[(&str, &str)] = &[
    ("/discussions", "docs.gitlab.com/api/discussions"),
    ("/notes", "docs.gitlab.com/api/notes"),
    ("/labels", "docs.gitlab.com/api/labels"),
    ("/milestones", "docs.gitlab.com/api/milestones"),
    ("/boards", "docs.gitlab.com/api/boards"),
    (
        "/resource_state_events",
        "docs.gitlab.com/api/resource_state_events",
    ),
    (
        "/resource_label_events",
        "docs.gitlab.com/api/resource_label_events",
    ),
    (
        "/resource_iteration_events",
        "docs.gitlab.com/api/resource_iteration_events",
    ),
    (
        "/resource_weight_events",
        "docs.gitlab.com/api/resource_weight_events",
    ),
    ("groups/:id/epics", "docs.gitlab.com/api/epics"),
    (
        "groups/:id/epics/:iid/issues",
        "docs.gitlab.com/api/epic_issues",
    ),
    (
        "groups/:id/iterations",
        "docs.gitlab.com/api/group_iterations",
    ),
    ("/push_rule", "docs.gitlab.com/api/project_push_rules"),
    (
        "/protected_environments",
        "docs.gitlab.com/api/protected_environments",
    ),
    ("/dora/metrics", "docs.gitlab.com/api/dora/metrics"),
    ("/vulnerabilities", "docs.gitlab.com/api/vulnerabilities"),
    ("groups/:id/hooks", "docs.gitlab.com/api/group_webhooks"),
    ("users", "docs.gitlab.com/api/users"),
    ("audit_events", "docs.gitlab.com/api/audit_events"),
];

/// The entity of an endpoint where the description names none, or not the one that GitLab answers with.
fn entity<'a>(stream: &Stream, described: Option<&'a str>) -> Option<&'a str> {
    match stream.name {
        // Text, and objects whose fields are data.
        "project_readmes" | "job_traces" | "project_languages" | "issue_statistics" => None,
        // With a token the list has the whole: the description names the single one.
        "pipelines" | "child_pipelines" => Some("API_Entities_Ci_PipelineWithMetadata"),
        "merge_request_closes_issues" => Some("API_Entities_Issue"),
        name if name.ends_with("_notes") => Some("API_Entities_Note"),
        name if name.ends_with("_milestones") => Some("API_Entities_Milestone"),
        "iterations" => Some("API_Entities_Iteration"),
        // With `with_stats`.
        "commits" => Some("API_Entities_CommitDetail"),
        // With content.
        "project_wiki_pages" | "group_wiki_pages" => Some("API_Entities_WikiPage"),
        _ => described,
    }
}

fn undescribed(path: &str) -> bool {
    let is = |end: &str| {
        if end.starts_with('/') {
            path.ends_with(end)
        } else {
            path == end
        }
    };
    UNDESCRIBED.iter().any(|(end, _)| is(end))
}

fn parameters(query: &str) -> impl Iterator<Item = &str> {
    query
        .split('&')
        .filter_map(|pair| pair.split('=').next())
        .filter(|name| !name.is_empty())
}

#[test]
fn every_path_and_parameter_is_gitlabs() {
    let Some(description) = Description::load() else {
        return eprintln!("skipped: GitLab's API description is not beside the repository");
    };
    let mut problems = Vec::new();
    for stream in CATALOGUE {
        let Some(endpoint) = description.endpoint(stream.path) else {
            if !undescribed(stream.path) {
                problems.push(format!("{}: no {}", stream.name, stream.path));
            }
            continue;
        };
        if undescribed(stream.path) {
            problems.push(format!("{}: {} is described", stream.name, stream.path));
        }
        let more = match stream.reading {
            Reading::Updated { order } => format!("updated_after=&{order}"),
            Reading::Newest { since } => since.to_owned(),
            Reading::Ids { refresh: more, .. } | Reading::History { from: more, .. } => {
                let (path, query) = more.split_once('?').unwrap_or((more, ""));
                let asked = description.endpoint(path);
                let has = |name| asked.is_some_and(|it| it.query.contains(name));
                if !parameters(query).all(has) {
                    problems.push(format!("{}: no {more}", stream.name));
                }
                match stream.reading {
                    Reading::History { since, .. } => since.to_owned(),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        };
        for name in parameters(stream.query).chain(parameters(&more)) {
            if !endpoint.query.contains(name) {
                problems.push(format!("{}: no parameter {name}", stream.name));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_field_is_gitlabs() {
    let Some(description) = Description::load() else {
        return eprintln!("skipped: GitLab's API description is not beside the repository");
    };
    let (mut problems, mut compared) = (Vec::new(), 0);
    for stream in CATALOGUE {
        let endpoint = description.endpoint(stream.path);
        let described = endpoint.and_then(|endpoint| endpoint.entity.as_deref());
        let Some(entity) = entity(stream, described) else {
            continue;
        };
        let own = stream.key.iter().filter(|field| !field.starts_with(':'));
        let columns = stream.columns.iter().map(|column| column.path);
        let fields = own.copied().chain(stream.time).chain(columns);
        for field in fields.chain(stream.secrets.iter().copied()) {
            compared += 1;
            if description.has(entity, field) == Some(false) {
                problems.push(format!("{}: {entity} has no {field}", stream.name));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(compared > 500, "only {compared} fields");
}

#[test]
fn text_has_one_column() {
    for stream in CATALOGUE {
        if let Reading::Each {
            shape: Shape::Text, ..
        } = stream.reading
        {
            let columns: Vec<&str> = stream.columns.iter().map(|column| column.path).collect();
            assert_eq!(columns, ["text"], "`{}`", stream.name);
        }
    }
}
