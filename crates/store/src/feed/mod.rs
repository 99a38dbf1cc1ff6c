//! The change feed: every version of every entity, append only, in the order it was learnt.
//!
//! A row is written when an entity is new, differs from what is stored, or (as a tombstone) is gone from GitLab.
//! An unchanged re-read writes nothing. Bodies are the entity's JSON, compressed one by one with zstd; a dictionary
//! trained on the first few thousand of them makes small bodies about four times smaller than they would be without.
//! Rows of entities that retention removed from the tables stay: the feed is history, and a consumer that lags behind
//! must find it whole. [`Store::retain_changes`](crate::Store::retain_changes) shortens it, when a setting says so.

mod append;
mod compress;
mod decompress;
mod dictionary;
mod kind;

pub(crate) use append::{Feed, Json, Row};
pub(crate) use compress::Compressor;
pub(crate) use decompress::Decoder;
pub(crate) use dictionary::Dictionary;
pub use kind::ChangeKind;
