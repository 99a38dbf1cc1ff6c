//! What an import makes: settings, and notes on everything that became none.

use std::collections::BTreeMap;

use super::document::{Entry, Value};
use super::known::SCOPES;

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The value is not of the type the key has; it was left out.
    Wrong,
    /// There is no such key.
    Unknown,
    /// Labtower cannot do this.
    NotSupported,
    /// It was translated, but does not mean quite the same.
    Differs,
    /// It is set elsewhere than in `config.toml`.
    Outside,
    /// Labtower needs nothing of the kind.
    NotNeeded,
}

impl About {
    /// Every kind, what needs a look first.
    pub const ALL: [Self; 6] = [
        Self::Wrong,
        Self::Unknown,
        Self::NotSupported,
        Self::Differs,
        Self::Outside,
        Self::NotNeeded,
    ];

    /// The heading over such notes.
    pub fn title(self) -> &'static str {
        match self {
            Self::Wrong => "Cannot be read",
            Self::Unknown => "Not known to gitlab-ci-pipelines-exporter",
            Self::NotSupported => "Not supported",
            Self::Differs => "Translated, and not quite the same",
            Self::Outside => "Set elsewhere",
            Self::NotNeeded => "Not needed",
        }
    }
}

/// A remark on one key of the file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What kind of remark it is.
    pub about: About,
    /// The line of the key, counted from 1.
    pub line: usize,
    /// The key, with `[]` for a place in a list.
    pub key: String,
    /// Why, and what to do.
    pub text: String,
}

/// One setting of the new `config.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The value as TOML.
    pub value: String,
    /// Where it comes from, in words.
    pub from: String,
}

/// The outcome, while it is made.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// By `section.key`.
    pub(super) settings: BTreeMap<&'static str, Written>,
    pub(super) notes: Vec<Note>,
}

impl Draft {
    /// Writes a setting.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<toml::Value>, from: &str) {
        let written = Written {
            value: value.into().to_string(),
            from: from.to_owned(),
        };
        self.settings.insert(key, written);
    }

    /// Remarks on a key, once for every different remark.
    pub(super) fn note(&mut self, about: About, entry: &Entry, text: impl Into<String>) {
        let text = text.into();
        let said = |note: &Note| note.key == entry.path && note.text == text;
        if !self.notes.iter().any(said) {
            self.notes.push(Note {
                about,
                line: entry.line,
                key: entry.path.clone(),
                text,
            });
        }
    }

    fn wrong(&mut self, entry: &Entry, kind: &str) {
        // The value is not repeated: it may be a secret under the wrong key.
        self.note(About::Wrong, entry, format!("expected {kind}"));
    }

    /// The truth value of an entry; a note when it is none.
    pub(super) fn bool(&mut self, entry: &Entry) -> Option<bool> {
        if let Value::Bool(value) = entry.value {
            return Some(value);
        }
        self.wrong(entry, "true or false");
        None
    }

    /// The positive number of an entry; a note when it is none.
    pub(super) fn positive(&mut self, entry: &Entry) -> Option<f64> {
        match entry.value {
            Value::Number(value) if value > 0.0 => Some(value),
            _ => {
                self.wrong(entry, "a number above 0");
                None
            }
        }
    }

    /// The text of an entry; a note when it is none.
    pub(super) fn text<'a>(&mut self, entry: &'a Entry) -> Option<&'a str> {
        if let Value::Text(value) = &entry.value {
            return Some(value);
        }
        self.wrong(entry, "text");
        None
    }
}

/// A number as TOML; whole ones without a point.
pub(super) fn number(value: f64) -> toml::Value {
    if value.fract() == 0.0 && value.abs() < 1e15 {
        toml::Value::Integer(value as i64)
    } else {
        toml::Value::Float(value)
    }
}

/// The file, to be asked.
pub(super) struct File<'a> {
    entries: &'a [Entry],
}

/// A project or wildcard of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Item {
    /// `projects[]` or `wildcards[]`.
    pub(super) scope: &'static str,
    /// Its place in the list, counted from 0.
    pub(super) place: usize,
}

impl<'a> File<'a> {
    pub(super) fn new(entries: &'a [Entry]) -> Self {
        Self { entries }
    }

    /// The value of a key that stands once.
    pub(super) fn get(&self, path: &str) -> Option<&'a Entry> {
        self.entries
            .iter()
            .find(|entry| entry.path == path && entry.value != Value::Null)
    }

    /// The value of a key of one item, without the defaults.
    pub(super) fn own(&self, item: Item, key: &str) -> Option<&'a Entry> {
        let path = format!("{}.{key}", item.scope);
        self.entries.iter().find(|entry| {
            entry.item == Some(item.place) && entry.path == path && entry.value != Value::Null
        })
    }

    /// The first line of an item.
    pub(super) fn line_of(&self, item: Item) -> usize {
        let inside =
            |entry: &&Entry| entry.item == Some(item.place) && entry.path.starts_with(item.scope);
        self.entries
            .iter()
            .find(inside)
            .map_or(1, |entry| entry.line)
    }

    /// Every item, wildcards first.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut items = Vec::new();
        for scope in SCOPES.into_iter().filter(|scope| scope.ends_with("[]")) {
            let inside = |entry: &&Entry| entry.path.starts_with(scope);
            let places = self
                .entries
                .iter()
                .filter(inside)
                .filter_map(|entry| entry.item);
            for place in places {
                let item = Item { scope, place };
                if !items.contains(&item) {
                    items.push(item);
                }
            }
        }
        items
    }

    /// The value of a key for each item: its own, or that of the defaults, or `None`.
    pub(super) fn each(&self, key: &str) -> Vec<Option<&'a Entry>> {
        let default = self.get(&format!("{}.{key}", SCOPES[0]));
        let items = self.items();
        if items.is_empty() {
            return vec![default];
        }
        items
            .into_iter()
            .map(|item| self.own(item, key).or(default))
            .collect()
    }
}
