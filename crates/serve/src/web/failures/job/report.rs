//! The text of a new issue about a failed job.

use std::fmt::Write;

use super::super::draft::Draft;
use super::super::grid::short;
use super::Job;

/// Lines of a log in the text of a new issue.
const QUOTED: usize = 20;

impl Job {
    /// A new issue, with all that is known.
    pub(super) fn draft(&self, page: Option<String>, pattern: String) -> Draft {
        let headline = if self.headline.is_empty() {
            format!("{} fails", self.name)
        } else {
            self.headline.clone()
        };
        let mut text = format!(
            "[`{}`]({}) failed in `{}` on {} UTC.\n\n",
            self.name,
            self.url.as_deref().unwrap_or_default(),
            self.project,
            self.created.utc
        );
        if !self.excerpt.is_empty() {
            text.push_str("````text\n");
            for line in self.excerpt.iter().take(QUOTED) {
                text.push_str(&short(&line.text, 200));
                text.push('\n');
            }
            text.push_str("````\n\n");
        }
        // Writing to a string does not fail.
        if let Some(range) = &self.range {
            let _ = writeln!(text, "Commits since it was green: {}\n", range.text);
        }
        if let Some(changes) = &self.changes {
            for row in &changes.rows {
                let was = row.was.as_deref().unwrap_or("none");
                let is = row.is.as_deref().unwrap_or("none");
                let _ = writeln!(text, "- `{}` {was} → {is}", row.name);
            }
        }
        if let Some(group) = &self.group {
            let _ = writeln!(
                text,
                "\nSame failure in the last 30 days: {} in {} projects, first seen {} UTC.",
                group.failures, group.projects, group.first_seen.utc
            );
        }
        Draft {
            project: self.project.clone(),
            page,
            title: headline,
            text,
            pattern,
        }
    }
}
