//! Columns whose stored form differs from the value.

use std::fmt::Write;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type, ValueRef};

/// A time stored as unix seconds.
pub(super) fn time(row: &Row<'_>, index: usize) -> rusqlite::Result<Timestamp> {
    to_time(index, row.get(index)?)
}

/// A time that may be absent.
pub(super) fn time_or_none(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get::<_, Option<i64>>(index)?
        .map(|seconds| to_time(index, seconds))
        .transpose()
}

fn to_time(index: usize, seconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_second(seconds).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(index, Type::Integer, Box::new(error))
    })
}

/// A commit: stored as its bytes, or as text when it is not hexadecimal.
pub(super) fn sha(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<String>> {
    match row.get_ref(index)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => {
            let mut text = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
            Ok(Some(text))
        }
        other => Ok(Some(
            other
                .as_str()
                .map_err(|error: FromSqlError| {
                    rusqlite::Error::FromSqlConversionFailure(
                        index,
                        other.data_type(),
                        Box::new(error),
                    )
                })?
                .to_owned(),
        )),
    }
}

/// An id; 0 for none.
pub(super) fn id_or_zero(row: &Row<'_>, index: usize) -> rusqlite::Result<i64> {
    Ok(row.get::<_, Option<i64>>(index)?.unwrap_or_default())
}

/// A count: SQLite has no unsigned numbers.
pub(super) fn count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    row.get::<_, i64>(index).map(i64::cast_unsigned)
}

/// A count that may be absent.
pub(super) fn count_or_none(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    row.get::<_, Option<i64>>(index)
        .map(|count| count.map(i64::cast_unsigned))
}

/// Runner tags, which are stored as one word, joined by commas.
pub(super) fn tags(joined: Option<&str>) -> Vec<String> {
    joined
        .map(|tags| tags.split(',').map(str::to_owned).collect())
        .unwrap_or_default()
}
