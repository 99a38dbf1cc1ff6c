//! Cursors of keyset pages: base64 of the last row's sort column and id, as GitLab's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The cursor after a row.
pub(crate) fn of(column: &str, value: &str, id: u64) -> String {
    let text = if column == "id" {
        json!({ "id": id.to_string(), "_kd": "n" }).to_string()
    } else {
        json!({ column: value, "id": id.to_string(), "_kd": "n" }).to_string()
    };
    STANDARD.encode(text)
}

/// The id in a cursor.
pub(crate) fn parse(cursor: &str) -> Option<u64> {
    let bytes = STANDARD.decode(cursor).ok()?;
    let value: Value = serde_json::from_slice(&bytes).ok()?;
    value.get("id")?.as_str()?.parse().ok()
}
