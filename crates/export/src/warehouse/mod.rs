//! What the warehouses share: settings, HTTP, turns of batches, and tokens that tell one writer from another.

mod http;
mod options;
mod token;
mod turns;

pub(crate) use http::{beginning, client, shown, tried, unavailable};
pub(crate) use options::{DATABASE, Variables, address, checked, is_plain};
#[cfg(test)]
pub(crate) use options::{assert_refused, environment};
pub(crate) use token::token;
pub(crate) use turns::{Turns, is_cluttered};
