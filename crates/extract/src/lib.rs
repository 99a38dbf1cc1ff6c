//! Reads GitLab's REST lists whole, once, and without loss.
//!
//! What it is: a catalogue of every list there is ([`CATALOGUE`], one [`Stream`] each), and readers that turn a list
//! into rows, a page at a time, from where they left off.
//! What it is not: it writes nothing; `export` takes the rows, keeps them and the place to go on from.

mod catalogue;
mod row;
mod stream;

pub use catalogue::CATALOGUE;
pub use row::Row;
pub use stream::{Column, ColumnKind, ParentKind, Reading, Shape, Stream};
