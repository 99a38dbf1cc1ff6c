//! Rows as files, in a directory or a bucket.
//!
//! ```text
//! <target>/<instance>/<stream>/data/<number>-<random>.ndjson.zst    rows of one batch, or .parquet
//! <target>/<instance>/<stream>/_log/<number>.json                   the commit: its files and cursors
//! <target>/<instance>/<stream>/_log/<number>.checkpoint.json        all cursors as of a number, now and then
//! <target>/<instance>/<stream>/_log/_last_checkpoint.json           where to begin to look
//! ```
//!
//! The file comes first, then the entry of the log, which is created only if nobody has created it: that is the
//! commit, and what decides between two writers. Files that no entry names do not count.
//! Nothing that is committed is ever changed or removed.

mod checkpoint;
mod clean;
mod document;
mod encode;
mod log;
mod objects;
mod open;
mod options;
mod parquet;
mod sink;

pub use options::{Bucket, FilesOptions, Format, Target};
pub use sink::Files;
