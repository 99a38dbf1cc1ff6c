//! `labtower config hash-password`.

use std::io::{BufRead, IsTerminal};

use anyhow::Context as _;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::output::{complain, say};
use crate::{Exit, Failure};

/// Reads a password from standard input, a terminal's without showing it, and prints its hash.
pub(crate) fn run() -> Result<Exit, Failure> {
    let password = if std::io::stdin().is_terminal() {
        complain("Password (it is not shown):");
        let first = hidden_line()?;
        complain("Again:");
        if first != hidden_line()? {
            return Err(anyhow::anyhow!("the two passwords differ").into());
        }
        first
    } else {
        line()?
    };
    let hash = labtower_serve::hash_password(&password).context("failed to hash the password")?;
    say(hash);
    Ok(Exit::Ok)
}

/// One line of standard input, without its end.
fn line() -> Result<String, Failure> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("failed to read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The same from a terminal that does not show what is typed.
fn hidden_line() -> Result<String, Failure> {
    let terminal = std::io::stdin();
    let shown = tcgetattr(&terminal).context("failed to ask the terminal")?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Now, &hidden).context("failed to hide the password")?;
    let line = line();
    tcsetattr(&terminal, OptionalActions::Now, &shown).context("failed to restore the terminal")?;
    line
}
