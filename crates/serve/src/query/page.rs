//! How many rows, and after which.

use std::fmt;

use jiff::Timestamp;
use labtower_store::Page;

use super::Params;
use crate::error::ApiError;

/// Rows of an answer when the request names no `limit`.
const DEFAULT_LIMIT: usize = 100;
/// Rows of an answer at most.
const MAX_LIMIT: usize = 1000;
/// Rows that may be left out before a window; more than there will ever be.
pub(crate) const MOST_OFFSET: usize = 1_000_000_000;

/// Place in a list that is ordered by creation, newest first: creation of a row in unix seconds, and its id.
///
/// Written `1795176000-1001`; the rows of the next page come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    created_at: Timestamp,
    id: i64,
}

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (seconds, id) = text.rsplit_once('-')?;
        Some(Self {
            created_at: Timestamp::from_second(seconds.parse().ok()?).ok()?,
            id: id.parse().ok()?,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.created_at.as_second(), self.id)
    }
}

/// Reads `limit` and `cursor`.
///
/// # Errors
/// A limit outside 1 to 1000, or a cursor that no answer of ours gave out.
pub(crate) fn page(params: &Params) -> Result<Page, ApiError> {
    let before = match params.one("cursor") {
        None => None,
        Some(text) => Some(
            Cursor::parse(text).ok_or_else(|| {
                ApiError::parameter("cursor", text, "the cursor of an earlier answer")
                    .with_hint("take it from the header `X-Next-Cursor`, or leave it out to start at the newest row")
            })?,
        ),
    };
    Ok(Page {
        limit: row_limit(params)?.unwrap_or(DEFAULT_LIMIT),
        before: before.map(|cursor| (cursor.created_at, cursor.id)),
    })
}

/// Fetches the rows of one page, and the place of the next if there is one.
///
/// It asks for one row more than the page holds: that row is the proof of a next page.
///
/// # Errors
/// Whatever `fetch` fails with.
pub(crate) fn one_page<T, E>(
    page: Page,
    fetch: impl FnOnce(&Page) -> Result<Vec<T>, E>,
    place: impl Fn(&T) -> (Timestamp, i64),
) -> Result<(Vec<T>, Option<Cursor>), E> {
    let mut rows = fetch(&Page {
        limit: page.limit + 1,
        before: page.before,
    })?;
    let more = rows.len() > page.limit;
    rows.truncate(page.limit);
    let next = rows.last().filter(|_| more).map(|row| {
        let (created_at, id) = place(row);
        Cursor { created_at, id }
    });
    Ok((rows, next))
}

/// Reads `limit`, if there is one.
///
/// # Errors
/// A limit outside 1 to 1000.
pub(crate) fn row_limit(params: &Params) -> Result<Option<usize>, ApiError> {
    let Some(text) = params.one("limit") else {
        return Ok(None);
    };
    match text.parse() {
        Ok(limit) if (1..=MAX_LIMIT).contains(&limit) => Ok(Some(limit)),
        _ => Err(ApiError::parameter(
            "limit",
            text,
            "a whole number from 1 to 1000",
        )),
    }
}

/// Reads `offset`: rows left out before a window.
///
/// # Errors
/// What is no whole number, or below zero.
pub(crate) fn offset(params: &Params) -> Result<usize, ApiError> {
    let Some(text) = params.one("offset") else {
        return Ok(0);
    };
    match text.parse() {
        Ok(offset) if offset <= MOST_OFFSET => Ok(offset),
        _ => Err(ApiError::parameter(
            "offset",
            text,
            "a whole number from 0 to 1000000000",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(name: &str, value: &str) -> Params {
        Params::new(vec![(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn cursor_round_trips() {
        let cursor = Cursor {
            created_at: Timestamp::from_second(1_795_176_000).unwrap(),
            id: 1001,
        };
        assert_eq!(cursor.to_string(), "1795176000-1001");
        let page = page(&params("cursor", &cursor.to_string())).unwrap();
        assert_eq!(page.before, Some((cursor.created_at, 1001)));
    }

    #[test]
    fn a_next_page_is_named_only_when_there_is_a_row_for_it() {
        let row = |id: i64| (Timestamp::from_second(100 + id).unwrap(), id);
        let fetch = |page: &Page| -> Result<Vec<_>, ()> {
            assert_eq!(page.limit, 3);
            Ok((1..=3).rev().map(row).collect())
        };
        let two = Page {
            limit: 2,
            before: None,
        };
        let (rows, next) = one_page(two, fetch, |row| *row).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(next.unwrap().to_string(), "102-2");
        let two = Page {
            limit: 2,
            before: None,
        };
        let (rows, next) =
            one_page(two, |_| Ok::<_, ()>(vec![row(1), row(2)]), |row| *row).unwrap();
        assert_eq!((rows.len(), next), (2, None));
    }

    #[test]
    fn hundred_rows_unless_asked_otherwise() {
        assert_eq!(page(&Params::default()).unwrap().limit, 100);
        assert_eq!(page(&params("limit", "")).unwrap().limit, 100);
        assert_eq!(page(&params("limit", "7")).unwrap().limit, 7);
    }

    #[test]
    fn limits_and_cursors_that_make_no_sense_are_errors() {
        for limit in ["0", "-1", "1001", "ten", "1.5"] {
            assert!(page(&params("limit", limit)).is_err(), "{limit}");
        }
        for text in ["-1", "x", "1000000001", "18446744073709551615"] {
            assert!(offset(&params("offset", text)).is_err(), "{text}");
        }
        assert_eq!(offset(&params("offset", "")).unwrap(), 0);
        for cursor in ["x", "12", "-", "a-1", "1-b"] {
            assert!(page(&params("cursor", cursor)).is_err(), "{cursor}");
        }
    }
}
