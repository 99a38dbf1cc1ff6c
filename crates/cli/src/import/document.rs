//! A YAML file as a flat list of its values, each with its path and line.

use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

/// One value of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    /// Where it stands, with `[]` for a place in a list: `projects[].name`.
    pub(super) path: String,
    /// The place in the outermost list, counted from 0; `None` outside of lists.
    pub(super) item: Option<usize>,
    /// Its line, counted from 1.
    pub(super) line: usize,
    /// What it says.
    pub(super) value: Value,
}

/// A scalar of YAML.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// Any number.
    Number(f64),
    /// Everything else.
    Text(String),
}

impl std::fmt::Display for Value {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Bool(value) => value.fmt(out),
            Self::Number(value) => value.fmt(out),
            Self::Text(value) => out.write_str(value),
        }
    }
}

/// Why a text is not a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotYaml {
    /// Counted from 1.
    pub line: usize,
    /// A lowercase fragment without a final stop.
    pub message: String,
}

/// The values of the first document in the order of the file; an empty map is a null, an empty list nothing.
///
/// # Errors
/// When the text is not YAML, or its outermost value is not a map.
pub(super) fn entries(text: &str) -> Result<Vec<Entry>, NotYaml> {
    let documents = MarkedYaml::load_from_str(text).map_err(|error| NotYaml {
        line: error.marker().line(),
        message: format!("not YAML: {}", error.info()),
    })?;
    let mut entries = Vec::new();
    let Some(root) = documents.first() else {
        return Ok(entries);
    };
    match &root.data {
        YamlData::Mapping(_) => walk(root, "", None, &mut entries),
        YamlData::Value(Scalar::Null) => {}
        _ => {
            return Err(NotYaml {
                line: root.span.start.line(),
                message: "the file is not a map of settings".to_owned(),
            });
        }
    }
    Ok(entries)
}

fn walk(node: &MarkedYaml<'_>, path: &str, item: Option<usize>, entries: &mut Vec<Entry>) {
    match &node.data {
        // A wildcard without any key has a meaning: every project.
        YamlData::Mapping(map) if !map.is_empty() => {
            let merged = map
                .iter()
                .filter(|(key, _)| key.data.as_str() == Some(MERGE))
                .flat_map(|(_, value)| sources(value));
            let own: Vec<&str> = map.keys().filter_map(|key| key.data.as_str()).collect();
            let inherited = merged
                .flat_map(|source| source.data.as_mapping().into_iter().flatten())
                .filter(|(key, _)| !key.data.as_str().is_some_and(|name| own.contains(&name)));
            for (key, value) in map.iter().chain(inherited) {
                let Some(name) = key.data.as_str() else {
                    continue;
                };
                if name == MERGE {
                    continue;
                }
                let path = if path.is_empty() {
                    name.to_owned()
                } else {
                    format!("{path}.{name}")
                };
                walk(value, &path, item, entries);
            }
        }
        YamlData::Sequence(list) => {
            for (position, value) in list.iter().enumerate() {
                let outermost = item.or(Some(position));
                walk(value, &format!("{path}[]"), outermost, entries);
            }
        }
        YamlData::Tagged(_, inner) => walk(inner, path, item, entries),
        data => entries.push(Entry {
            path: path.to_owned(),
            item,
            line: node.span.start.line(),
            value: scalar(data),
        }),
    }
}

/// The key whose value's entries count as entries of the map around it.
const MERGE: &str = "<<";

/// The maps a merge key names: one, or a list of them.
fn sources<'a, 'b>(value: &'a MarkedYaml<'b>) -> Vec<&'a MarkedYaml<'b>> {
    match &value.data {
        YamlData::Sequence(list) => list.iter().collect(),
        _ => vec![value],
    }
}

fn scalar<'a>(data: &YamlData<'a, MarkedYaml<'a>>) -> Value {
    match data {
        YamlData::Value(Scalar::Boolean(value)) => Value::Bool(*value),
        YamlData::Value(Scalar::Integer(value)) => Value::Number(*value as f64),
        YamlData::Value(Scalar::FloatingPoint(value)) => Value::Number(value.into_inner()),
        YamlData::Value(Scalar::String(value)) => Value::Text(value.clone().into_owned()),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(String, usize, String)> {
        let entries = entries(text).unwrap();
        let row = |entry: &Entry| (entry.path.clone(), entry.line, entry.value.to_string());
        entries.iter().map(row).collect()
    }

    #[test]
    fn every_value_has_its_path_and_line() {
        let text = "gitlab:\n  url: https://x\n\nprojects:\n  - name: a/b\n    pull:\n      pipeline: {per_ref: 2}\n  - name: c/d\n";
        let found = paths(text);
        let row = |path: &str, line, value: &str| (path.to_owned(), line, value.to_owned());
        assert_eq!(
            found,
            [
                row("gitlab.url", 2, "https://x"),
                row("projects[].name", 5, "a/b"),
                row("projects[].pull.pipeline.per_ref", 7, "2"),
                row("projects[].name", 8, "c/d"),
            ]
        );
        let items: Vec<_> = entries(text).unwrap().iter().map(|e| e.item).collect();
        assert_eq!(items, [None, Some(0), Some(0), Some(1)]);
    }

    #[test]
    fn anchors_and_merge_keys_count_and_what_is_written_wins() {
        let text = "a: &base\n  x: 1\n  y: 2\nb:\n  <<: *base\n  y: 3\n";
        let values: Vec<_> = paths(text)
            .into_iter()
            .map(|(path, _, value)| format!("{path}={value}"))
            .collect();
        assert_eq!(values, ["a.x=1", "a.y=2", "b.y=3", "b.x=1"]);
    }

    #[test]
    fn what_is_not_a_map_is_refused_and_an_empty_file_is_not() {
        assert_eq!(entries("").unwrap(), []);
        assert_eq!(entries("# nothing\n").unwrap(), []);
        assert_eq!(entries("- a\n").unwrap_err().line, 1);
        let broken = entries("a:\n  - b\n c: [\n").unwrap_err();
        assert!(broken.message.starts_with("not YAML: "), "{broken:?}");
    }
}
