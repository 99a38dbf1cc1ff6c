//! What a list is: where it is, how it is read, and what of it gets a column.

/// A list of GitLab's REST API.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// Name of the stream and of its table: GitLab's word for the resource, plural, `snake_case`.
    pub name: &'static str,
    /// Whose list it is.
    pub parent: ParentKind,
    /// Path below `/api/v4` with `:id` for the parent's id and `:field` for a field of the row it belongs to
    /// (see [`Reading::Each`]).
    pub path: &'static str,
    /// Query that goes with every request, such as `state=all`.
    pub query: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// Fields that together name a row within the parent. Nested ones are dotted.
    pub key: &'static [&'static str],
    /// Field with the time of the last change, else of creation.
    pub time: Option<&'static str>,
    /// What gets a column of its own beside the raw JSON.
    pub columns: &'static [Column],
    /// Whether it is read only when it is asked for by name.
    pub off: bool,
}

/// Whose list a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ParentKind {
    /// The instance's.
    Instance,
    /// A group's.
    Group,
    /// A project's.
    Project,
}

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// With `updated_after` and ascending `updated_at`: only what changed.
    Updated {
        /// The query that sorts, `order_by=updated_at&sort=asc`.
        order: &'static str,
    },
    /// Newest first by keyset, down to the last known id; rows whose `status` is not final are read again one by one.
    Ids {
        /// Path of one row, `projects/:id/jobs/:job_id`.
        one: &'static str,
    },
    /// Newest first, until a page has nothing new.
    Newest {
        /// The query that starts at a time, such as `since` or `created_after`; empty where there is none.
        since: &'static str,
    },
    /// The whole list each time: there is no filter. What is missing becomes a tombstone.
    Scan,
    /// For every new version of a row of another stream.
    Each {
        /// Name of that stream.
        of: &'static str,
        /// What is at the path.
        shape: Shape,
    },
    /// One object for each parent.
    One,
}

/// What is at the path of a stream that belongs to rows of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A list, page by page.
    List,
    /// One object.
    One,
    /// Plain text, kept as `{"text": …}`.
    Text,
}

/// A column of a stream's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name: the field's, or the dotted path with underscores.
    pub name: &'static str,
    /// Where its value is in the row; nested fields are dotted, as in `author.username`.
    pub path: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds. A value of another kind is absent from the column; the raw JSON always has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A whole number of 64 bits.
    Int,
    /// A number.
    Float,
    /// Yes or no.
    Bool,
    /// A moment, with zone.
    Time,
    /// A day.
    Date,
    /// Anything, as JSON text.
    Json,
}
