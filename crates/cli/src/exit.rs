//! Exit codes: part of the interface, described in `docs/cli.md`.

use std::process::ExitCode;

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything was done, or a signal ended a service in order.
    Ok = 0,
    /// It failed.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Some groups or projects failed; the rest is stored.
    Partial = 3,
    /// GitLab refuses the token.
    Unauthorized = 4,
    /// A signal ended the process before its work was finished.
    Interrupted = 130,
}

impl Exit {
    /// Every code with its meaning, for the manual.
    pub const ALL: [(Self, &'static str); 6] = [
        (
            Self::Ok,
            "everything was done, or a signal ended a service in order",
        ),
        (Self::Failed, "it failed; the message says why"),
        (
            Self::Usage,
            "the command line or the configuration is wrong",
        ),
        (
            Self::Partial,
            "some groups or projects failed; the rest is stored or done, and the next run tries them again",
        ),
        (Self::Unauthorized, "GitLab refuses the token"),
        (
            Self::Interrupted,
            "a signal ended it before its work was finished, for a service a second one; what was committed is kept",
        ),
    ];

    /// The number the shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
