//! What the warehouses share: HTTP, and tokens that tell one writer from another.

mod http;
mod token;

pub(crate) use http::{chain, client, shown};
pub(crate) use token::token;
