//! Columns that are added to tables that are there.

use serde_json::Value;

use super::dataset::Table;
use super::field::Mode;
use crate::sink::SinkError;

/// The columns that a table has to have, if they are more than it has.
pub(super) fn grown(found: &Value, table: &Table) -> Result<Option<Vec<Value>>, SinkError> {
    let refused = |detail: String| SinkError::Refused {
        what: format!("use the BigQuery table `{}`", table.name),
        detail,
    };
    let mut columns = match &found["schema"]["fields"] {
        Value::Array(fields) => fields.clone(),
        _ => Vec::new(),
    };
    let before = columns.len();
    for field in &table.fields {
        match columns.iter().find(|column| field.is_named(column)) {
            Some(column) if field.matches(column) => {}
            Some(column) => {
                let kind = column["type"].as_str().unwrap_or_default();
                let detail = format!(
                    "its column `{}` is {kind} and would have to be {}",
                    field.name,
                    field.kind.name()
                );
                return Err(refused(detail));
            }
            // A table with rows takes no column that those rows would have to have.
            None if field.mode == Mode::Required => {
                let detail = format!("it lacks the column `{}`", field.name);
                return Err(refused(detail));
            }
            None => columns.push(field.json()),
        }
    }
    Ok((columns.len() > before).then_some(columns))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::field::{Field, Kind};
    use super::*;

    fn table(fields: Vec<Field>) -> Table {
        Table {
            name: "t".to_owned(),
            fields,
            partition: None,
            clustering: &[],
        }
    }

    #[test]
    fn columns_are_added_and_never_changed() {
        let found = json!({"schema": {"fields": [
            {"name": "a", "type": "INT64"}, {"name": "Theirs", "type": "JSON"}]}});
        let a = Field::new("A", Kind::Integer);
        assert_eq!(grown(&found, &table(vec![a.clone()])).unwrap(), None);

        let more = table(vec![a, Field::new("b", Kind::Float)]);
        let columns = grown(&found, &more).unwrap().unwrap();
        let names: Vec<&str> = columns.iter().filter_map(|c| c["name"].as_str()).collect();
        assert_eq!(names, ["a", "Theirs", "b"]);

        let other = table(vec![Field::new("a", Kind::String)]);
        assert!(
            grown(&found, &other)
                .unwrap_err()
                .to_string()
                .contains("INT64")
        );
        let missing = table(vec![Field::new("c", Kind::String).required()]);
        assert!(grown(&found, &missing).is_err());
    }
}
