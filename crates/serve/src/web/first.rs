//! What to do first: how the last night went, and the failure groups that matter most.

use jiff::Timestamp;
use labtower_model::Glyph;
use labtower_store::{GridTotals, GroupFilter, GroupRow, NightFilter, Reader, StoreError};

use super::failures::Kind;
use super::format;
use super::moment::Moment;
use crate::options::FailureOptions;

/// Nights compared with the last one.
const NIGHTS: u16 = 7;
/// Days in which groups are counted.
const DAYS: u16 = 7;
/// Groups shown.
const GROUPS: usize = 6;

/// Rows, as read.
#[derive(Debug)]
pub(crate) struct FirstRows {
    last: GridTotals,
    /// Projects with a failure in each of the nights before, the newest first.
    before: Vec<usize>,
    groups: Vec<GroupRow>,
}

/// The part of the page.
#[derive(Debug)]
pub(crate) struct First {
    pub(crate) red: String,
    pub(crate) projects: String,
    pub(crate) yesterday: String,
    pub(crate) median: String,
    pub(crate) figures: Vec<Figure>,
    pub(crate) groups: Vec<Group>,
}

/// A figure and where its rows are.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) value: String,
    pub(crate) label: &'static str,
    pub(crate) href: &'static str,
    pub(crate) class: &'static str,
}

/// A group of failures.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: i64,
    pub(crate) title: String,
    pub(crate) kind: Kind,
    pub(crate) colour: u8,
    pub(crate) form: u8,
    pub(crate) sign: String,
    /// `22 failures in 7 projects`.
    pub(crate) extent: String,
    pub(crate) last_seen: Moment,
    pub(crate) issue: Option<(String, Option<String>)>,
    pub(crate) is_new: bool,
    pub(crate) came_back: bool,
}

impl FirstRows {
    /// Reads the nights up to `now`.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) fn read(
        reader: &Reader<'_>,
        options: &FailureOptions,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let plan = reader.grid_plan(&NightFilter {
            days: NIGHTS + 1,
            zone: options.time_zone.clone(),
            day_starts_at: options.day_starts_at,
            ..NightFilter::new(now)
        })?;
        let before = plan.red_projects().iter().rev().skip(1);
        let (groups, _) = reader.groups(&GroupFilter {
            days: DAYS,
            without_muted: true,
            limit: GROUPS,
            ..GroupFilter::new(now)
        })?;
        Ok(Self {
            last: *plan.totals(),
            before: before.copied().collect(),
            groups,
        })
    }

    /// Makes them ready for reading.
    pub(crate) fn view(self, now: Timestamp) -> First {
        let last = self.last;
        let figure = |value: usize, label, href, class| Figure {
            value: format::count(value as u64),
            label,
            href,
            class: if value == 0 { "" } else { class },
        };
        let mut nights = self.before.clone();
        nights.sort_unstable();
        let median = nights.get(nights.len() / 2).copied().unwrap_or(0);
        let plain = |value: usize| format::count(value as u64);
        First {
            red: plain(last.last_night_projects),
            projects: plain(last.projects),
            yesterday: plain(self.before.first().copied().unwrap_or(0)),
            median: plain(median),
            figures: vec![
                figure(last.last_night_jobs, "failed jobs", "failures", ""),
                figure(last.new, "new", "failures?mark=new", "bad"),
                figure(last.came_back, "came back", "failures?mark=back", "bad"),
                figure(
                    last.unexplained,
                    "not explained yet",
                    "failures?cat=unexplained",
                    "",
                ),
                figure(last.did_not_run, "did not run", "failures?all=1", "late"),
            ],
            groups: self.groups.into_iter().map(|row| group(row, now)).collect(),
        }
    }
}

fn group(row: GroupRow, now: Timestamp) -> Group {
    let glyph = Glyph::of(row.id.0);
    let failures = if row.failures == 1 {
        "failure"
    } else {
        "failures"
    };
    let projects = if row.projects == 1 {
        "project"
    } else {
        "projects"
    };
    Group {
        id: row.id.0,
        title: row.title.unwrap_or(row.pattern),
        kind: Kind::of(Some(&row.category)),
        colour: glyph.colour,
        form: glyph.form(),
        sign: glyph.name(),
        extent: format!(
            "{} {failures} in {} {projects}",
            format::count(row.failures.into()),
            format::count(row.projects.into())
        ),
        last_seen: Moment::new(row.last_seen, now),
        issue: row.issues.into_iter().next().map(|link| {
            let closed = link.state.as_deref() == Some("closed");
            let text = if closed {
                format!("{} closed", link.key)
            } else {
                link.key.to_string()
            };
            (text, format::link(link.web_url))
        }),
        is_new: row.is_new,
        came_back: row.came_back,
    }
}
