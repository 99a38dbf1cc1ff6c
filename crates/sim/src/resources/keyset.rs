//! Keyset pages of lists that are made whole and in order: users, issues, a runner's jobs.

use axum::response::Response;
use serde_json::Value;

use crate::rest::cursor;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;

/// What a row's place in the list follows from.
pub(crate) struct Key {
    /// Column the list is ordered by, `id` included.
    pub(crate) column: &'static str,
    /// The row's value in that column.
    pub(crate) value: String,
    /// The row's id.
    pub(crate) id: u64,
}

/// The page after the request's `cursor`; the order of `rows` must not change from page to page.
pub(crate) fn respond_keyset<T>(
    paging: &Paging,
    rows: &[T],
    key: impl Fn(&T) -> Key,
    render: impl FnMut(&T) -> Value,
) -> Result<Response, ApiError> {
    let start = match paging.params.get("cursor") {
        None => 0,
        Some(text) => {
            let id = cursor::parse(text).ok_or_else(|| ApiError::invalid("cursor"))?;
            // A row that is gone ends the list.
            rows.iter()
                .position(|row| key(row).id == id)
                .map_or(rows.len(), |row| row + 1)
        }
    };
    let end = (start + paging.per_page).min(rows.len());
    let page = &rows[start..end];
    let last = page.last().filter(|_| end < rows.len());
    let next = last.map(|row| {
        let Key { column, value, id } = key(row);
        ("cursor", cursor::of(column, &value, id))
    });
    Ok(paging.respond_keyset(page.iter().map(render).collect(), next))
}
