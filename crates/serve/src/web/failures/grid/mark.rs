//! The sign of a failed job in a cell.

use std::fmt::Write;

use labtower_model::Glyph;
use labtower_store::CellJob;

use super::{HEADLINE, short};
use crate::web::failures::category::Kind;
use crate::web::format;

/// A failed job.
#[derive(Debug)]
pub(in crate::web::failures) struct Mark {
    pub(in crate::web::failures) href: String,
    pub(in crate::web::failures) kind: Kind,
    pub(in crate::web::failures) name: String,
    /// The card's path, from the root; empty for a pipeline without jobs.
    pub(in crate::web::failures) card: String,
    pub(in crate::web::failures) headline: String,
    pub(in crate::web::failures) allowed: bool,
    /// Colour and form of the group's glyph.
    pub(in crate::web::failures) glyph: Option<(u8, u8)>,
    pub(in crate::web::failures) issue: Option<IssueChip>,
    pub(in crate::web::failures) is_new: bool,
    pub(in crate::web::failures) came_back: bool,
}

/// The issue a failure belongs to.
#[derive(Debug)]
pub(in crate::web::failures) struct IssueChip {
    pub(in crate::web::failures) number: i64,
    pub(in crate::web::failures) href: Option<String>,
    pub(in crate::web::failures) title: String,
    pub(in crate::web::failures) closed: bool,
}

impl Mark {
    /// The mark of a job in a cell; `root` leads to `/`.
    pub(super) fn new(job: CellJob, root: &str) -> Self {
        let card = job
            .job_id
            .map(|id| format!("failures/job/{id}"))
            .unwrap_or_default();
        let kind = match job.job_id {
            Some(_) => Kind::of(job.category.as_deref()),
            None => Kind::pipeline(),
        };
        let glyph = job.group_id.map(|group| {
            let glyph = Glyph::of(group.0);
            (glyph.colour, glyph.form())
        });
        Self {
            href: format::link(job.web_url).unwrap_or_else(|| format!("{root}{card}")),
            kind,
            name: job.name,
            headline: short(job.headline.as_deref().unwrap_or_default(), HEADLINE),
            card,
            allowed: job.allow_failure,
            glyph,
            issue: job.issue.map(|link| IssueChip {
                number: link.key.iid,
                title: match &link.title {
                    Some(title) => format!("{}: {title}", link.key),
                    None => link.key.to_string(),
                },
                closed: link.state.as_deref() == Some("closed"),
                href: format::link(link.web_url),
            }),
            is_new: job.is_new,
            came_back: job.came_back,
        }
    }

    /// Name for those who do not see letter and colour.
    pub(in crate::web::failures) fn label(&self) -> String {
        let kind = self.kind.name;
        match (self.name.is_empty(), self.allowed) {
            (true, _) => kind.to_owned(),
            (false, false) => format!("{}: {kind}", self.name),
            (false, true) => format!("{}: {kind}, allowed to fail", self.name),
        }
    }

    /// Classes of letter, shape, colour and glyph.
    pub(in crate::web::failures) fn classes(&self) -> String {
        let mut text = format!("m f-{}", self.kind.family);
        if self.allowed {
            text.push_str(" af");
        }
        if self.is_new || self.came_back {
            text.push_str(" nw");
        }
        if let Some((colour, form)) = self.glyph {
            // Writing to a string does not fail.
            let _ = write!(text, " g{colour} s{form}");
        }
        text
    }
}
