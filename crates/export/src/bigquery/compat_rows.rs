//! Rows as `gitlab-data-export` has them: GitLab's own nesting, less what its tables lack, and whose they are.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_extract::Row;
use serde_json::{Map, Value};

use super::compat_schema::{RAW, Shape};
use super::field::{Field, Kind, Mode};
use super::rows::time;
use crate::sink::SinkError;

/// Paths of projects and groups by parent: `projects/7` to `group/project`.
pub(super) type Names = BTreeMap<String, String>;

/// A row's columns; `None` for tombstones, which those tables do not have.
pub(super) fn encode(
    shape: Shape,
    fields: &[Field],
    data_date: Timestamp,
    parent: &str,
    row: &Row,
    names: &Names,
) -> Result<Option<Map<String, Value>>, SinkError> {
    if row.deleted {
        return Ok(None);
    }
    let refused = |detail: String| SinkError::Refused {
        what: format!(
            "write row `{}` of {parent} to the table `{}`",
            row.id,
            shape.name()
        ),
        detail,
    };
    let mut body: Map<String, Value> =
        serde_json::from_str(&row.body).map_err(|error| refused(error.to_string()))?;
    let name = names.get(parent).cloned().or_else(|| path(&body));
    if shape == Shape::Milestones {
        locate(&mut body, parent);
        body.insert("location_name".to_owned(), name.into());
    } else if shape == Shape::Epics {
        body.insert("group_name".to_owned(), name.into());
    } else {
        body.insert("project_name".to_owned(), name.into());
    }
    body.insert("data_date".to_owned(), format!("{data_date:.6}").into());
    body.insert(RAW.to_owned(), row.body.as_str().into());
    let columns = record(fields, &mut body).map_err(|field| {
        refused(format!(
            "it has no `{field}`, which that table wants of every row"
        ))
    })?;
    Ok(Some(columns))
}

/// A milestone's own place: its table has one column for ids of groups and of projects.
fn locate(body: &mut Map<String, Value>, parent: &str) {
    let (kind, id) = match (body.remove("project_id"), body.remove("group_id")) {
        (Some(id), _) if !id.is_null() => ("project", id),
        (_, Some(id)) if !id.is_null() => ("group", id),
        _ => {
            let (kind, id) = parent.split_once('/').unwrap_or_default();
            (kind.trim_end_matches('s'), id.into())
        }
    };
    body.insert("location".to_owned(), kind.into());
    body.insert("location_id".to_owned(), id);
}

/// The path of whom a row belongs to, from what the row says of itself.
fn path(body: &Map<String, Value>) -> Option<String> {
    if let Some(full) = body.get("references").and_then(|all| all["full"].as_str()) {
        let end = full.rfind(['#', '!', '&'])?;
        return Some(full[..end].to_owned());
    }
    let address = body.get("web_url")?.as_str()?;
    let (_, rest) = address.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    let (path, _) = path.split_once("/-/")?;
    Some(path.strip_prefix("groups/").unwrap_or(path).to_owned())
}

/// The members of a record that have a column and its kind; the error is the name of one that has to be there.
fn record<'a>(
    fields: &'a [Field],
    body: &mut Map<String, Value>,
) -> Result<Map<String, Value>, &'a str> {
    let mut columns = Map::new();
    for field in fields {
        let value = body.remove(field.name.as_ref()).unwrap_or(Value::Null);
        let value = if field.mode == Mode::Repeated {
            let Value::Array(items) = value else {
                continue;
            };
            // BigQuery's lists hold no nulls.
            let kept = items
                .into_iter()
                .filter_map(|item| convert(&field.kind, item).ok().flatten());
            Some(Value::Array(kept.collect()))
        } else {
            // A record that lacks what it has to have is absent as a whole.
            convert(&field.kind, value).unwrap_or(None)
        };
        match value {
            Some(value) => {
                columns.insert(field.name.to_string(), value);
            }
            None if field.mode == Mode::Required => return Err(&field.name),
            None => {}
        }
    }
    Ok(columns)
}

