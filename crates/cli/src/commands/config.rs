//! `labtower config {init,check,show}`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::loaded;
use crate::config::{DEFAULT_FILE, example};
use crate::output::{complain, print, say};
use crate::{Exit, Failure, Globals};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write a `config.toml` with every setting explained.
    Init(InitArguments),
    /// Report everything that is wrong at once, with file, line, key and hint.
    ///
    /// Nothing is sent; `labtower doctor` tries the configuration against GitLab.
    Check,
    /// Print every value in force and where it came from; secrets are masked.
    Show,
}

#[derive(Debug, Args)]
struct InitArguments {
    /// Print it instead of writing a file.
    #[arg(long)]
    stdout: bool,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::Init(options) => init(globals, &options),
        Action::Check => Ok(check(globals)),
        Action::Show => Ok(show(globals)),
    }
}

fn init(globals: &Globals, options: &InitArguments) -> Result<Exit, Failure> {
    if options.stdout {
        print(&example());
        return Ok(Exit::Ok);
    }
    let path = globals
        .config
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let mut how = OpenOptions::new();
    how.write(true);
    if options.force {
        how.create(true).truncate(true);
    } else {
        how.create_new(true);
    }
    let mut file = match how.open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::with_hint(
                Exit::Failed,
                anyhow::anyhow!("`{}` exists already", path.display()),
                "`--force` replaces it, `--stdout` prints instead",
            ));
        }
        Err(error) => {
            let context = format!("failed to write `{}`", path.display());
            return Err(anyhow::Error::from(error).context(context).into());
        }
    };
    file.write_all(example().as_bytes())
        .with_context(|| format!("failed to write `{}`", path.display()))?;
    say(format!(
        "wrote {}; set gitlab.url, gitlab.monitor_groups and GITLAB_TOKEN, then try `labtower doctor`",
        path.display()
    ));
    Ok(Exit::Ok)
}

fn check(globals: &Globals) -> Exit {
    let loaded = loaded(globals);
    for problem in &loaded.problems {
        complain(problem.to_string());
    }
    let file = match &loaded.file {
        Some(path) => path.display().to_string(),
        None => "the environment".to_owned(),
    };
    if loaded.is_usable() {
        say(format!("{file}: fine"));
        Exit::Ok
    } else {
        Exit::Usage
    }
}

fn show(globals: &Globals) -> Exit {
    let loaded = loaded(globals);
    for section in loaded.config.sections() {
        say(format!("[{}]", section.name()));
        for key in section.keys() {
            let origin = loaded.origin(&key.path());
            match section.show(key.name) {
                Some(value) => say(format!("{} = {value}  # {origin}", key.name)),
                None => say(format!("#{} is not set", key.name)),
            }
        }
        say("");
    }
    for problem in &loaded.problems {
        complain(problem.to_string());
    }
    if loaded.is_usable() {
        Exit::Ok
    } else {
        Exit::Usage
    }
}
