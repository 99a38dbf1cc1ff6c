//! What `/metrics` tells, in both formats.

mod golden;
mod limits;
mod parse;
mod world;
