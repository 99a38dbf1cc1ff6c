//! What a list is: where it is, how it is read, and what of it gets a column.

use crate::column::Column;

/// A list of GitLab's REST API.
#[derive(Debug, Clone, Copy)]
pub struct Stream {
    /// Name of the stream and of its table: GitLab's word for the resource, plural, `snake_case`.
    pub name: &'static str,
    /// Whose list it is.
    pub parent: ParentKind,
    /// Path below `/api/v4` with placeholders (see [`Stream::address`]): `:id` for the parent's id, `:row_id` for the
    /// id of the row it belongs to, and `:iid`, `:sha` and so on for that row's other fields (see [`Reading::Each`]).
    pub path: &'static str,
    /// Query that goes with every request, such as `state=all`; may have the same placeholders.
    pub query: &'static str,
    /// How it is read.
    pub reading: Reading,
    /// Fields that together name a row within the parent. Nested ones are dotted. Those with a colon are placeholders
    /// as in [`Stream::path`]: rows without a name of their own are named by the row or the parent they belong to.
    pub key: &'static [&'static str],
    /// Field with the time of the last change, else of creation.
    pub time: Option<&'static str>,
    /// What gets a column of its own beside the raw JSON.
    pub columns: &'static [Column],
    /// Fields of a row that hold secrets: they are taken out before the row goes anywhere.
    pub secrets: &'static [&'static str],
    /// From which tier on GitLab has it; below, it answers 403 or 404.
    pub tier: Tier,
    /// Whether it is read only when it is asked for by name.
    pub off: bool,
}

impl Stream {
    /// A list of the instance, read whole; the start of an entry of the catalogue.
    pub const INSTANCE: Self = Self {
        name: "",
        parent: ParentKind::Instance,
        path: "",
        query: "",
        reading: Reading::Scan,
        key: &["id"],
        time: None,
        columns: &[],
        secrets: &[],
        tier: Tier::Free,
        off: false,
    };

    /// The same of a group.
    pub const GROUP: Self = Self {
        parent: ParentKind::Group,
        ..Self::INSTANCE
    };

    /// The same of a project.
    pub const PROJECT: Self = Self {
        parent: ParentKind::Project,
        ..Self::INSTANCE
    };
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

/// GitLab's tiers, each with all of the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// For everyone.
    Free,
    /// Paid.
    Premium,
    /// Paid, with security.
    Ultimate,
}

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// With `updated_after` and ascending `updated_at`: only what changed.
    Updated {
        /// The query that sorts, `order_by=updated_at&sort=asc`.
        order: &'static str,
    },
    /// Newest first by keyset, down to the last known id. Rows whose `status` is not final are read again when the row
    /// of another stream that they are linked to has changed.
    Ids {
        /// Names of those streams, all of the same parent.
        of: &'static [&'static str],
        /// Path and query of all rows linked to one of their rows: `projects/:id/pipelines/:row_id/jobs`.
        refresh: &'static str,
        /// Field with the id of that row, `pipeline.id`.
        link: &'static str,
    },
    /// Newest first, until a page has nothing new.
    Newest {
        /// The parameter that starts at a time, such as `since` or `created_after`; empty where there is none.
        since: &'static str,
    },
    /// Newest first by a date that rows bring with them, such as commits: what comes with an old one is found because
    /// something leads to it.
    History {
        /// The parameter that starts at a time.
        since: &'static str,
        /// Names of lists of the same parent, whose rows lead to one by its `commit.id`: branches and tags. Rows lead
        /// to others by their `parent_ids`.
        tips: &'static [&'static str],
        /// Path and query of the list from one row on: `projects/:id/repository/commits?ref_name=:row_id`.
        from: &'static str,
    },
    /// The whole list each time: there is no filter. What is missing becomes a tombstone.
    Scan,
    /// For every new version of a row of other streams.
    Each {
        /// Names of those streams, all of the same parent. Pipelines and child pipelines are two lists of the same.
        of: &'static [&'static str],
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
