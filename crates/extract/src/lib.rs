//! Reads GitLab's REST lists whole, once, and without loss.
//!
//! What it is: a catalogue of every list there is ([`CATALOGUE`], one [`Stream`] each), and readers that turn a list
//! into rows, a page at a time, from where they left off.
//! What it is not: it writes nothing; `export` takes the rows, keeps them and the place to go on from.

mod address;
mod body;
mod catalogue;
mod column;
mod cursor;
mod error;
mod pages;
mod parent;
mod reference;
mod row;
mod secrets;
mod stream;
mod walk;

pub use catalogue::CATALOGUE;
pub use column::{Column, ColumnKind};
pub use error::ExtractError;
pub use parent::Parent;
pub use reference::streams_reference;
pub use row::Row;
pub use stream::{ParentKind, Reading, Shape, Stream, Tier};
pub use walk::{ReadOptions, Visit, Walk};
