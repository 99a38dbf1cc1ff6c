//! Secrets that scripts print by mistake: `set -x`, a dumped environment, a verbose client.

use super::Log;
use crate::resources::stacks::Run;

/// A line with a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leak {
    /// As the script prints it.
    pub(crate) line: String,
    /// What nobody should see.
    pub(crate) secret: String,
}

/// What a run leaks; most leak nothing.
pub(crate) fn leaks(run: &Run<'_>) -> Vec<Leak> {
    let mut dice = run.dice.of("leak");
    if !dice.chance(0.25) {
        return Vec::new();
    }
    let mut own = dice.of("secret");
    let word = own.hex(24);
    let upper = own.hex(16).to_uppercase();
    let (line, secret) = match dice.below(6) {
        0 => (
            format!(
                "+ curl --header 'PRIVATE-TOKEN: glpat-{word}' https://gitlab.example.com/api/v4/projects"
            ),
            format!("glpat-{word}"),
        ),
        1 => (
            format!("DATABASE_URL=postgres://ci:{word}@db.internal.example.com:5432/app"),
            word,
        ),
        2 => (
            format!("AWS_ACCESS_KEY_ID=AKIA{upper}"),
            format!("AKIA{upper}"),
        ),
        3 => (format!("> Authorization: Bearer {word}"), word),
        4 => (
            format!("npm config set //registry.example.com/:_authToken={word}"),
            word,
        ),
        _ => (
            format!("deploying with password={word} to the database"),
            word,
        ),
    };
    vec![Leak { line, secret }]
}

/// Prints what a run leaks.
pub(super) fn print(log: &mut Log, run: &Run<'_>) {
    for leak in leaks(run) {
        log.err(&leak.line);
    }
}
