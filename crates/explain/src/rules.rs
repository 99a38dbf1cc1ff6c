//! Rules: one line of a log, one reason. Written in TOML, so that anybody can add one.

mod error;
mod late;
mod pack;
mod run;

pub use error::{RuleProblem, RulesError};
pub(crate) use pack::{Pick, Rule, USER_RANK, parse};
pub(crate) use run::{prefilter, run};

/// The packs compiled in, in the order of their say: name and text.
pub(crate) const BUILTIN: &[(&str, &str)] = &[
    ("limits", include_str!("../rules/limits.toml")),
    ("runner", include_str!("../rules/runner.toml")),
    ("compilers", include_str!("../rules/compilers.toml")),
    ("linters", include_str!("../rules/linters.toml")),
    ("tests", include_str!("../rules/tests.toml")),
    ("packages", include_str!("../rules/packages.toml")),
    ("containers", include_str!("../rules/containers.toml")),
    ("git", include_str!("../rules/git.toml")),
    ("network", include_str!("../rules/network.toml")),
    ("deploy", include_str!("../rules/deploy.toml")),
    ("shell", include_str!("../rules/shell.toml")),
    ("wrappers", include_str!("../rules/wrappers.toml")),
];

#[cfg(test)]
mod tests;
