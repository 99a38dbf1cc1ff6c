//! What is wrong with a configuration, where it was written, and what to do about it.

use std::fmt;
use std::path::PathBuf;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// The file, and the line in it when known.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// Counted from 1.
        line: Option<usize>,
    },
    /// The environment variable of that name.
    Variable(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => out.write_str("default"),
            Self::File { path, line: None } => write!(out, "{}", path.display()),
            Self::File {
                path,
                line: Some(line),
            } => write!(out, "{}:{line}", path.display()),
            Self::Variable(name) => write!(out, "environment variable {name}"),
        }
    }
}

/// Whether the program can run in spite of a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// It runs; the value is ignored or surprising.
    Warning,
    /// It does not run.
    Error,
}

/// What a section has to say about its own values; the loader adds where they were written.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Whether it stops the program.
    pub severity: Severity,
    /// The key inside the section.
    pub key: &'static str,
    /// A lowercase fragment without a final stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Finding {
    /// A finding that stops the program.
    pub fn error(key: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self {
            severity: Severity::Error,
            key,
            message: message.into(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
        }
    }

    /// A finding that does not.
    pub fn warning(key: &'static str, message: impl Into<String>, hint: &str) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(key, message, hint)
        }
    }
}

/// One problem, complete.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Whether it stops the program.
    pub severity: Severity,
    /// Where the value was written.
    pub origin: Origin,
    /// `section.key`, or empty for a problem of the whole file.
    pub key: String,
    /// A lowercase fragment without a final stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(out, "{severity}: ")?;
        if self.origin != Origin::Default {
            write!(out, "{}: ", self.origin)?;
        }
        if !self.key.is_empty() {
            write!(out, "{}: ", self.key)?;
        }
        out.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(out, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}
