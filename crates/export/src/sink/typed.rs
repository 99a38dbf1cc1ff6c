//! The values of columns, out of the JSON of rows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use labtower_extract::{Column, ColumnKind};
use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The value of a column, of the column's kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// Text, without escapes.
    Text(Cow<'a, str>),
    /// A whole number.
    Int(i64),
    /// A number, finite.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// A moment.
    Time(Timestamp),
    /// A day.
    Date(Date),
    /// Anything but `null`, as JSON text exactly as it was.
    Json(&'a str),
}

/// Reads the values of a list of columns out of rows.
///
/// A row is read once from left to right; what no column wants is passed over. A value that is not of its column's
/// kind is absent, and so is everything in text that is not a JSON object.
#[derive(Debug)]
pub struct Typed {
    root: Node,
    kinds: Vec<ColumnKind>,
}

/// A place in a row: the columns that want what is there, and the places below.
#[derive(Debug, Default)]
struct Node {
    columns: Vec<usize>,
    below: HashMap<&'static str, Node>,
}

impl Typed {
    /// For these columns, in their order.
    pub fn new(columns: &[Column]) -> Self {
        let mut root = Node::default();
        for (index, column) in columns.iter().enumerate() {
            let node = column
                .path
                .split('.')
                .fold(&mut root, |node, name| node.below.entry(name).or_default());
            node.columns.push(index);
        }
        Self {
            root,
            kinds: columns.iter().map(|column| column.kind).collect(),
        }
    }

    /// The values in a row, one for each column.
    pub fn read<'a>(&self, body: &'a str) -> Vec<Option<Value<'a>>> {
        let mut values = vec![None; self.kinds.len()];
        self.object(&self.root, body, &mut values);
        values
    }

    /// Values below a place. What was found before broken text stays: it is the beginning of a row cut off.
    fn object<'a>(&self, node: &Node, text: &'a str, values: &mut [Option<Value<'a>>]) {
        let mut reader = serde_json::Deserializer::from_str(text);
        let object = Object {
            typed: self,
            node,
            values,
        };
        if object.deserialize(&mut reader).is_err() {
            // Not an object, or not JSON: nothing of it has a column.
        }
    }

    fn value<'a>(&self, node: &Node, text: &'a str, values: &mut [Option<Value<'a>>]) {
        for &index in &node.columns {
            values[index] = parse(text, self.kinds[index]);
        }
        if !node.below.is_empty() && text.starts_with('{') {
            self.object(node, text, values);
        }
    }
}

/// The values in one row; [`Typed`] for many.
pub fn typed<'a>(body: &'a str, columns: &[Column]) -> Vec<Option<Value<'a>>> {
    Typed::new(columns).read(body)
}

/// JSON text as a value of a kind, if it is one.
fn parse(text: &str, kind: ColumnKind) -> Option<Value<'_>> {
    match kind {
        ColumnKind::Json => (text != "null").then_some(Value::Json(text)),
        ColumnKind::Text => string(text).map(Value::Text),
        ColumnKind::Int => text.parse().ok().map(Value::Int),
        ColumnKind::Float => {
            let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
            let number = is_number.then(|| text.parse().ok()).flatten();
            number
                .filter(|number: &f64| number.is_finite())
                .map(Value::Float)
        }
        ColumnKind::Bool => text.parse().ok().map(Value::Bool),
        ColumnKind::Time => string(text)?.parse().ok().map(Value::Time),
        ColumnKind::Date => {
            let text = string(text)?;
            let is_day = text.len() == "2026-01-31".len();
            is_day.then(|| text.parse().ok()).flatten().map(Value::Date)
        }
    }
}

/// JSON text as a string, if it is one; borrowed when it has no escapes.
fn string(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if inner.contains('\\') {
        serde_json::from_str(text).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inner))
    }
}

/// Reads an object into the values of the columns below a place.
struct Object<'r, 'a> {
    typed: &'r Typed,
    node: &'r Node,
    values: &'r mut [Option<Value<'a>>],
}

