//! Keyset pages of connections.

use async_graphql::{Error, SimpleObject};

use super::cursor;

/// Most rows a page has, and how many it has when nothing is asked for.
const MAX_PAGE: usize = 100;

/// `PageInfo`.
#[derive(Debug, Clone, Default, SimpleObject)]
pub(crate) struct PageInfo {
    end_cursor: Option<String>,
    has_next_page: bool,
    has_previous_page: bool,
    start_cursor: Option<String>,
}

/// `first`, `last`, `after` and `before` of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct PageArguments {
    pub(crate) first: Option<i32>,
    pub(crate) last: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) before: Option<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page<T> {
    pub(crate) rows: Vec<T>,
    pub(crate) info: PageInfo,
}

impl PageArguments {
    /// Cuts the page out of `rows`, the whole list in order; `id` gives the cursor's id of a row.
    ///
    /// # Errors
    /// Arguments that contradict each other, and cursors that are none.
    pub(crate) fn cut<T>(
        &self,
        rows: impl Iterator<Item = T>,
        id: impl Fn(&T) -> u64,
        order: Order,
    ) -> Result<Page<T>, Error> {
        if self.first.is_some() && self.last.is_some() {
            return Err(Error::new(
                "Can only provide either `first` or `last`, not both",
            ));
        }
        let size = |wanted: i32| {
            usize::try_from(wanted)
                .map(|size| size.min(MAX_PAGE))
                .map_err(|_| Error::new("Page size must not be negative"))
        };
        let after = self.after.as_deref().map(read).transpose()?;
        let before = self.before.as_deref().map(read).transpose()?;
        let beyond = |row: &T| after.is_some_and(|after| !order.follows(id(row), after));
        let short_of = |row: &T| before.is_none_or(|before| order.follows(before, id(row)));
        let mut rows = rows.skip_while(beyond).take_while(short_of);
        let (page, has_next, has_previous) = if let Some(last) = self.last {
            let mut all: Vec<T> = rows.collect();
            let size = size(last)?;
            let cut = all.len().saturating_sub(size);
            let page = all.split_off(cut);
            (page, before.is_some(), cut > 0)
        } else {
            let size = size(self.first.unwrap_or(MAX_PAGE as i32))?;
            let page: Vec<T> = rows.by_ref().take(size).collect();
            (page, rows.next().is_some(), after.is_some())
        };
        let cursor_of = |row: Option<&T>| row.map(|row| cursor::cursor(id(row)));
        let info = PageInfo {
            end_cursor: cursor_of(page.last()),
            has_next_page: has_next,
            has_previous_page: has_previous,
            start_cursor: cursor_of(page.first()),
        };
        Ok(Page { rows: page, info })
    }
}

/// How ids run through a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

impl Order {
    /// Whether a row with id `a` comes after one with id `b`.
    fn follows(self, a: u64, b: u64) -> bool {
        match self {
            Self::Ascending => a > b,
            Self::Descending => a < b,
        }
    }
}

fn read(text: &str) -> Result<u64, Error> {
    cursor::parse(text).ok_or_else(|| Error::new("Please provide a valid cursor"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(arguments: &PageArguments) -> (Vec<u64>, PageInfo) {
        let page = arguments
            .cut((1..=250).rev(), |id| *id, Order::Descending)
            .expect("a page");
        (page.rows, page.info)
    }

    #[test]
    fn walking_by_cursor_sees_every_row_once() {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let (rows, info) = page(&PageArguments {
                first: Some(60),
                after,
                ..PageArguments::default()
            });
            seen.extend(rows);
            if !info.has_next_page {
                break;
            }
            after = info.end_cursor;
        }
        assert_eq!(seen, (1..=250).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_page_never_has_more_than_a_hundred_rows() {
        let (rows, info) = page(&PageArguments {
            first: Some(1_000),
            ..PageArguments::default()
        });
        assert_eq!((rows.len(), info.has_next_page), (100, true));
        assert_eq!(page(&PageArguments::default()).0.len(), 100);
    }

    #[test]
    fn walking_backwards_takes_the_end() {
        let before = Some(cursor::cursor(10));
        let (rows, info) = page(&PageArguments {
            last: Some(3),
            before,
            ..PageArguments::default()
        });
        assert_eq!(rows, [13, 12, 11]);
        assert!(info.has_previous_page && info.has_next_page);
    }
}
