//! `labtower config {init,check,show,hash-password,import}`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{loaded, password};
use crate::config::{DEFAULT_FILE, example};
use crate::import::import;
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
    /// Print the hash of a password, for `users` in `[server.auth]`.
    ///
    /// The password is read from standard input; a terminal does not show it.
    HashPassword,
    /// Translate the YAML configuration of a gitlab-ci-pipelines-exporter.
    ///
    /// The new `config.toml` goes to standard output, what needs a look to standard error; the token is not copied.
    Import(ImportArguments),
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

#[derive(Debug, Args)]
struct ImportArguments {
    /// The YAML file.
    file: PathBuf,
    /// Write the new configuration to this file instead.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(globals: &Globals, arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::Init(options) => init(globals, &options),
        Action::Check => Ok(check(globals)),
        Action::Show => Ok(show(globals)),
        Action::HashPassword => password::run(),
        Action::Import(options) => translate(&options),
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
    write(&path, &example(), options.force)?;
    say(format!(
        "wrote {}; set gitlab.url, gitlab.monitor_groups and GITLAB_TOKEN, then try `labtower doctor`",
        path.display()
    ));
    Ok(Exit::Ok)
}

/// Writes a new file, or replaces one if asked to.
fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let mut how = OpenOptions::new();
    how.write(true);
    if force {
        how.create(true).truncate(true);
    } else {
        how.create_new(true);
    }
    let mut file = match how.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(Failure::with_hint(
                Exit::Failed,
                anyhow::anyhow!("`{}` exists already", path.display()),
                "`--force` replaces it",
            ));
        }
        Err(error) => {
            let context = format!("failed to write `{}`", path.display());
            return Err(anyhow::Error::from(error).context(context).into());
        }
    };
    file.write_all(text.as_bytes())
        .with_context(|| format!("failed to write `{}`", path.display()))?;
    Ok(())
}

fn translate(options: &ImportArguments) -> Result<Exit, Failure> {
    let source = options.file.display().to_string();
    let text = std::fs::read_to_string(&options.file)
        .with_context(|| format!("failed to read `{source}`"))?;
    let imported = import(&text).map_err(|error| {
        let error = anyhow::anyhow!("{source}:{}: {}", error.line, error.message);
        Failure::with_hint(
            Exit::Usage,
            error,
            "this command reads the configuration of a gitlab-ci-pipelines-exporter",
        )
    })?;
    let new = imported.toml(&source);
    match &options.output {
        None => print(&new),
        Some(path) => write(path, &new, options.force)?,
    }
    for line in imported.report(&source) {
        complain(line);
    }
    complain("set GITLAB_TOKEN, then try `labtower config check` and `labtower doctor`");
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
