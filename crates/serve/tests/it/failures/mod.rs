//! The pages of failures, and what people do there.

mod actions;
mod page;
mod size;
pub(crate) mod world;
