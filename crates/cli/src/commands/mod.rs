//! The commands, one file each, and the way into them.

pub(crate) mod backup;
pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod export;
pub(crate) mod healthcheck;
pub(crate) mod hooks;
mod password;
mod rules;
mod run;
pub(crate) mod sim;
pub(crate) mod sync;
mod version;

use std::sync::Arc;

use labtower_model::{Clock, SystemClock};

use crate::config::{Config, Loaded, Source, load};
use crate::output::complain;
use crate::{Cli, Command, Exit, Failure, Globals, logging};

/// Does what the command line says; every error has been printed when it returns.
pub fn run(cli: Cli) -> Exit {
    let quiet = !matches!(cli.command, Command::Run | Command::Sim(_));
    logging::start(cli.globals.log_format, quiet);
    match dispatch(cli) {
        Ok(exit) => exit,
        Err(failure) => {
            if let Some(text) = failure.text() {
                complain(text);
            }
            failure.exit
        }
    }
}

fn dispatch(cli: Cli) -> Result<Exit, Failure> {
    let globals = &cli.globals;
    match cli.command {
        Command::Run => in_runtime(run::run(globals)),
        Command::Demo(arguments) => in_runtime(demo::run(arguments)),
        Command::Sync(arguments) => in_runtime(sync::run(globals, arguments)),
        Command::Export(arguments) => in_runtime(export::run(globals, arguments)),
        Command::Sim(arguments) => in_runtime(sim::run(arguments)),
        Command::Config(arguments) => config::run(globals, arguments),
        Command::Doctor(arguments) => in_runtime(doctor::run(globals, arguments)),
        Command::Backup(arguments) => backup::backup(globals, arguments),
        Command::Restore(arguments) => backup::restore(globals, arguments),
        Command::Hooks(arguments) => in_runtime(hooks::run(globals, arguments)),
        Command::Healthcheck(arguments) => healthcheck::run(globals, arguments),
        Command::Rules => {
            rules::run();
            Ok(Exit::Ok)
        }
        Command::Version => {
            version::run();
            Ok(Exit::Ok)
        }
    }
}

/// Starts the async runtime for one command.
fn in_runtime(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command)
}

/// The machine's clock, for everything but the demo.
fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Reads the configuration without judging it.
pub(crate) fn loaded(globals: &Globals) -> Loaded {
    load(&Source {
        file: globals.config.clone(),
        environment: environment(),
    })
}

/// Reads the configuration, prints every problem, and fails if one stops the program.
fn usable_config(globals: &Globals) -> Result<Config, Failure> {
    let loaded = loaded(globals);
    for problem in &loaded.problems {
        complain(problem.to_string());
    }
    if loaded.is_usable() {
        Ok(loaded.config)
    } else {
        Err(Failure::reported(Exit::Usage))
    }
}

/// The environment; what is not text cannot be a setting.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}
