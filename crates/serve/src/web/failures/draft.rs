//! A new issue on a failure or a group, before it is made: GitLab's own form filled in, or a form of ours.

use labtower_explain::KnownIssue;

use super::issue;
use crate::auth::Viewer;
use crate::options::ServeOptions;

/// What is known of an issue to be.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    /// Full path of the project that gets it.
    pub(crate) project: String,
    /// Page of that project in GitLab.
    pub(crate) page: Option<String>,
    pub(crate) title: String,
    /// Markdown, without the known-issue block.
    pub(crate) text: String,
    /// What failures like it have in a line, as somebody would type it; empty for none.
    pub(crate) pattern: String,
}

/// What a page shows of it.
#[derive(Debug)]
pub(crate) struct NewIssueView {
    /// GitLab's own form.
    pub(crate) link: Option<String>,
    /// Our form; absent where nothing can write or the reader may not.
    pub(crate) form: Option<NewIssueForm>,
}

/// The form.
#[derive(Debug)]
pub(crate) struct NewIssueForm {
    pub(crate) draft: Draft,
    /// `group` or `job`, and its id.
    pub(crate) subject: (&'static str, i64),
    /// What it is about, for the button.
    pub(crate) noun: &'static str,
    /// The only job, beside the group.
    pub(crate) job: Option<i64>,
    /// An open issue that it belongs to already.
    pub(crate) has: Option<String>,
    /// What leads to the preview of the pattern, from the root.
    pub(crate) preview: String,
    /// Whether it is open: its pattern came back from the preview.
    pub(crate) open: bool,
    /// Where the form comes back to.
    pub(crate) next: String,
}

impl NewIssueView {
    /// Neither.
    pub(crate) fn none() -> Self {
        Self {
            link: None,
            form: None,
        }
    }
}

impl Draft {
    /// Text with the block that lets GitLab's issue say which failures belong to it.
    fn whole_text(&self) -> String {
        match KnownIssue::typed(&self.pattern, None) {
            Ok(known) => with_block(&self.text, &known),
            Err(_) => self.text.clone(),
        }
    }

    /// The draft as a page shows it. `typed` is a pattern that came back from the preview.
    pub(crate) fn view(
        mut self,
        options: &ServeOptions,
        viewer: &Viewer,
        subject: (&'static str, i64),
        job: Option<i64>,
        has: Option<String>,
        typed: Option<&str>,
    ) -> NewIssueView {
        if let Some(typed) = typed {
            typed.clone_into(&mut self.pattern);
        }
        let labels = &options.failures.issue_labels;
        let link = self
            .page
            .as_deref()
            .map(|page| issue::new_issue(page, &self.title, &self.whole_text(), labels));
        let next = viewer.target().split('?').next().unwrap_or_default();
        let form = (options.issue_writer.is_some() && viewer.may_write()).then(|| NewIssueForm {
            noun: if subject.0 == "group" {
                "the group"
            } else {
                "this job"
            },
            preview: preview(&self.pattern, next),
            next: next.to_owned(),
            open: typed.is_some(),
            draft: self,
            subject,
            job,
            has,
        });
        NewIssueView { link, form }
    }
}

/// A description and its known-issue block.
pub(crate) fn with_block(text: &str, known: &KnownIssue) -> String {
    format!(
        "{}\n\nFailures with this in a line of their log belong to this issue:\n\n{known}",
        text.trim_end()
    )
}

/// The preview of a pattern that leads back to `from`; from the root.
pub(crate) fn preview(pattern: &str, from: &str) -> String {
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    format!("pattern?match={}&from={}", encoded(pattern), encoded(from))
}
