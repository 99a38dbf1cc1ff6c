//! Reading a list, a page at a time.
//!
//! Every kind of list has a file of its own with two things: a state, which is the cursor, and what it keeps only while
//! it reads. The rule of all: whatever the cursor covers has been given out, so that a reader that begins again at a
//! cursor misses nothing; what it reads twice it knows by its hash.

mod each;
mod history;
mod ids;
mod newest;
mod one;
mod outer;
mod scan;
mod updated;

use std::pin::Pin;

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::Client;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::body;
use crate::pages::Pages;
use crate::{CATALOGUE, ExtractError, Parent, Reading, Row, Stream};

/// Rows on a page.
const PAGE: usize = 100;

/// How lists are read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// How far before the newest known change reading begins again: GitLab shows rows a little after their own time.
    pub overlap: SignedDuration,
    /// Where the history of what was never read begins; all of it when absent.
    pub since: Option<Timestamp>,
    /// Read what belongs to rows anew, though those rows have not changed: GitLab lets links, emoji and resolved threads
    /// come and go without moving the `updated_at` of what they are in.
    pub again: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            overlap: SignedDuration::from_mins(5),
            since: None,
            again: false,
        }
    }
}

/// One visit to a parent: its streams are read one after another, and share the lists that several of them need.
pub struct Visit {
    pages: Pages,
    options: ReadOptions,
}

impl Visit {
    /// A visit that has read nothing.
    pub fn new(client: Client, options: ReadOptions) -> Self {
        Self {
            pages: Pages::new(client),
            options,
        }
    }

    /// Reads a stream of a parent from a cursor on; an empty one is the beginning.
    ///
    /// # Errors
    ///
    /// [`ExtractError::Cursor`] for text that is no cursor of this stream.
    pub fn walk(
        &self,
        stream: &'static Stream,
        parent: Parent,
        cursor: &str,
    ) -> Result<Walk<'_>, ExtractError> {
        self.walk_since(stream, parent, cursor, self.options.since)
    }

    /// The same with a beginning of history of its own.
    ///
    /// # Errors
    ///
    /// As [`Visit::walk`].
    pub fn walk_since(
        &self,
        stream: &'static Stream,
        parent: Parent,
        cursor: &str,
        since: Option<Timestamp>,
    ) -> Result<Walk<'_>, ExtractError> {
        let list = List {
            pages: &self.pages,
            options: ReadOptions {
                since,
                ..self.options
            },
            stream,
            parent,
        };
        let kind = match stream.reading {
            Reading::Updated { order } => {
                Kind::Updated(updated::Updated::new(&list, order, cursor)?)
            }
            Reading::Newest { since } => Kind::Newest(newest::Newest::new(&list, since, cursor)?),
            Reading::History { since, tips, .. } => {
                let history = history::History::new(&list, since, tips, cursor)?;
                Kind::History(Box::new(history))
            }
            Reading::Scan => Kind::Scan(scan::Scan::new(&list, cursor)?),
            Reading::One => Kind::One(one::One::new(&list, cursor)?),
            Reading::Each { of, shape } => {
                let each = each::Each::new(self, &list, of, shape, cursor)?;
                Kind::Each(Box::new(each))
            }
            Reading::Ids { of, link, .. } => {
                let ids = ids::Ids::new(self, &list, of, link, cursor)?;
                Kind::Ids(Box::new(ids))
            }
        };
        Ok(Walk { list, kind })
    }
}

/// The stream of a name.
fn named(name: &str) -> Result<&'static Stream, ExtractError> {
    let found = CATALOGUE.iter().find(|stream| stream.name == name);
    found.copied().ok_or_else(|| ExtractError::Row {
        stream: "catalogue",
        detail: format!("there is no stream `{name}`"),
    })
}

/// What all kinds of reading know.
#[derive(Clone, Copy)]
pub(crate) struct List<'v> {
    pub(crate) pages: &'v Pages,
    pub(crate) options: ReadOptions,
    pub(crate) stream: &'static Stream,
    pub(crate) parent: Parent,
}

impl List<'_> {
    /// Path and query of the first page, with `more` in the query.
    pub(crate) fn address(&self, more: &str) -> (String, String) {
        let whole = self.stream.address(self.parent.id, None);
        paged(&whole.unwrap_or_default(), more)
    }

    /// The row that a body of this list is, with its fields.
    pub(crate) fn row(&self, raw: &RawValue) -> Result<(Row, Value), ExtractError> {
        body::row(self.stream, self.parent, None, raw)
    }
}

/// An address in two, its query with `more` and the size of a page.
pub(crate) fn paged(address: &str, more: &str) -> (String, String) {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let size = format!("per_page={PAGE}");
    let parts = [query, more, &size]
        .into_iter()
        .filter(|part| !part.is_empty());
    (path.to_owned(), parts.collect::<Vec<_>>().join("&"))
}

/// A list being read.
pub struct Walk<'v> {
    list: List<'v>,
    kind: Kind<'v>,
}

/// Rows on their way.
type Read<'w> = Pin<Box<dyn Future<Output = Result<Option<Vec<Row>>, ExtractError>> + Send + 'w>>;

enum Kind<'v> {
    Updated(updated::Updated),
    Newest(newest::Newest),
    History(Box<history::History>),
    Scan(scan::Scan),
    One(one::One),
    Each(Box<each::Each<'v>>),
    Ids(Box<ids::Ids<'v>>),
}

impl Walk<'_> {
    /// The next rows, of which there may be none; `None` at the end of the list as it is now.
    ///
    /// # Errors
    ///
    /// What GitLab says; [`ExtractError::is_skip`] tells what this token just may not see.
    pub fn read_on(&mut self) -> Read<'_> {
        let list = self.list;
        match &mut self.kind {
            Kind::Updated(walk) => Box::pin(walk.next(list)),
            Kind::Newest(walk) => Box::pin(walk.next(list)),
            Kind::History(walk) => Box::pin(walk.next(list)),
            Kind::Scan(walk) => Box::pin(walk.next(list)),
            Kind::One(walk) => Box::pin(walk.next(list)),
            Kind::Each(walk) => Box::pin(walk.next(list)),
            Kind::Ids(walk) => Box::pin(walk.next(list)),
        }
    }

    /// Where reading goes on after what was given out; empty while there is nothing to remember.
    pub fn cursor(&self) -> String {
        match &self.kind {
            Kind::Updated(walk) => walk.cursor(),
            Kind::Newest(walk) => walk.cursor(),
            Kind::History(walk) => walk.cursor(),
            Kind::Scan(walk) => walk.cursor(),
            Kind::One(walk) => walk.cursor(),
            Kind::Each(walk) => walk.cursor(),
            Kind::Ids(walk) => walk.cursor(),
        }
    }
}
