//! Where a list is, for one parent and one row.

use serde_json::Value;

use crate::Stream;

impl Stream {
    /// Path and query below `/api/v4` for this parent and, where the stream belongs to rows of another, this row.
    ///
    /// None when the row lacks a field that the path names: there is no such list then.
    pub fn address(&self, parent: i64, row: Option<&Value>) -> Option<String> {
        let path = filled(self.path, parent, row)?;
        if self.query.is_empty() {
            return Some(path);
        }
        Some(format!("{path}?{}", filled(self.query, parent, row)?))
    }

    /// Path and query of the rows of this stream that are linked to a row of another, where it is read by
    /// [`crate::Reading::Ids`].
    pub fn address_of_linked(&self, parent: i64, row: &Value) -> Option<String> {
        match self.reading {
            crate::Reading::Ids { refresh, .. } => filled(refresh, parent, Some(row)),
            _ => None,
        }
    }

    /// Path and query of the list from the row with this id on, where it is read by [`crate::Reading::History`].
    pub fn address_from(&self, parent: i64, id: &str) -> Option<String> {
        match self.reading {
            crate::Reading::History { from, .. } => {
                filled(from, parent, Some(&serde_json::json!({ "id": id })))
            }
            _ => None,
        }
    }

    /// The id of a row: the values of its key, joined by `/`. `owner` is the row it belongs to, if it belongs to one.
    ///
    /// None when a value is missing, or is neither text nor a number: then the row has no name.
    pub fn row_id(&self, row: &Value, parent: i64, owner: Option<&Value>) -> Option<String> {
        let mut id = String::new();
        for (index, field) in self.key.iter().enumerate() {
            if index > 0 {
                id.push('/');
            }
            id.push_str(&match field.strip_prefix(':') {
                Some(placeholder) => value_of(placeholder, parent, owner)?,
                None => scalar(at(row, field)?)?,
            });
        }
        Some(id)
    }
}

/// The text with its placeholders replaced by their values, encoded for a path or a query.
fn filled(text: &str, parent: i64, row: Option<&Value>) -> Option<String> {
    let mut done = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(':') {
        done.push_str(before);
        let end = after
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .unwrap_or(after.len());
        encode(&value_of(&after[..end], parent, row)?, &mut done);
        rest = &after[end..];
    }
    done.push_str(rest);
    Some(done)
}

fn value_of(placeholder: &str, parent: i64, row: Option<&Value>) -> Option<String> {
    match placeholder {
        "id" => Some(parent.to_string()),
        "row_id" => scalar(row?.get("id")?),
        field => scalar(row?.get(field)?),
    }
}

/// The value at a dotted path.
pub(crate) fn at<'a>(row: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(row, |value, part| value.get(part))
}

/// Text or a number, as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Appends the text with everything encoded that is not a letter, a digit or one of `-._~`.
fn encode(text: &str, done: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            done.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            done.push('%');
            done.push(char::from(DIGITS[usize::from(byte >> 4)]));
            done.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Reading, Shape};

    const STATUSES: Stream = Stream {
        path: "projects/:id/repository/commits/:sha/statuses",
        query: "all=true&pipeline_id=:row_id",
        reading: Reading::Each {
            of: &["pipelines"],
            shape: Shape::List,
        },
        key: &[":row_id", "author.id", "name"],
        ..Stream::PROJECT
    };

    #[test]
    fn placeholders_are_the_parents_id_and_the_fields_of_the_row() {
        let row = json!({"id": 5, "sha": "a b/ü"});
        assert_eq!(
            STATUSES.address(7, Some(&row)).as_deref(),
            Some("projects/7/repository/commits/a%20b%2F%C3%BC/statuses?all=true&pipeline_id=5")
        );
        assert_eq!(STATUSES.address(7, Some(&json!({"id": 5}))), None);
        assert_eq!(STATUSES.address(7, None), None);
    }

    #[test]
    fn ids_join_the_row_it_belongs_to_and_nested_fields() {
        let row = json!({"author": {"id": 3}, "name": "lint"});
        let owner = json!({"id": 5});
        let id = |row: &Value| STATUSES.row_id(row, 7, Some(&owner));
        assert_eq!(id(&row).as_deref(), Some("5/3/lint"));
        assert_eq!(id(&json!({"author": null, "name": "lint"})), None);
        assert_eq!(id(&json!({"author": {"id": 3}, "name": ""})), None);
    }

    #[test]
    fn a_history_has_an_address_from_each_of_its_rows_on() {
        let stream = Stream {
            path: "projects/:id/repository/commits",
            query: "all=true",
            reading: Reading::History {
                since: "since",
                tips: &["branches"],
                from: "projects/:id/repository/commits?ref_name=:row_id",
            },
            ..Stream::PROJECT
        };
        assert_eq!(
            stream.address_from(7, "c0ffee").as_deref(),
            Some("projects/7/repository/commits?ref_name=c0ffee")
        );
        assert_eq!(STATUSES.address_from(7, "c0ffee"), None);
    }

    #[test]
    fn linked_rows_have_an_address_in_lists_read_by_id() {
        let stream = Stream {
            path: "projects/:id/jobs",
            reading: Reading::Ids {
                of: &["pipelines"],
                refresh: "projects/:id/pipelines/:row_id/jobs",
                link: "pipeline.id",
            },
            ..Stream::PROJECT
        };
        let row = json!({"id": 9});
        assert_eq!(
            stream.address_of_linked(7, &row).as_deref(),
            Some("projects/7/pipelines/9/jobs")
        );
        assert_eq!(STATUSES.address_of_linked(7, &row), None);
    }
}
