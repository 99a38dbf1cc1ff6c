//! The binary; see the library for everything.

use std::process::ExitCode;

use clap::Parser;
use labtower_cli::Cli;

fn main() -> ExitCode {
    labtower_cli::share_heaps();
    labtower_cli::run(Cli::parse()).into()
}
