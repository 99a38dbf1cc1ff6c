//! The command line; its doc comments are the help texts and `docs/cli.md`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{backup, config, demo, doctor, export, healthcheck, hooks, sim, sync};
use crate::logging::Format;

/// Reads everything a GitLab does once, keeps it in SQLite and serves it.
#[derive(Debug, Parser)]
#[command(name = "labtower", version, max_term_width = 100)]
pub struct Cli {
    /// Options every command takes.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// The configuration file; without it `config.toml` of the working directory is read if it exists.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "LABTOWER_CONFIG",
        hide_env_values = true
    )]
    pub config: Option<PathBuf>,
    /// How log lines on standard error look; `RUST_LOG` sets which are written.
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        env = "LABTOWER_LOG_FORMAT",
        hide_env_values = true
    )]
    pub log_format: Format,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read GitLab continuously and serve it over HTTP.
    ///
    /// HTTP is up at once; the data endpoints answer when the first backfill is complete.
    /// SIGTERM or Ctrl-C ends it in order; a second one at once.
    Run,
    /// Show labtower on a simulated GitLab; nothing needs to be configured.
    Demo(demo::Arguments),
    /// Read what is new once, and stop.
    Sync(sync::Arguments),
    /// Copy GitLab's REST data to files, PostgreSQL, BigQuery or ClickHouse, going on from the last run.
    ///
    /// Made for a scheduled job: it needs nothing of its own, because the target knows how far each list has come.
    Export(export::Arguments),
    /// Copy the store to a file, as it is at one moment, while labtower goes on.
    Backup(backup::BackupArguments),
    /// Put a backup in the place of the store; labtower must not run.
    ///
    /// The store that was there is kept beside it as `.bak`. Sinks begin anew, because what they have may be newer.
    Restore(backup::RestoreArguments),
    /// Run a simulated GitLab alone.
    Sim(sim::Arguments),
    /// Write, check or show the configuration.
    Config(config::Arguments),
    /// Try the configuration against the real GitLab, and estimate what it will cost.
    ///
    /// Reaches GitLab, then reports its version, the token's scopes and expiry, the clocks, what is visible, and the expected requests.
    Doctor(doctor::Arguments),
    /// Register the webhooks of groups and projects at GitLab, look at them, or remove them.
    Hooks(hooks::Arguments),
    /// Ask a running labtower whether it is alive; made for container health checks.
    Healthcheck(healthcheck::Arguments),
    /// Print alert and recording rules for Prometheus.
    ///
    /// The output is a rule file as it is; a copy of it is meant to be edited.
    Rules,
    /// Print the version.
    Version,
}
