//! What is written down about the API is what it does.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::app::TestApp;

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// Every path with its method, as the description lists them.
fn described() -> BTreeSet<(String, String)> {
    let description: Value = serde_json::from_str(&labtower_serve::openapi_json()).unwrap();
    let paths = description["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect()
}

#[test]
fn the_stored_description_is_current() {
    let path = file("docs/openapi.json");
    let current = labtower_serve::openapi_json();
    if std::env::var_os("LABTOWER_UPDATE").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        stored == current,
        "docs/openapi.json is old: run the tests with LABTOWER_UPDATE=1"
    );
}

#[test]
fn the_description_lists_every_path() {
    let listed: Vec<String> = described()
        .into_iter()
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(
        listed,
        [
            "GET /api/jobs",
            "GET /api/openapi.json",
            "GET /api/pipelines",
            "GET /api/pipelines/{id}",
            "GET /api/projects",
            "GET /api/refs",
            "GET /api/stats/projects",
            "GET /api/stats/summary",
            "GET /api/stats/trend",
            "GET /api/sync",
            "GET /failures",
            "GET /failures/job/{id}",
            "GET /g/{id}",
            "GET /groups",
            "GET /health",
            "GET /healthz",
            "GET /jobs/{name}",
            "GET /live",
            "GET /metrics",
            "GET /p/{project}",
            "GET /p/{project}/-/jobs/{name}",
            "GET /pattern",
            "GET /pipelines",
            "GET /pipelines/{id}",
            "GET /readyz",
            "GET /trends",
            "POST /actions/{action}",
            "POST /api/refresh_daily_stats",
            "POST /webhooks/gitlab",
        ]
    );
}

#[tokio::test]
async fn every_described_path_answers_and_serves_what_it_describes() {
    let app = TestApp::with_samples().await;
    let description: Value = app.json("/api/openapi.json").await;
    for (method, path) in described() {
        let target = match path.as_str() {
            "/failures/job/{id}" => "/failures/job/60004?format=json".to_owned(),
            // Nobody may write here; what those may who can is tested with the actions.
            // Nothing failed, so that there is no group; its page is tested where there is one.
            // Webhooks are off here; they have tests of their own.
            // What has no end is tested where it is ended.
            "/actions/{action}" | "/g/{id}" | "/webhooks/gitlab" | "/live" => continue,
            described => {
                let path = described
                    .replace("{id}", "1003")
                    .replace("{project}", "platform/web")
                    .replace("{name}", "test");
                let parameters =
                    &description["paths"][&described][method.to_lowercase()]["parameters"];
                let mut parameters = parameters.as_array().into_iter().flatten();
                if parameters.any(|parameter| parameter["name"] == "format") {
                    format!("{path}?format=json")
                } else {
                    path
                }
            }
        };
        let answer = app.send(&method, &target, &[]).await;
        assert_eq!(answer.status, 200, "{method} {path}");
        let operation = &description["paths"][&path][method.to_lowercase()];
        let content = &operation["responses"]["200"]["content"];
        if let Some(schema) = content["application/json"].get("schema") {
            matches(&description, schema, &answer.json(), &path);
        } else {
            assert!(content.get("text/plain").is_some(), "{path}");
        }
    }
}

/// Checks `value` against a schema: types, required names, no name undescribed.
fn matches(description: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        return matches(
            description,
            description.pointer(pointer).unwrap(),
            value,
            place,
        );
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let chosen = choices
            .iter()
            .find(|choice| (choice["type"] == "null") == value.is_null())
            .unwrap_or_else(|| panic!("{place}: none of {choices:?}"));
        return matches(description, chosen, value, place);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    assert!(
        allowed.contains(&kind),
        "{place} is {kind}, described as {allowed:?}"
    );
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate() {
            matches(
                description,
                &schema["items"],
                item,
                &format!("{place}[{index}]"),
            );
        }
    }
    if let (Value::Object(fields), Some(properties)) = (value, schema["properties"].as_object()) {
        for (name, field) in fields {
            let schema = properties
                .get(name)
                .unwrap_or_else(|| panic!("{place}.{name} is not described"));
            matches(description, schema, field, &format!("{place}.{name}"));
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            assert!(
                fields.contains_key(name.as_str().unwrap()),
                "{place} lacks {name}"
            );
        }
    }
}

#[test]
fn the_reference_names_every_path_parameter_and_field() {
    let text = fs::read_to_string(file("docs/api.md")).unwrap();
    let description: Value = serde_json::from_str(&labtower_serve::openapi_json()).unwrap();
    for (method, path) in described() {
        assert!(
            text.contains(&format!("`{method} {path}`")),
            "{method} {path}"
        );
        let operation = &description["paths"][&path][method.to_lowercase()];
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            assert!(
                text.contains(&format!("`{name}`")),
                "parameter {name} of {path}"
            );
        }
    }
    for (schema, body) in description["components"]["schemas"].as_object().unwrap() {
        for name in body["properties"]
            .as_object()
            .into_iter()
            .flat_map(|all| all.keys())
        {
            assert!(
                text.contains(&format!("`{name}`")),
                "field {name} of {schema}"
            );
        }
    }
}

#[test]
fn the_reference_names_no_path_that_is_not_there() {
    let text = fs::read_to_string(file("docs/api.md")).unwrap();
    let described = described();
    for line in text
        .lines()
        .filter(|line| line.starts_with("## `") || line.starts_with("### `"))
    {
        let call = line.split('`').nth(1).unwrap();
        let (method, path) = call.split_once(' ').unwrap();
        assert!(
            described.contains(&(method.to_owned(), path.to_owned())),
            "{call}"
        );
    }
}
