//! An import as text: the new `config.toml`, and a report.

use super::draft::{About, Note};
use super::run::Imported;
use crate::config::Config;

impl Imported {
    /// The new `config.toml`; `source` is the name of the file that was read.
    ///
    /// Each setting says which key it comes from, and the notes stand below in comments.
    pub fn toml(&self, source: &str) -> String {
        let mut lines = vec![
            format!("# Configuration of labtower, made from {source} by `labtower config import`."),
            "# The token is not copied: set GITLAB_TOKEN, or gitlab.token_file.".to_owned(),
        ];
        for section in Config::default().sections() {
            let keys = section.keys();
            let mut written = keys
                .iter()
                .filter_map(|key| Some((key.name, self.settings.get(key.path().as_str())?)))
                .peekable();
            if written.peek().is_some() {
                lines.push(String::new());
                lines.push(format!("[{}]", section.name()));
            }
            for (name, written) in written {
                lines.push(format!("# From {}.", written.from));
                lines.push(format!("{name} = {}", written.value));
            }
        }
        for about in About::ALL {
            let notes = self.notes_about(about);
            if !notes.is_empty() {
                lines.push(format!("\n# {}:", about.title()));
                lines.extend(notes.iter().map(|note| format!("# - {}", line(note))));
            }
        }
        lines.join("\n") + "\n"
    }

    /// What needs a look, and how much was translated, in lines for people.
    pub fn report(&self, source: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for about in About::ALL {
            if about == About::NotNeeded {
                continue;
            }
            for note in self.notes_about(about) {
                let title = about.title().to_lowercase();
                let Note {
                    line, key, text, ..
                } = note;
                lines.push(format!("{source}:{line}: {key}: {title}: {text}"));
            }
        }
        let unneeded = self.notes_about(About::NotNeeded).len();
        lines.push(format!(
            "{} settings written, {unneeded} keys not needed, {} to look at",
            self.settings.len(),
            self.notes.len() - unneeded
        ));
        lines
    }

    fn notes_about(&self, about: About) -> Vec<&Note> {
        let notes = self.notes.iter();
        notes.filter(|note| note.about == about).collect()
    }
}

/// A note as a comment, which may hold no control characters.
fn line(note: &Note) -> String {
    let text = format!("line {}, {}: {}", note.line, note.key, note.text);
    let shown = |letter: char| match letter {
        '\t' => vec![letter],
        letter if letter.is_control() => letter.escape_default().collect(),
        letter => vec![letter],
    };
    text.chars().flat_map(shown).collect()
}
