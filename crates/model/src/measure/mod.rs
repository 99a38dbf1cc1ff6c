//! Pure measures: rows in, figures out.

pub(crate) mod histogram;