impl<'a> DeserializeSeed<'a> for Object<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(child) = map.next_key_seed(Key(self.node))? {
            match child {
                Some(child) => {
                    let value: &RawValue = map.next_value()?;
                    self.typed.value(child, value.get(), self.values);
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds the place that a key names, without keeping the key.
struct Key<'r>(&'r Node);

impl<'a, 'r> DeserializeSeed<'a> for Key<'r> {
    type Value = Option<&'r Node>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'r> Visitor<'_> for Key<'r> {
    type Value = Option<&'r Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.below.get(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn column(path: &'static str, kind: ColumnKind) -> Column {
        Column {
            name: path,
            path,
            kind,
        }
    }

    fn one(body: &str, path: &'static str, kind: ColumnKind) -> Option<Value<'static>> {
        let body: &'static str = body.to_owned().leak();
        typed(body, &[column(path, kind)]).remove(0)
    }

    #[test]
    fn values_come_from_their_paths_whatever_stands_between() {
        let columns = [
            column("author.username", ColumnKind::Text),
            column("id", ColumnKind::Int),
            column("author", ColumnKind::Json),
            column("milestone.title", ColumnKind::Text),
        ];
        let body = r#" {"x":[{"id":9}], "author" : {"id":3,"username":"a\"\u00e9"} ,"id":7,"milestone":null}"#;
        assert_eq!(
            typed(body, &columns),
            [
                Some(Value::Text("a\"é".into())),
                Some(Value::Int(7)),
                Some(Value::Json(r#"{"id":3,"username":"a\"\u00e9"}"#)),
                None
            ]
        );
    }

    #[test]
    fn a_value_of_another_kind_is_absent() {
        use ColumnKind::{Bool, Date, Float, Int, Json, Text, Time};
        for (value, kind) in [
            ("\"7\"", Int),
            ("7.5", Int),
            ("9223372036854775808", Int),
            ("true", Int),
            ("7", Text),
            ("null", Text),
            ("{}", Text),
            ("\"7.5\"", Float),
            ("1e999", Float),
            ("null", Float),
            ("1", Bool),
            ("\"true\"", Bool),
            ("\"2026-01-31\"", Time),
            ("\"soon\"", Time),
            ("\"2026-01-31T00:00:00Z\"", Date),
            ("\"2026-13-31\"", Date),
            ("null", Json),
            ("123456789012345678901234567890", Int),
            ("123456789012345678901234567890", Text),
            ("\"soon\"", Bool),
            ("\"soon\"", Date),
        ] {
            let body = format!("{{\"v\":{value}}}");
            assert_eq!(one(&body, "v", kind), None, "{value} as {kind:?}");
        }
        assert_eq!(one("{\"v\":{}}", "v.w", Json), None);
        for value in ["7", "\"w\"", "null", "[{\"w\":1}]"] {
            let body = format!("{{\"v\":{value}}}");
            assert_eq!(one(&body, "v.w", Json), None, "{value}");
        }
        assert_eq!(one("{\"v\":7}", "gone", Int), None);
    }

    #[test]
    fn values_of_every_kind_are_read() {
        use ColumnKind::{Bool, Date, Float, Int, Json, Text, Time};
        for (value, kind, expected) in [
            ("-9223372036854775808", Int, Value::Int(i64::MIN)),
            ("7", Float, Value::Float(7.0)),
            ("-1.5e3", Float, Value::Float(-1500.0)),
            ("false", Bool, Value::Bool(false)),
            ("\"\"", Text, Value::Text("".into())),
            ("\"\\u0000\"", Text, Value::Text("\0".into())),
            (
                "\"2026-01-31\"",
                Date,
                Value::Date(jiff::civil::date(2026, 1, 31)),
            ),
            ("[ 1, {}]", Json, Value::Json("[ 1, {}]")),
            ("[1e400,  1e-9]", Json, Value::Json("[1e400,  1e-9]")),
            (
                "123456789012345678901234567890",
                Json,
                Value::Json("123456789012345678901234567890"),
            ),
            (
                "\"2026-01-31T01:00:00.123+01:00\"",
                Time,
                Value::Time("2026-01-31T00:00:00.123Z".parse().unwrap()),
            ),
        ] {
            let body = format!("{{\"v\":{value}}}");
            assert_eq!(one(&body, "v", kind), Some(expected), "{value}");
        }
    }

    #[test]
    fn depth_does_not_matter_and_what_is_no_object_has_no_values() {
        let deep = format!(
            "{{\"d\":{}{},\"v\":1}}",
            "[".repeat(5_000),
            "]".repeat(5_000)
        );
        assert_eq!(one(&deep, "v", ColumnKind::Int), Some(Value::Int(1)));
        for body in ["", "7", "[{\"v\":1}]", "nonsense"] {
            assert_eq!(one(body, "v", ColumnKind::Int), None);
        }
    }
}
