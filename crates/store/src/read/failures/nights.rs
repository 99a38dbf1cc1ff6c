//! What the grid of nights shows, and where one night ends.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use labtower_model::ScheduleId;

use crate::{IssueKey, StoreError};

/// What the grid of nights shows. An empty list is no condition; all conditions must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct NightFilter {
    /// The present: the last night is the one it is in.
    pub now: Timestamp,
    /// Nights, the last one included: 1 to 120.
    pub days: u16,
    /// Whose clock tells nights apart.
    pub zone: TimeZone,
    /// When a night begins. One that begins at noon or later bears the date on which it ends.
    pub day_starts_at: Time,
    /// What started the pipelines, for example `schedule`.
    pub sources: Vec<String>,
    /// Refs of the pipelines.
    pub refs: RefChoice,
    /// Only pipelines on the refs of these schedules.
    pub schedules: Vec<ScheduleId>,
    /// Full paths of projects.
    pub projects: Vec<String>,
    /// Full paths of groups, subgroups included.
    pub groups: Vec<String>,
    /// Topics, one of which the project must have.
    pub topics: Vec<String>,
    /// Text in the project's path, the job's name, the reason or the group; `#12` means an issue.
    pub text: Option<String>,
    /// Kinds of failure; `unexplained` for those without a reason yet.
    pub categories: Vec<String>,
    /// Whether failures belong to an issue.
    pub issue: IssueFilter,
    /// Only failures with one of these marks.
    pub marks: Vec<Mark>,
    /// Whether jobs that are allowed to fail count.
    pub allowed_to_fail: bool,
    /// Whether runs that a newer one replaced count.
    pub retried: bool,
    /// Whether projects without a failure are left out.
    pub only_failing: bool,
    /// Order of the rows.
    pub sort: NightSort,
    /// What rows are put under.
    pub grouping: NightGrouping,
}

impl NightFilter {
    /// The last 30 nights of schedules on default branches, in UTC.
    pub fn new(now: Timestamp) -> Self {
        Self {
            now,
            days: 30,
            zone: TimeZone::UTC,
            day_starts_at: Time::midnight(),
            sources: vec!["schedule".to_owned()],
            refs: RefChoice::Default,
            schedules: Vec::new(),
            projects: Vec::new(),
            groups: Vec::new(),
            topics: Vec::new(),
            text: None,
            categories: Vec::new(),
            issue: IssueFilter::Any,
            marks: Vec::new(),
            allowed_to_fail: false,
            retried: false,
            only_failing: true,
            sort: NightSort::Recent,
            grouping: NightGrouping::None,
        }
    }
}

/// Which refs count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefChoice {
    /// The default branch of each project.
    Default,
    /// All.
    All,
    /// Those with these names.
    Named(Vec<String>),
}

/// Whether failures belong to an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssueFilter {
    /// All failures.
    Any,
    /// Those with an issue.
    Linked,
    /// Those without.
    Unlinked,
    /// Those of this issue.
    Is(IssueKey),
}

/// What may be remarkable about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mark {
    /// Its group was never seen before that night.
    New,
    /// Its group was seen again after its issue was closed, or after 14 days without.
    CameBack,
}

/// Order of the grid's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NightSort {
    /// The project that failed last comes first.
    #[default]
    Recent,
    /// The project with most failed jobs comes first.
    Failures,
    /// The project that has been red for most nights comes first.
    Streak,
    /// The project with the failure first seen last comes first.
    NewestError,
    /// By path.
    Name,
}

/// What rows of the grid are put under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum NightGrouping {
    /// Nothing.
    #[default]
    None,
    /// The group or subgroup that the project is in.
    Namespace,
    /// The project's first topic.
    Topic,
    /// The failure group that most of its failures are of.
    Group,
}

/// A group that was not seen for so long has come back when it is seen again: seconds.
pub(super) const QUIET: i64 = 14 * 86_400;

