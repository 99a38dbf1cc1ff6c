//! What the warehouses share: values of columns, HTTP, and tokens that tell one writer from another.

mod http;
mod token;
mod value;

pub(crate) use http::{chain, client, shown};
pub(crate) use token::token;
pub(crate) use value::{Value, values};
