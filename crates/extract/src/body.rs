//! A row out of what GitLab wrote.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;
use serde_json::value::RawValue;
use xxhash_rust::xxh3::xxh3_64;

use crate::address::{at, scalar};
use crate::{ExtractError, Parent, Row, Stream};

/// The row of a stream that a body is, and its fields. `owner` is the row of another stream that it belongs to.
pub(crate) fn row(
    stream: &Stream,
    parent: Parent,
    owner: Option<&Value>,
    raw: &RawValue,
) -> Result<(Row, Value), ExtractError> {
    let problem = |detail: String| ExtractError::Row {
        stream: stream.name,
        detail,
    };
    let mut fields = parsed(stream, raw.get())?;
    let id = stream.row_id(&fields, parent.id, owner);
    let id = id.ok_or_else(|| problem(format!("it lacks one of {:?}", stream.key)))?;
    let hidden = fields
        .as_object_mut()
        .is_some_and(|it| stream.remove_secrets(it));
    let body = if hidden {
        fields.to_string()
    } else {
        raw.get().to_owned()
    };
    let row = Row {
        updated_at: stream.time.and_then(|path| time(at(&fields, path)?)),
        hash: xxh3_64(body.as_bytes()),
        deleted: false,
        id,
        body,
    };
    Ok((row, fields))
}

/// The fields of a body.
pub(crate) fn parsed(stream: &Stream, body: &str) -> Result<Value, ExtractError> {
    serde_json::from_str(body).map_err(|error| ExtractError::Row {
        stream: stream.name,
        detail: error.to_string(),
    })
}

/// A number at a dotted path.
pub(crate) fn number(fields: &Value, path: &str) -> Option<i64> {
    scalar(at(fields, path)?)?.parse().ok()
}

/// A moment, or a day at its beginning.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    let text = value.as_str()?;
    text.parse().ok().or_else(|| {
        let day: Date = text.parse().ok()?;
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// The tombstone of a row.
pub(crate) fn tombstone(id: &str) -> Row {
    Row {
        id: id.to_owned(),
        updated_at: None,
        hash: 0,
        deleted: true,
        body: serde_json::json!({ "_id": id }).to_string(),
    }
}

/// Text as the body of a row.
pub(crate) fn text_body(stream: &Stream, text: &str) -> Result<Box<RawValue>, ExtractError> {
    let object = serde_json::json!({ "text": text });
    serde_json::value::to_raw_value(&object).map_err(|error| ExtractError::Row {
        stream: stream.name,
        detail: error.to_string(),
    })
}
