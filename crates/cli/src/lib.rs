//! The one binary, as a library so that tests start the same service in their own process.
//!
//! Start at [`Cli`] and [`run`]; each command is a file in `commands`, and [`Service`] is the wiring `client -> syncer -> store -> HTTP` that `run`, `demo` and the tests share.
//! This crate decides nothing about GitLab, storage or HTTP; it reads the configuration, connects the other crates and ends them in order.
//! To add a command: a file in `commands` with its arguments and `run`, and a line in [`Command`]; then `LABTOWER_UPDATE=1 cargo test -p labtower-cli` for `docs/cli.md`.

mod arenas;
mod args;
mod commands;
pub mod config;
pub mod dashboards;
mod exit;
mod failure;
mod hooks;
pub mod import;
mod instance_metrics;
mod issue_writer;
mod lifecycle;
mod logging;
mod manual;
mod metrics_reference;
mod output;
mod pinned;
mod progress;
mod reload;
mod rules;
mod service;
mod session_key;
mod token;
mod wiring;

pub use arenas::share as share_heaps;
pub use args::{Cli, Command, Globals};
pub use commands::run;
pub use exit::Exit;
pub use failure::Failure;
pub use manual::manual;
pub use metrics_reference::metrics_reference;
pub use reload::Reloads;
pub use rules::RULES;
pub use service::{Service, ServiceOptions};
