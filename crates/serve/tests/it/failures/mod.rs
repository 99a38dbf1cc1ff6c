//! The pages of failures, and what people do there.

mod actions;
mod create;
mod flaky;
mod page;
mod pattern;
mod reports;
mod size;
mod windows;
pub(crate) mod world;
