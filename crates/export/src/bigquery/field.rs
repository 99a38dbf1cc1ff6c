//! Columns as BigQuery's API writes them.

use std::borrow::Cow;

use labtower_extract::ColumnKind;
use serde_json::{Value, json};

/// A column of a table, or a field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    pub(super) mode: Mode,
}

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Integer,
    Float,
    Boolean,
    Timestamp,
    Date,
    Record(Vec<Field>),
}

/// How many values a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Nullable,
    Required,
    Repeated,
}

impl Field {
    pub(super) fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind,
            mode: Mode::Nullable,
        }
    }

    pub(super) fn required(mut self) -> Self {
        self.mode = Mode::Required;
        self
    }

    pub(super) fn repeated(mut self) -> Self {
        self.mode = Mode::Repeated;
        self
    }

    pub(super) fn json(&self) -> Value {
        let mode = match self.mode {
            Mode::Nullable => "NULLABLE",
            Mode::Required => "REQUIRED",
            Mode::Repeated => "REPEATED",
        };
        let mut field = json!({"name": self.name, "type": self.kind.name(), "mode": mode});
        if let Kind::Record(fields) = &self.kind {
            field["fields"] = schema(fields);
        }
        field
    }

    /// Whether a column of the API has this name, in any case of letters.
    pub(super) fn is_named(&self, found: &Value) -> bool {
        let name = found["name"].as_str().unwrap_or_default();
        name.eq_ignore_ascii_case(&self.name)
    }

    /// Whether a column of the API is of this kind, by whichever of the type's names.
    pub(super) fn matches(&self, found: &Value) -> bool {
        let kind = match found["type"].as_str().unwrap_or_default() {
            "INT64" => "INTEGER",
            "FLOAT64" => "FLOAT",
            "BOOL" => "BOOLEAN",
            "STRUCT" => "RECORD",
            other => other,
        };
        let repeated = found["mode"].as_str() == Some("REPEATED");
        kind == self.kind.name() && repeated == (self.mode == Mode::Repeated)
    }
}

impl Kind {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::String => "STRING",
            Self::Integer => "INTEGER",
            Self::Float => "FLOAT",
            Self::Boolean => "BOOLEAN",
            Self::Timestamp => "TIMESTAMP",
            Self::Date => "DATE",
            Self::Record(_) => "RECORD",
        }
    }
}

impl From<ColumnKind> for Kind {
    fn from(kind: ColumnKind) -> Self {
        match kind {
            // JSON stays text: BigQuery's JSON type rewrites numbers and takes no NUL.
            ColumnKind::Text | ColumnKind::Json => Self::String,
            ColumnKind::Int => Self::Integer,
            ColumnKind::Float => Self::Float,
            ColumnKind::Bool => Self::Boolean,
            ColumnKind::Time => Self::Timestamp,
            ColumnKind::Date => Self::Date,
        }
    }
}

/// Columns as JSON.
pub(super) fn schema(fields: &[Field]) -> Value {
    fields.iter().map(Field::json).collect()
}

/// Names of columns for SQL.
pub(super) fn names(fields: &[Field]) -> String {
    let quoted: Vec<String> = fields
        .iter()
        .map(|field| format!("`{}`", field.name))
        .collect();
    quoted.join(", ")
}