/// A value if it is of the column's kind; numbers are also taken from text, as BigQuery does.
fn convert(kind: &Kind, value: Value) -> Result<Option<Value>, &str> {
    Ok(match (kind, value) {
        (Kind::Record(fields), Value::Object(mut body)) => Some(record(fields, &mut body)?.into()),
        (Kind::String, Value::String(text)) => Some(text.replace('\0', "\u{fffd}").into()),
        (Kind::String, value @ (Value::Bool(_) | Value::Number(_))) => {
            Some(value.to_string().into())
        }
        (Kind::Boolean, value @ Value::Bool(_)) | (Kind::Float, value @ Value::Number(_)) => {
            Some(value)
        }
        (Kind::Integer, Value::Number(number)) => number.as_i64().map(|n| n.to_string().into()),
        (Kind::Integer, Value::String(text)) => text
            .parse::<i64>()
            .ok()
            .map(|number| number.to_string().into()),
        (Kind::Timestamp, Value::String(text)) => text.parse::<Timestamp>().ok().and_then(time),
        (Kind::Date, Value::String(text)) => {
            text.parse::<Date>().ok().map(|day| day.to_string().into())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(body: &str) -> Row {
        Row {
            id: "1".to_owned(),
            updated_at: None,
            hash: 1,
            deleted: false,
            body: body.to_owned(),
        }
    }

    fn encoded(shape: Shape, parent: &str, body: &str) -> Result<Map<String, Value>, SinkError> {
        let fields = shape.table().fields;
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let columns = encode(shape, &fields, now, parent, &row(body), &Names::new())?;
        Ok(columns.unwrap())
    }

    const MILESTONE: &str = r#"{"id": 5, "iid": 1, "title": "1.0", "state": "active", "created_at": "2026-01-02T03:04:05.678Z",
        "updated_at": "2026-01-02T03:04:05Z", "due_date": "2026-02-30", "brand_new_field": 1, "#;

    #[test]
    fn a_milestone_says_where_it_is() {
        for (parent, rest, location, id, name) in [
            (
                "projects/7",
                r#""project_id": 7, "web_url": "https://g/a/b/-/milestones/1"}"#,
                "project",
                "7",
                "a/b",
            ),
            (
                "groups/3",
                r#""group_id": 3, "web_url": "https://g/groups/a/-/milestones/1"}"#,
                "group",
                "3",
                "a",
            ),
        ] {
            let body = format!("{MILESTONE}{rest}");
            let columns = encoded(Shape::Milestones, parent, &body).unwrap();
            assert_eq!(columns["location"], location);
            assert_eq!(columns["location_id"], id);
            assert_eq!(columns["location_name"], name);
            assert_eq!(columns["created_at"], "2026-01-02T03:04:05.678000Z");
            // No such day, and no such column: both are in the raw text alone.
            assert!(!columns.contains_key("due_date") && !columns.contains_key("brand_new_field"));
            assert_eq!(columns["raw"], body);
        }
    }

    #[test]
    fn a_row_without_what_the_table_wants_is_refused_by_name() {
        let error = encoded(Shape::Milestones, "projects/7", r#"{"id": 5}"#).unwrap_err();
        assert!(error.to_string().contains("no `iid`"), "{error}");
    }

    #[test]
    fn records_are_nested_and_lose_what_is_unknown() {
        let body = r##"{"id": 9, "iid": 2, "state": "opened", "project_id": 7, "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z", "references": {"short": "#2", "full": "a/b#2", "new": 1},
            "author": {"id": 4, "username": "me", "locked": false}, "labels": ["x", null, "y"], "closed_by": null,
            "assignees": [{"id": 4}], "epic": {"id": 1}, "iteration": {"id": 3, "state": "2"}, "weight": 1.5}"##;
        let columns = encoded(Shape::Issues, "projects/7", body).unwrap();
        assert_eq!(columns["project_name"], "a/b");
        assert_eq!(
            columns["author"],
            serde_json::json!({"id": "4", "username": "me"})
        );
        assert_eq!(columns["labels"], serde_json::json!(["x", "y"]));
        assert_eq!(
            columns["iteration"],
            serde_json::json!({"id": "3", "state": "2"})
        );
        // An epic has to have more than an id there, and a weight is whole.
        for absent in ["epic", "weight", "closed_by"] {
            assert!(!columns.contains_key(absent), "{absent}");
        }
        let fields = Shape::Issues.table().fields;
        let tombstone = Row {
            deleted: true,
            ..row("{}")
        };
        let now = "2026-11-21T12:00:00Z".parse().unwrap();
        let none = encode(
            Shape::Issues,
            &fields,
            now,
            "projects/7",
            &tombstone,
            &Names::new(),
        );
        assert_eq!(none.unwrap(), None);
    }
}
