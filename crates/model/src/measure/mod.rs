//! Pure measures: rows in, figures out.

pub(crate) mod concentration;
pub(crate) mod critical_path;
pub(crate) mod fisher;
pub mod flaky;
pub(crate) mod glyph;
pub(crate) mod histogram;
pub(crate) mod histogram_sum;
pub(crate) mod night;
pub(crate) mod similarity;
pub(crate) mod wilson;
