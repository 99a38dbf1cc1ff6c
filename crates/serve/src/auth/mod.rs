//! Who asks, and what they may do.
//!
//! Reading is open unless [`AuthOptions::require_auth_for_read`]; writing needs a name. A name comes from the token for
//! programs, from a session, or from a header of a trusted proxy; [`identify()`] finds it before any handler runs, and
//! the gate turns nameless readers away there. [`writer()`] is the one way to a name for a handler that writes.
//!
//! Sessions are signed cookies, not rows: they outlive a restart as long as the key does, and end when the password
//! changes. Signing out ends one at once, for as long as the process lives; the cookie is gone then anyway.

mod caller;
mod cookie;
mod gate;
pub(crate) mod login;
mod options;
mod origin;
mod password;
mod session;
mod sign;
mod state;
mod throttle;
mod viewer;
mod writer;

pub(crate) use caller::{Caller, Identity};
pub(crate) use gate::{identify, wants_page};
pub use options::{AuthOptions, User, header_name, new_session_key};
pub use password::{PasswordError, check_hash, hash_password};
pub(crate) use state::Auth;
pub(crate) use viewer::{Viewer, local};
pub(crate) use writer::writer;
