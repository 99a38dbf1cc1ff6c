//! Values of typed columns, taken from the text of a row.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_extract::{Column, ColumnKind};
use serde_json::value::RawValue;

/// What a typed column holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Time(Timestamp),
    /// A day.
    Date(Date),
    /// Anything, as JSON text, to the byte as GitLab wrote it.
    Json(String),
}

type Object<'a> = HashMap<String, &'a RawValue>;

/// The value of each column in a row's body; `None` where there is none, or one of another kind.
///
/// Only the top of the body is parsed, and what a column points at: numbers that no machine type holds and any depth
/// of nesting pass through untouched.
pub(crate) fn values(body: &str, columns: &[Column]) -> Vec<Option<Value>> {
    let Ok(object) = serde_json::from_str::<Object<'_>>(body) else {
        return vec![None; columns.len()];
    };
    columns
        .iter()
        .map(|column| read(find(&object, column.path)?.get(), column.kind))
        .collect()
}

fn find<'a>(object: &Object<'a>, path: &str) -> Option<&'a RawValue> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    let inner: Object<'a> = serde_json::from_str(object.get(first)?.get()).ok()?;
    find(&inner, rest)
}

fn read(text: &str, kind: ColumnKind) -> Option<Value> {
    if text == "null" {
        return None;
    }
    let string = || serde_json::from_str::<String>(text).ok();
    Some(match kind {
        ColumnKind::Text => Value::Text(string()?),
        ColumnKind::Int => Value::Int(serde_json::from_str(text).ok()?),
        ColumnKind::Float => Value::Float(serde_json::from_str(text).ok()?),
        ColumnKind::Bool => Value::Bool(serde_json::from_str(text).ok()?),
        ColumnKind::Time => Value::Time(string()?.parse().ok()?),
        ColumnKind::Date => Value::Date(string()?.parse().ok()?),
        ColumnKind::Json => Value::Json(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(body: &str, path: &'static str, kind: ColumnKind) -> Option<Value> {
        let column = Column {
            name: "c",
            path,
            kind,
        };
        values(body, &[column]).remove(0)
    }

    #[test]
    fn a_value_of_its_kind_is_taken() {
        let body = r#"{"n": 7, "f": 2.5, "b": true, "s": "x\u0000y", "d": "2026-02-28",
            "t": "2026-02-28T01:00:00.5+01:00", "j": {"a": [1e400, 123456789012345678901234567890]}, "a": {"u": "me"}}"#;
        assert_eq!(one(body, "n", ColumnKind::Int), Some(Value::Int(7)));
        assert_eq!(one(body, "f", ColumnKind::Float), Some(Value::Float(2.5)));
        assert_eq!(one(body, "n", ColumnKind::Float), Some(Value::Float(7.0)));
        assert_eq!(one(body, "b", ColumnKind::Bool), Some(Value::Bool(true)));
        assert_eq!(
            one(body, "s", ColumnKind::Text),
            Some(Value::Text("x\0y".to_owned()))
        );
        assert_eq!(
            one(body, "d", ColumnKind::Date),
            Some(Value::Date(jiff::civil::date(2026, 2, 28)))
        );
        assert_eq!(
            one(body, "t", ColumnKind::Time),
            Some(Value::Time("2026-02-28T00:00:00.5Z".parse().unwrap()))
        );
        assert_eq!(
            one(body, "j", ColumnKind::Json),
            Some(Value::Json(
                r#"{"a": [1e400, 123456789012345678901234567890]}"#.to_owned()
            ))
        );
        assert_eq!(
            one(body, "a.u", ColumnKind::Text),
            Some(Value::Text("me".to_owned()))
        );
    }

    #[test]
    fn a_value_of_another_kind_is_absent() {
        let body =
            r#"{"n": 123456789012345678901234567890, "f": 1.5, "s": "soon", "z": null, "a": null}"#;
        for (path, kind) in [
            ("n", ColumnKind::Int),
            ("f", ColumnKind::Int),
            ("s", ColumnKind::Bool),
            ("s", ColumnKind::Time),
            ("s", ColumnKind::Date),
            ("n", ColumnKind::Text),
            ("z", ColumnKind::Json),
            ("a.u", ColumnKind::Text),
            ("s.u", ColumnKind::Text),
            ("gone", ColumnKind::Text),
        ] {
            assert_eq!(one(body, path, kind), None, "{path} as {kind:?}");
        }
        assert_eq!(one("[1]", "n", ColumnKind::Int), None);
    }

    #[test]
    fn depth_does_not_matter() {
        let body = format!(
            r#"{{"id": 1, "deep": {}{}}}"#,
            "[".repeat(5000),
            "]".repeat(5000)
        );
        assert_eq!(one(&body, "id", ColumnKind::Int), Some(Value::Int(1)));
    }
}
