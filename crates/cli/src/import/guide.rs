//! `docs/migrating.md`: prose around the table of every key.

use super::known::{Fate, Known, ONCE, PER_PROJECT};

const INTRODUCTION: &str = include_str!("guide.md");

/// The whole page.
pub fn guide() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    lines.push("### Keys of the whole file\n".to_owned());
    lines.extend(table(ONCE));
    lines.push("\n### Keys of `project_defaults`, `projects[]` and `wildcards[]`\n".to_owned());
    lines.extend(table(PER_PROJECT));
    lines.join("\n") + "\n"
}

fn table(keys: &[Known]) -> Vec<String> {
    let mut lines = vec!["| key | becomes |".to_owned(), "| --- | --- |".to_owned()];
    for key in keys {
        let becomes = match key.fate {
            Fate::Setting(settings) => {
                let settings: Vec<_> = settings.iter().map(|name| format!("`{name}`")).collect();
                settings.join(", ")
            }
            Fate::Outside(place) => place.to_owned(),
            Fate::NotNeeded(why) => format!("not needed: {why}"),
            Fate::NotSupported { why, .. } => format!("not supported: {why}"),
        };
        lines.push(format!("| `{}` | {becomes} |", key.path));
    }
    lines
}
