//! Reading: the file, then the environment over it, then the checks; every problem is collected.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::overlay::variables;
use super::problem::{Origin, Problem, Severity};
use super::section::{Config, Key};
use super::setting::Input;
use super::suggest::{did_you_mean, did_you_mean_section};

/// The file that is read from the working directory when none is named.
pub const DEFAULT_FILE: &str = "config.toml";

/// Where to read from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file named with `--config`; it must exist, which [`DEFAULT_FILE`] need not.
    pub file: Option<PathBuf>,
    /// The environment, as pairs of name and value.
    pub environment: Vec<(String, String)>,
}

/// What was read.
#[derive(Debug)]
pub struct Loaded {
    /// The values; those with an error are the defaults.
    pub config: Config,
    /// Everything found wrong, in the order it was found.
    pub problems: Vec<Problem>,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    origins: BTreeMap<String, Origin>,
}

impl Loaded {
    /// Where a value came from; `key` is `section.name`.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Whether a problem stops the program.
    pub fn is_usable(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity == Severity::Warning)
    }
}

/// Reads and checks everything; never fails, because what is wrong is part of the answer.
pub fn load(source: &Source) -> Loaded {
    let mut loader = Loader {
        keys: Config::default().keys(),
        loaded: Loaded {
            config: Config::default(),
            problems: Vec::new(),
            file: None,
            origins: BTreeMap::new(),
        },
    };
    let path = source
        .file
        .clone()
        .unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            loader.file(&path, &text);
            loader.loaded.file = Some(path);
        }
        Err(error) if source.file.is_none() && error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => loader.problem(
            Severity::Error,
            Origin::File { path, line: None },
            String::new(),
            format!("the file cannot be read: {error}"),
            Some("`labtower config init` writes one with every setting explained".to_owned()),
        ),
    }
    loader.environment(&source.environment);
    loader.check();
    loader.loaded
}

struct Loader {
    keys: Vec<Key>,
    loaded: Loaded,
}

impl Loader {
    fn problem(
        &mut self,
        severity: Severity,
        origin: Origin,
        key: String,
        message: String,
        hint: Option<String>,
    ) {
        self.loaded.problems.push(Problem {
            severity,
            origin,
            key,
            message,
            hint,
        });
    }

    fn file(&mut self, path: &Path, text: &str) {
        let at = |offset: usize| Origin::File {
            path: path.to_owned(),
            line: Some(line_of(text, offset)),
        };
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let offset = error.span().map_or(0, |span| span.start);
            // Only the message: the error's own display would quote the line, and the token with it.
            let message = format!("not TOML: {}", error.message());
            self.problem(Severity::Error, at(offset), String::new(), message, None);
        }
        self.sections(document.get_ref(), "", &at);
    }

    /// Reads the tables of a table, `above` being its name and a dot.
    fn sections(&mut self, tables: &DeTable<'_>, above: &str, at: &dyn Fn(usize) -> Origin) {
        for (name, value) in tables {
            let origin = at(name.span().start);
            let section = format!("{above}{}", name.get_ref());
            let DeValue::Table(settings) = value.get_ref() else {
                self.unknown(origin, &section, "");
                continue;
            };
            if self.loaded.config.section_mut(&section).is_some() {
                self.settings(settings, &section, at);
                continue;
            }
            let within = format!("{section}.");
            let sections = self.loaded.config.sections();
            if sections
                .iter()
                .any(|known| known.name().starts_with(&within))
            {
                self.sections(settings, &within, at);
            } else {
                self.unknown(origin, &section, "");
            }
        }
    }

    /// Reads the settings of a section; a table among them may be a section of its own.
    fn settings(&mut self, settings: &DeTable<'_>, section: &str, at: &dyn Fn(usize) -> Origin) {
        for (key, value) in settings {
            let within = format!("{section}.{}", key.get_ref());
            match value.get_ref() {
                DeValue::Table(settings) if self.loaded.config.section_mut(&within).is_some() => {
                    self.settings(settings, &within, at);
                }
                value => {
                    let origin = at(key.span().start);
                    self.set(origin, section, key.get_ref(), Input::Toml(value));
                }
            }
        }
    }

    fn environment(&mut self, environment: &[(String, String)]) {
        let variables = variables(environment);
        for variable in &variables {
            let origin = Origin::Variable(variable.name.to_owned());
            let input = Input::Text(variable.value);
            if self.loaded.config.section_mut(&variable.section).is_none() {
                self.unknown(origin, &variable.section, &variable.key);
                continue;
            }
            self.set(origin, &variable.section, &variable.key, input);
        }
        // A token of the environment is stronger than a token file of the configuration file.
        let from_environment = |origin: &Origin| matches!(origin, Origin::Variable(_));
        if from_environment(&self.loaded.origin("gitlab.token"))
            && !from_environment(&self.loaded.origin("gitlab.token_file"))
        {
            self.loaded.config.gitlab.token_file = None;
            self.loaded.origins.remove("gitlab.token_file");
        }
    }

    fn set(&mut self, origin: Origin, section: &str, key: &str, input: Input<'_>) {
        let outcome = self
            .loaded
            .config
            .section_mut(section)
            .and_then(|values| values.set(key, input));
        let path = format!("{section}.{key}");
        match outcome {
            None => self.unknown(origin, section, key),
            Some(Ok(())) => {
                self.loaded.origins.insert(path, origin);
            }
            Some(Err(message)) => {
                self.loaded.origins.insert(path.clone(), origin.clone());
                self.problem(Severity::Error, origin, path, message, None);
            }
        }
    }

    /// Unknown names are warned of, not refused: a file of another version must still start.
    fn unknown(&mut self, origin: Origin, section: &str, key: &str) {
        let sections: Vec<&str> = self
            .loaded
            .config
            .sections()
            .iter()
            .map(|section| section.name())
            .collect();
        let (path, message, hint) = if sections.contains(&section) {
            (
                format!("{section}.{key}"),
                "there is no such setting; it is ignored",
                did_you_mean(section, key, &self.keys),
            )
        } else if let Some(known) = self.keys.iter().find(|known| known.name == section) {
            (
                section.to_owned(),
                "there is no such section; it is ignored",
                Some(format!("`{section}` belongs in [{}]", known.section)),
            )
        } else {
            (
                section.to_owned(),
                "there is no such section; it is ignored",
                did_you_mean_section(section, &sections),
            )
        };
        self.problem(Severity::Warning, origin, path, message.to_owned(), hint);
    }

    fn check(&mut self) {
        for (section, finding) in self.loaded.config.findings() {
            let path = format!("{section}.{}", finding.key);
            // A value that could not be read has its problem already; its default needs none.
            let known = self
                .loaded
                .problems
                .iter()
                .any(|problem| problem.key == path && problem.severity == Severity::Error);
            if known {
                continue;
            }
            let origin = match self.loaded.origin(&path) {
                Origin::Default => match &self.loaded.file {
                    Some(path) => Origin::File {
                        path: path.clone(),
                        line: None,
                    },
                    None => Origin::Default,
                },
                written => written,
            };
            let hint = match (&self.loaded.file, &finding.hint) {
                (None, Some(hint)) if origin == Origin::Default => Some(format!(
                    "{hint}; `labtower config init` writes a {DEFAULT_FILE} with every setting explained"
                )),
                (_, hint) => hint.clone(),
            };
            self.problem(finding.severity, origin, path, finding.message, hint);
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count() + 1
}
