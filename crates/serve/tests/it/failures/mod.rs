//! The pages of failures, and what people do there.

mod actions;
mod create;
mod page;
mod pattern;
mod size;
pub(crate) mod world;
