//! `[failures]`.

use std::path::PathBuf;

use jiff::civil::Time;
use jiff::tz::TimeZone;

use super::problem::Finding;
use super::section::section;
use super::setting::{Input, Setting, quoted};
use super::tables::View;

/// Whose clock tells days apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone(pub TimeZone);

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock(pub Time);

impl Setting for Zone {
    const KIND: &'static str = "time zone";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let name = String::read(input)?;
        TimeZone::get(&name).map(Self).map_err(|_| {
            format!("`{name}` is no time zone this machine knows, such as `Europe/Berlin` or `UTC`")
        })
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self.0.iana_name().unwrap_or("UTC")))
    }
}

impl Setting for Clock {
    const KIND: &'static str = "time of day";

    fn read(input: Input<'_>) -> Result<Self, String> {
        let text = String::read(input)?;
        Time::strptime("%H:%M", text.trim())
            .map(Self)
            .map_err(|_| format!("expected a time of day such as `18:00`, found `{text}`"))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.0.strftime("%H:%M").to_string()))
    }
}

section! {
    /// Why jobs fail, and the pages about it.
    "failures" => Failures {
        /// Whether logs of failed jobs are read, to say why they failed.
        ///
        /// It costs one request for each failed job, and one for each green job that a failed one is compared with.
        enabled: bool = true;
        /// Failures of so many days are explained; older ones only have what GitLab itself says.
        days: u32 = 30;
        /// Files with rules of your own, which come before those built in; they are read again when they change.
        rules: Vec<PathBuf> = Vec::new(), example "[\"rules.toml\"]";
        /// Projects whose issues are read in any case, by full path, beside those that failures are linked to.
        trackers: Vec<String> = Vec::new(), example "[\"my-group/ci-failures\"]";
        /// Whether lines around the reason are kept, with secrets masked; without, the reason alone is.
        keep_excerpts: bool = true;
        /// Time zone of the days that the pages show.
        time_zone: Zone = Zone(TimeZone::UTC), example "\"Europe/Berlin\"";
        /// When a day begins, in that time zone.
        ///
        /// A night that begins at noon or later is named after the day on which it ends: with `18:00` a pipeline of Thursday evening is Friday's.
        day_starts_at: Clock = Clock(Time::midnight());
        /// Views of the failures page, each a name and the query of its address; the page links to them.
        views: Vec<View> = Vec::new(), example "[{ name = \"Backend, a week\", query = \"group=my-group/backend&days=7\" }]";
        /// Labels that a new issue proposes, without `~`.
        issue_labels: Vec<String> = Vec::new(), example "[\"ci-failure\"]";
    }
}

impl Failures {
    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for path in &self.rules {
            if let Err(error) = std::fs::File::open(path) {
                findings.push(Finding::error(
                    "rules",
                    format!("`{}` cannot be read: {error}", path.display()),
                    "the file must be readable by the user labtower runs as",
                ));
            }
        }
        if let Some(view) = self.views.iter().find(|view| view.name.trim().is_empty()) {
            findings.push(Finding::error(
                "views",
                format!("the view of `{}` has no name", view.query),
                "the page shows the name as a link",
            ));
        }
        findings
    }
}
