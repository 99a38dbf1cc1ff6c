//! GitLab's API description (Swagger as YAML): its GET endpoints with their parameters, and its entities.
//!
//! Reads the layout that GitLab's generator writes, two spaces a level, and no other YAML.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// What is described.
#[derive(Default)]
pub(crate) struct Description {
    /// By path with `{}` for every parameter: `projects/{}/jobs`.
    endpoints: BTreeMap<String, Endpoint>,
    /// Fields by entity, each with the entity that it holds, if any.
    entities: BTreeMap<String, BTreeMap<String, Option<String>>>,
}

/// A GET endpoint.
#[derive(Default)]
pub(crate) struct Endpoint {
    /// Names of the parameters in the query.
    pub(crate) query: BTreeSet<String>,
    /// What it answers with.
    pub(crate) entity: Option<String>,
}

impl Description {
    /// Reads it from `$LABTOWER_REFERENCE/gitlab` or beside the repository; none if it is not there.
    pub(crate) fn load() -> Option<Self> {
        let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
        let root = std::env::var_os("LABTOWER_REFERENCE").map_or(beside, PathBuf::from);
        let text = std::fs::read_to_string(root.join("gitlab/openapi_v2_full.yaml")).ok()?;
        Some(Self::read(&text))
    }

    pub(crate) fn endpoint(&self, path: &str) -> Option<&Endpoint> {
        self.endpoints.get(&anonymous(path))
    }

    /// Whether the entity has the field at a dotted path; none if the entity, or one on the way, is not described.
    pub(crate) fn has(&self, entity: &str, path: &str) -> Option<bool> {
        let fields = self.entities.get(entity)?;
        let (first, rest) = path
            .split_once('.')
            .map_or((path, None), |(a, b)| (a, Some(b)));
        match (fields.get(first), rest) {
            (None, _) => Some(false),
            (Some(_), None) => Some(true),
            (Some(inner), Some(rest)) => self.has(inner.as_deref()?, rest),
        }
    }

    fn read(text: &str) -> Self {
        let mut all = Self::default();
        let (paths, definitions) = text.split_once("\ndefinitions:\n").unwrap();
        let (mut path, mut verb, mut status, mut inside_query) = ("", "", "", false);
        for line in paths.lines() {
            let part = line.trim();
            match line.len() - line.trim_start().len() {
                2 => (path, verb) = (key(part), ""),
                4 => (verb, status) = (key(part), ""),
                _ if verb != "get" || !path.starts_with("/api/v4/") => {}
                6 if part.starts_with("- in: ") => inside_query = part == "- in: query",
                8 if inside_query && part.starts_with("name: ") => {
                    let name = part.trim_start_matches("name: ").trim_matches(['"', '\'']);
                    all.at(path).query.insert(name.to_owned());
                }
                8 => status = key(part),
                _ if status == "200" => {
                    if let Some(entity) = reference(part) {
                        all.at(path).entity.get_or_insert(entity);
                    }
                }
                _ => {}
            }
            if verb == "get" && path.starts_with("/api/v4/") {
                all.at(path);
            }
        }
        let (mut entity, mut field, mut inside) = ("", "", false);
        for line in definitions.lines() {
            let part = line.trim();
            match line.len() - line.trim_start().len() {
                2 => (entity, inside) = (key(part), false),
                4 => inside = part == "properties:",
                6 if inside && part.ends_with(':') => {
                    field = key(part);
                    let fields = all.entities.entry(entity.to_owned()).or_default();
                    fields.insert(field.to_owned(), None);
                }
                8 | 10 if inside => {
                    if let Some(inner) = reference(part) {
                        let fields = all.entities.entry(entity.to_owned()).or_default();
                        fields.insert(field.to_owned(), Some(inner));
                    }
                }
                _ => {}
            }
        }
        all
    }

    fn at(&mut self, path: &str) -> &mut Endpoint {
        let path = anonymous(path.trim_start_matches("/api/v4/"));
        self.endpoints.entry(path).or_default()
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

/// `projects/:id/jobs` and `projects/{id}/jobs` as `projects/{}/jobs`: names differ between descriptions.
fn anonymous(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        _ if part.starts_with(['{', ':']) => "{}",
        // Of the files of a repository one is read.
        "README.md" => "{}",
        _ => part,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn the_description_is_read_as_it_is_written() {
    let Some(description) = Description::load() else {
        return eprintln!("skipped: GitLab's API description is not beside the repository");
    };
    assert!(description.endpoints.len() > 300);
    assert!(description.entities.len() > 400);
    let jobs = description.endpoint("projects/:id/jobs").unwrap();
    assert!(jobs.query.contains("scope") && !jobs.query.contains("id"));
    assert_eq!(jobs.entity.as_deref(), Some("API_Entities_Ci_Job"));
    let has = |path| description.has("API_Entities_Ci_Job", path);
    assert_eq!(has("user.username"), Some(true));
    assert_eq!(has("artifacts"), Some(true));
    assert_eq!(has("updated_at"), Some(false));
}
