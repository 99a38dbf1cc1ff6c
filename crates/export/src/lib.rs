//! Sends what is stored to other systems, each called a sink.
//!
//! A sink follows the change feed from the number it has taken last, which the store keeps for it in `sinks`
//! together with its errors, and reads the rows themselves from the store. The number moves after the sink has
//! answered, so everything is sent at least once, and ids are such that a repetition can be told from something new.
//! A sink that is down delays nothing but itself.
//!
//! Sinks of the feed are tasks ([`Export`]); sinks of rows keep what `extract` reads, and are one contract, [`sink`].
//!
//! Every sink is a cargo feature and a module; `otlp` sends traces.
//! To add one: its options in [`ExportOptions`], its task in [`Export`].

#[cfg(feature = "bigquery")]
pub mod bigquery;
#[cfg(feature = "clickhouse")]
pub mod clickhouse;
pub mod copy;
mod error;
mod export;
pub mod feed;
#[cfg(feature = "files")]
pub mod files;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sink;
mod texts;
#[cfg(any(feature = "bigquery", feature = "clickhouse"))]
mod warehouse;

pub use error::ExportError;
pub use export::{Export, ExportOptions};
