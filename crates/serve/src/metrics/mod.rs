//! `GET /metrics`: every family that the store can tell, in OpenMetrics or Prometheus text.
//!
//! [`FAMILIES`] describes each family once; the scrape, `docs/metrics.md`, the rules and the dashboards read it.

mod catalogue;
mod family;
mod scrape;

pub use catalogue::FAMILIES;
pub use family::{Family, Kind, Switch, families};
pub(crate) use scrape::{__path_metrics, metrics};
