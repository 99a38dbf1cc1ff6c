//! A new issue on a group of failures.

use std::fmt::Write as _;

use labtower_explain::KnownIssue;

use super::GroupDetail;
use crate::auth::Viewer;
use crate::options::ServeOptions;
use crate::web::failures::{Draft, NewIssueView};

/// Lines of a log in the text.
const LINES: usize = 20;
/// Failures named in the text.
const NAMED: usize = 5;

impl GroupDetail {
    /// The issue as it would be made now; `typed` is a pattern that came back from its preview.
    pub(super) fn new_issue_view(
        &self,
        options: &ServeOptions,
        viewer: &Viewer,
        typed: Option<&str>,
    ) -> NewIssueView {
        let has = self.linked_issues.iter();
        let mut has = has.filter(|issue| issue.state.as_deref() != Some("closed"));
        let has = has.next().map(|issue| issue.issue.clone());
        let subject = ("group", self.group.id.0);
        self.draft()
            .view(options, viewer, subject, None, has, typed)
    }

    /// All that is known, for the project that fails most among the newest failures.
    fn draft(&self) -> Draft {
        let project = self.busiest_project().unwrap_or_default();
        let page = self.examples.iter().find(|one| one.project == project);
        let page = page.or(self.examples.first());
        let page = page.and_then(|one| {
            let (page, _) = one.web_url.as_deref()?.split_once("/-/")?;
            let root = page.strip_suffix(&one.project)?;
            Some(format!("{root}{project}"))
        });
        let headline = self.examples.iter().find_map(|one| one.headline.as_deref());
        let pattern = self.group.pattern.as_str();
        Draft {
            project,
            page,
            title: self.group.title.clone(),
            text: self.text(),
            pattern: KnownIssue::proposed(pattern, headline.unwrap_or_default()),
        }
    }

    fn text(&self) -> String {
        let group = &self.group;
        let mut text = format!(
            "{} failures in {} projects within {} days; first seen {}, last seen {}.\n\n",
            group.failures, group.projects, self.days, group.first_seen.0, group.last_seen.0
        );
        // Writing to a string does not fail.
        for example in self.examples.iter().take(NAMED) {
            let url = example.web_url.as_deref().unwrap_or_default();
            let _ = writeln!(
                text,
                "- [`{}`]({url}) in `{}`, {}",
                example.job, example.project, example.created_at.0
            );
        }
        if let Some(example) = self.examples.iter().find(|one| !one.excerpt.is_empty()) {
            text.push_str("\n````text\n");
            for (_, line) in example.excerpt.iter().take(LINES) {
                let line: String = line.chars().take(200).collect();
                let _ = writeln!(text, "{line}");
            }
            text.push_str("````\n");
        }
        for place in &self.concentrations {
            let _ = writeln!(
                text,
                "\nConcentrates at {} `{}`: {} there, {} elsewhere.",
                place.property, place.value, place.rate, place.elsewhere
            );
        }
        text
    }

    /// The project with most of the newest failures, the first by name among equals.
    fn busiest_project(&self) -> Option<String> {
        let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
        for row in &self.failures_page {
            *counts.entry(&row.project).or_default() += 1;
        }
        let most = counts.values().max().copied()?;
        let (project, _) = counts.into_iter().find(|(_, count)| *count == most)?;
        Some(project.to_owned())
    }
}
