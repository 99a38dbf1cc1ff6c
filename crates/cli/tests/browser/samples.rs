//! When the sample world is.

use jiff::Timestamp;

/// 2026-11-21T07:00:00Z
pub(crate) fn now() -> Timestamp {
    labtower_model::samples::at(19 * 3600)
}
