//! GitLab's API description (Swagger as YAML): its GET endpoints and the fields of its entities.
//!
//! Reads the layout that GitLab's generator writes, two spaces a level, and no other YAML.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

/// Fields of an entity, each with the entity that it holds, if any.
type Fields = BTreeMap<String, Option<String>>;

/// The parts of the description that we compare with.
#[derive(Default)]
pub(crate) struct Description {
    /// By path without parameter names (`/projects/{}/jobs`): the entity of the answer.
    endpoints: BTreeMap<String, Option<String>>,
    entities: BTreeMap<String, Fields>,
}

impl Description {
    /// Reads it from `$LABTOWER_REFERENCE/gitlab` or beside the repository; none if it is not there.
    pub(crate) fn load() -> Option<Self> {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let root = std::env::var_os("LABTOWER_REFERENCE").map_or(beside, PathBuf::from);
        let text = std::fs::read_to_string(root.join("gitlab/openapi_v2_full.yaml")).ok()?;
        let (paths, definitions) = text.split_once("\ndefinitions:\n")?;
        let mut description = Self::default();
        description.read_paths(paths);
        description.read_definitions(definitions);
        Some(description)
    }

    fn read_paths(&mut self, text: &str) {
        let (mut path, mut get, mut status) = ("", false, "");
        for line in text.lines() {
            let part = line.trim();
            match line.len() - line.trim_start().len() {
                2 => (path, get) = (key(part), false),
                4 => {
                    get = part == "get:" && path.starts_with("/api/v4");
                    if get {
                        self.endpoints.insert(anonymous(path), None);
                    }
                }
                8 if get => status = key(part),
                _ if get && status == "200" => {
                    if let Some(name) = reference(part)
                        && let Some(entity) = self.endpoints.get_mut(&anonymous(path))
                    {
                        entity.get_or_insert(name);
                    }
                }
                _ => {}
            }
        }
    }

    fn read_definitions(&mut self, text: &str) {
        let (mut entity, mut field, mut inside) = ("", "", false);
        for line in text.lines() {
            let part = line.trim();
            let depth = line.len() - line.trim_start().len();
            match depth {
                2 => (entity, inside) = (key(part), false),
                4 => inside = part == "properties:",
                6 if inside && part.ends_with(':') => {
                    field = key(part);
                    let fields = self.entities.entry(entity.to_owned()).or_default();
                    fields.insert(field.to_owned(), None);
                }
                // The description writes some lists as single objects: `assignees`, for one.
                8 | 10 if inside => {
                    if let Some(inner) = reference(part) {
                        let fields = self.entities.entry(entity.to_owned()).or_default();
                        fields.insert(field.to_owned(), Some(inner));
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether GitLab has this route.
    pub(crate) fn has(&self, route: &str) -> bool {
        self.endpoints.contains_key(&anonymous(route))
    }

    /// Name of the entity the route answers with.
    pub(crate) fn entity(&self, route: &str) -> Option<String> {
        self.endpoints.get(&anonymous(route))?.clone()
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
        let Some(known) = self.entities.get(entity) else {
            panic!("the description has no entity `{entity}` (at {path})");
        };
        for (name, field) in fields {
            let path = format!("{path}.{name}");
            match known.get(name) {
                None if unknown.contains(&path) => {}
                None => unknown.push(path),
                Some(Some(inner)) if self.entities.contains_key(inner) => {
                    self.compare(inner, field, &path, unknown);
                }
                Some(_) => {}
            }
        }
    }
}

/// `"/a/b":` as `/a/b`.
fn key(part: &str) -> &str {
    part.trim_end_matches(':').trim_matches(['"', '\''])
}

fn reference(part: &str) -> Option<String> {
    let (_, name) = part.split_once("#/definitions/")?;
    Some(name.trim_end_matches('"').to_owned())
}

/// `/api/v4/projects/{id}/jobs` as `/projects/{}/jobs`: parameter names differ between descriptions.
fn anonymous(path: &str) -> String {
    let parts = path.trim_start_matches("/api/v4").split('/');
    let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
