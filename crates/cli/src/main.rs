//! The binary; see the library for everything.

use std::process::ExitCode;

use clap::Parser;
use labtower_cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    labtower_cli::run(Cli::parse()).into()
}
