//! `GET /metrics`: every family that the store can tell, in OpenMetrics or Prometheus text.
//!
//! [`FAMILIES`] describes each family once; the scrape, `docs/metrics.md`, the rules and the dashboards read it.
//! A scrape goes `scrape` -> `cache` (one snapshot per generation of the data) -> `collect` (store to [`Table`]s, one
//! file per switch) -> [`write()`] (tables to text). What depends on the time or on this process is made at each scrape
//! in `own`. To add a family: a line in `catalogue`, its values in the collector of its switch.

mod cache;
mod catalogue;
mod collect;
mod family;
mod format;
mod gzip;
mod instance;
mod labels;
mod options;
mod own;
mod scrape;
mod snapshot;
mod table;
mod text;
mod write;

pub(crate) use cache::MetricsCache;
pub use catalogue::FAMILIES;
pub use family::{Family, Kind, Switch, families};
pub use format::Format;
pub use instance::{InstanceMetrics, InstanceSamples};
pub use labels::Labels;
pub use options::{MetricsOptions, ProjectAllowed, RefAllowed};
pub(crate) use scrape::{__path_metrics, metrics};
pub use table::{Cells, Column, Histograms, Table};
pub use write::{Dropped, WriteOptions, write};
