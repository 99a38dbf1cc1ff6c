//! The dashboard asks questions this server answers, and names fields that are there.

use std::fs;

use serde_json::{Map, Value, json};

use crate::app::TestApp;

/// The datasource plugin the dashboard is made for.
const INFINITY: &str = "yesoreyeram-infinity-datasource";

fn dashboard() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../grafana/gitlab-ci.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What a value of a parameter becomes when the dashboard is opened and nothing is chosen, or something is.
fn interpolate(text: &str, chosen: bool) -> String {
    let values = [
        ("${__from:date:seconds}", "1792540800", "1792540800"),
        ("${__to:date:seconds}", "1795244400", "1795244400"),
        ("${project:csv}", "All", "platform/web,apps/shop"),
        ("${ref:csv}", "All", "main,v1.0"),
        ("${exclude_projects:csv}", " ", "platform/tools/builder"),
        ("${datasource}", "labtower", "labtower"),
    ];
    let mut text = text.to_owned();
    for (name, all, some) in values {
        text = text.replace(name, if chosen { some } else { all });
    }
    assert!(!text.contains("${"), "{text} names an unknown variable");
    text
}

/// Every query of panels and variables, with the title it stands under.
fn queries(dashboard: &Value) -> Vec<(String, Value)> {
    let mut queries = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            queries.push((panel["title"].as_str().unwrap().to_owned(), target.clone()));
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        if variable["type"] == "query" {
            let name = variable["name"].as_str().unwrap();
            queries.push((
                format!("${name}"),
                variable["query"]["infinityQuery"].clone(),
            ));
        }
    }
    queries
}

/// The address a query asks, its parameters encoded.
fn target(query: &Value, chosen: bool) -> String {
    let url = interpolate(query["url"].as_str().unwrap(), chosen);
    assert!(
        url.starts_with("/api/"),
        "{url}: the base is set in the datasource"
    );
    assert_eq!(query["url_options"]["method"], "GET");
    let pairs: Vec<String> = query["url_options"]["params"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| {
            let value = interpolate(pair["value"].as_str().unwrap(), chosen);
            format!(
                "{}={}",
                encode(pair["key"].as_str().unwrap()),
                encode(&value)
            )
        })
        .collect();
    format!("{url}?{}", pairs.join("&"))
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Applies the selectors this dashboard uses: none, `$map` to objects, `$append` of two.
fn select(selector: &str, value: &Value) -> Value {
    let selector = selector.trim();
    if selector.is_empty() || selector == "$" {
        return value.clone();
    }
    if let Some(inner) = call(selector, "$append") {
        let (first, second) = inner.split_at(split(inner));
        let mut all = select(first, value).as_array().unwrap().clone();
        all.extend(select(&second[1..], value).as_array().unwrap().clone());
        return Value::Array(all);
    }
    if let Some(inner) = call(selector, "$map") {
        let body = inner.strip_prefix("$, function($v) {").unwrap();
        let template = body
            .trim()
            .strip_suffix('}')
            .unwrap()
            .replace("$v", "\"$v\"");
        let template: Map<String, Value> = serde_json::from_str(&template).unwrap();
        let item = |item: &Value| {
            let fields = template
                .iter()
                .map(|(name, _)| (name.clone(), item.clone()));
            Value::Object(fields.collect())
        };
        return value.as_array().unwrap().iter().map(item).collect();
    }
    serde_json::from_str(selector).unwrap_or_else(|_| panic!("{selector} is not understood"))
}

fn call<'a>(selector: &'a str, name: &str) -> Option<&'a str> {
    selector
        .strip_prefix(name)?
        .strip_prefix('(')?
        .strip_suffix(')')
}

/// Place of the comma between the two arguments.
fn split(arguments: &str) -> usize {
    let mut depth = 0;
    arguments
        .find(|character| {
            match character {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            character == ',' && depth == 0
        })
        .unwrap()
}

#[tokio::test]
async fn every_query_is_answered_and_every_column_is_found() {
    let app = TestApp::with_samples().await;
    for (title, query) in queries(&dashboard()) {
        assert_eq!(query["datasource"]["type"], INFINITY, "{title}");
        for chosen in [false, true] {
            let target = target(&query, chosen);
            let answer = app.json(&target).await;
            let selected = select(query["root_selector"].as_str().unwrap(), &answer);
            let rows = match selected {
                Value::Array(rows) => rows,
                one => vec![one],
            };
            assert!(
                chosen || !rows.is_empty(),
                "{title}: {target} gives nothing to check"
            );
            for row in &rows {
                for column in query["columns"].as_array().unwrap() {
                    fits(row, column, &format!("{title}: {target}"));
                }
            }
        }
    }
}

/// A column's field is there and of the type the panel takes it for; null is no value of any type.
fn fits(row: &Value, column: &Value, place: &str) {
    let name = column["selector"].as_str().unwrap();
    let field = row
        .get(name)
        .unwrap_or_else(|| panic!("{place}: no field `{name}`"));
    let fits = match column["type"].as_str().unwrap() {
        // Ids are shown as text, so that no thousands are set apart.
        "string" => field.is_string() || name == "id" || field.is_null(),
        "number" => field.is_number() || field.is_null(),
        "timestamp" => field.is_null() || is_time(field.as_str().unwrap()),
        other => panic!("{place}: type `{other}` is not expected"),
    };
    assert!(fits, "{place}: `{name}` is {field}");
}

fn is_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok()
}

#[tokio::test]
async fn choices_reach_the_panels() {
    let app = TestApp::with_samples().await;
    let dashboard = dashboard();
    let queries = queries(&dashboard);
    let find = |title: &str| &queries.iter().find(|(name, _)| name == title).unwrap().1;
    let total = find("Total Pipelines");
    assert_eq!(app.json(&target(total, false)).await["total_count"], 7);
    assert_eq!(app.json(&target(total, true)).await["total_count"], 4);
    let rate = find("Success Rate");
    assert_eq!(app.json(&target(rate, true)).await["success_rate"], 25.0);
    let excluded = select(
        find("$exclude_projects")["root_selector"].as_str().unwrap(),
        &json!(["a/b"]),
    );
    assert_eq!(
        excluded,
        json!([{"name": "None", "value": " "}, {"name": "a/b", "value": "a/b"}])
    );
}

#[test]
fn it_is_the_dashboard_people_know() {
    let dashboard = dashboard();
    assert_eq!(dashboard["uid"], "gitlab-ci-monitor");
    let titles: Vec<&str> = dashboard["panels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|panel| panel["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        [
            "Total Pipelines",
            "Avg Duration",
            "Success Rate",
            "Currently Running",
            "Failed Pipelines (In Period)",
            "Success Pipelines (In Period)",
            "Daily Pipeline Trend",
            "Project Performance (Avg Duration)",
        ]
    );
    let variables: Vec<&str> = dashboard["templating"]["list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        variables,
        ["datasource", "project", "ref", "exclude_projects"]
    );
    for (title, query) in queries(&dashboard) {
        for pair in query["url_options"]["params"].as_array().unwrap() {
            assert!(
                !pair["key"].as_str().unwrap().contains(':'),
                "{title}: {pair}"
            );
        }
    }
}
