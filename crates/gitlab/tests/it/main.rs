//! The client against small servers that answer as told (`stub`), and against the simulated GitLab.

mod budget;
mod errors;
mod graphql;
mod lists;
mod simulated;
mod stub;
mod tls;
