//! Every stream there is.

mod plan;

use crate::Stream;

/// All streams, in the order in which they are read.
pub static CATALOGUE: &[&Stream] = &[&plan::ISSUES];
