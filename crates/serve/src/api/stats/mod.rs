//! Figures over pipelines: `/api/stats/*`, and the rebuild of what they are read from.

pub(crate) mod projects;
pub(crate) mod refresh;
pub(crate) mod summary;
pub(crate) mod trend;
