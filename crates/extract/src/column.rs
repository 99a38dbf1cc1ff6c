//! Columns: what of a row is worth one.

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

/// `columns![id: Int, author.username: Text]`: columns by path and kind, named after their paths.
macro_rules! columns {
    ($($first:ident $(. $rest:ident)* : $kind:ident),* $(,)?) => {
        &[$($crate::column::Column {
            name: concat!(stringify!($first) $(, "_", stringify!($rest))*),
            path: concat!(stringify!($first) $(, ".", stringify!($rest))*),
            kind: $crate::column::ColumnKind::$kind,
        }),*]
    };
}

pub(crate) use columns;
