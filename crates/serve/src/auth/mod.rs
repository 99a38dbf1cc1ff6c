//! Who asks, and what they may do.
//!
//! Reading is open unless configured otherwise; writing needs a name: a session, a proxy's header or the token.

mod viewer;

pub(crate) use viewer::Viewer;
