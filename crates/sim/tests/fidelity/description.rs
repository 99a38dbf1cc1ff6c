//! GitLab's API description: its GET endpoints and the fields of its entities.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// The parts of the description that we compare with.
pub(crate) struct Description {
    /// By path without parameter names: `/projects/{}/jobs`.
    endpoints: BTreeMap<String, Value>,
    entities: Value,
}

impl Description {
    /// Reads it from `$LABTOWER_REFERENCE/gitlab` or beside the repository; none if it is not there.
    pub(crate) fn load() -> Option<Self> {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let root = std::env::var_os("LABTOWER_REFERENCE").map_or(beside, PathBuf::from);
        let read = |name: &str| -> Option<Value> {
            let text = std::fs::read_to_string(root.join("gitlab").join(name)).ok()?;
            Some(serde_json::from_str(&text).expect("the description is JSON"))
        };
        let endpoints = read("openapi_get_endpoints.json")?;
        let entities = read("openapi_entities.json")?;
        let endpoints = endpoints.as_object()?.iter();
        let endpoints = endpoints
            .map(|(path, endpoint)| {
                (
                    anonymous(path.trim_start_matches("/api/v4")),
                    endpoint.clone(),
                )
            })
            .collect();
        Some(Self {
            endpoints,
            entities,
        })
    }

    /// Whether GitLab has this route.
    pub(crate) fn has(&self, route: &str) -> bool {
        self.endpoints.contains_key(&anonymous(route))
    }

    /// Name of the entity the route answers with.
    pub(crate) fn entity(&self, route: &str) -> Option<String> {
        let answer = &self.endpoints.get(&anonymous(route))?["responses"]["200"];
        reference(answer).or_else(|| reference(&answer["items"]))
    }

    /// Fields of `value` (an object or a list of them) that the entity does not have, as paths.
    pub(crate) fn unknown_fields(&self, entity: &str, value: &Value) -> Vec<String> {
        let mut unknown = Vec::new();
        self.compare(entity, value, entity, &mut unknown);
        unknown
    }

    fn compare(&self, entity: &str, value: &Value, path: &str, unknown: &mut Vec<String>) {
        let fields = match value {
            Value::Array(items) => {
                for item in items {
                    self.compare(entity, item, path, unknown);
                }
                return;
            }
            Value::Object(fields) => fields,
            _ => return,
        };
        let known = &self.entities[entity]["properties"];
        assert!(
            known.is_object(),
            "the description has no entity `{entity}` (at {path})"
        );
        for (name, field) in fields {
            let path = format!("{path}.{name}");
            let Some(property) = known.get(name) else {
                if !unknown.contains(&path) {
                    unknown.push(path);
                }
                continue;
            };
            // The description writes some lists as single objects: `assignees`, for one.
            if let Some(inner) = reference(property).or_else(|| reference(&property["items"]))
                && self.entities.get(&inner).is_some()
            {
                self.compare(&inner, field, &path, unknown);
            }
        }
    }
}

/// `/projects/{id}/jobs` as `/projects/{}/jobs`: parameter names differ between descriptions.
fn anonymous(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

fn reference(schema: &Value) -> Option<String> {
    Some(schema.get("$ref")?.as_str()?.rsplit('/').next()?.to_owned())
}