/// The nights of a filter: where each begins, oldest first, and the end of the last one.
#[derive(Debug, Clone)]
pub(super) struct Nights {
    /// Unix seconds; one more than there are nights.
    pub(super) bounds: Vec<i64>,
    pub(super) dates: Vec<Date>,
}

impl Nights {
    pub(super) fn of(filter: &NightFilter) -> Result<Self, StoreError> {
        let nights = labtower_model::Nights::new(filter.zone.clone(), filter.day_starts_at);
        let dates = nights.last(filter.days.clamp(1, 120), filter.now);
        let Some(last) = dates.last() else {
            return Err(StoreError::Corrupt {
                what: "the nights of a filter".to_owned(),
                detail: "there are none".to_owned(),
            });
        };
        let begins = dates.iter().map(|date| nights.start_of(*date));
        let end = nights.bounds(*last).1;
        let bounds = begins.chain([end]).map(Timestamp::as_second).collect();
        Ok(Self { bounds, dates })
    }

    pub(super) fn len(&self) -> usize {
        self.dates.len()
    }

    /// First second of the first night.
    pub(super) fn begin(&self) -> i64 {
        self.bounds[0]
    }

    /// First second after the last night.
    pub(super) fn end(&self) -> i64 {
        self.bounds[self.bounds.len() - 1]
    }

    /// The night a second is in; those outside count to the nearest.
    pub(super) fn index(&self, at: i64) -> usize {
        self.bounds
            .partition_point(|bound| *bound <= at)
            .saturating_sub(1)
            .min(self.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nights(now: &str, starts: Time, zone: &str) -> Nights {
        let filter = NightFilter {
            days: 3,
            zone: TimeZone::posix(zone).unwrap(),
            day_starts_at: starts,
            ..NightFilter::new(now.parse().unwrap())
        };
        Nights::of(&filter).unwrap()
    }

    fn second(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[test]
    fn days_in_utc_are_the_default() {
        let nights = nights("2026-11-20T12:00:00Z", Time::midnight(), "UTC0");
        assert_eq!(nights.len(), 3);
        assert_eq!(nights.dates[2].to_string(), "2026-11-20");
        assert_eq!(nights.begin(), second("2026-11-18T00:00:00Z"));
        assert_eq!(nights.end(), second("2026-11-21T00:00:00Z"));
        assert_eq!(nights.index(second("2026-11-19T00:00:00Z")), 1);
        assert_eq!(nights.index(second("2026-11-18T23:59:59Z")), 0);
    }

    #[test]
    fn night_that_spans_midnight_is_one_and_bears_the_later_date() {
        let nights = nights("2026-11-20T12:00:00Z", Time::constant(18, 0, 0, 0), "UTC0");
        assert_eq!(nights.dates[2].to_string(), "2026-11-20");
        assert_eq!(nights.index(second("2026-11-19T23:00:00Z")), 2);
        assert_eq!(nights.index(second("2026-11-20T02:00:00Z")), 2);
        assert_eq!(nights.index(second("2026-11-19T17:59:59Z")), 1);
    }

    #[test]
    fn night_that_begins_early_in_the_morning_bears_its_own_date() {
        let nights = nights("2026-11-20T03:00:00Z", Time::constant(6, 0, 0, 0), "UTC0");
        assert_eq!(nights.dates[2].to_string(), "2026-11-19");
        assert_eq!(nights.index(second("2026-11-20T02:00:00Z")), 2);
    }

    #[test]
    fn clocks_that_change_make_a_longer_night() {
        let nights = nights(
            "2026-10-25T12:00:00Z",
            Time::midnight(),
            "CET-1CEST,M3.5.0,M10.5.0/3",
        );
        assert_eq!(nights.bounds[3] - nights.bounds[2], 25 * 3600);
        assert_eq!(nights.bounds[2] - nights.bounds[1], 24 * 3600);
    }
}
