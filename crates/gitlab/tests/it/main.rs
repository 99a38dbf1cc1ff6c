//! The client against small servers that answer as told (`stub`), and against the simulated GitLab.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod budget;
mod errors;
mod failures;
mod graphql;
mod lists;
mod registered_hooks;
mod simulated;
mod stub;
mod tls;
