//! Pure measures: rows in, figures out.

pub(crate) mod histogram;
pub(crate) mod histogram_sum;
