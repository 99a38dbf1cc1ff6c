//! Whether what is stored is all that GitLab has: days that were compared, and what they lacked.

use jiff::{SignedDuration, Timestamp};
use labtower_model::{PipelineId, ProjectId};
use serde::Serialize;

/// A day of pipelines' `updated_at`, compared with what GitLab lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckedDay {
    /// Its midnight, UTC.
    pub day: Timestamp,
    /// Compared up to here, exclusive; the next midnight once the day was compared to its end.
    pub until: Timestamp,
    /// When: GitLab's clock.
    pub checked_at: Timestamp,
    /// Projects compared.
    pub projects: u64,
    /// Projects left out: not yet read so far, or not readable.
    pub behind: u64,
    /// Pipelines GitLab listed.
    pub pipelines: u64,
    /// Jobs it counted in them.
    pub jobs: u64,
    /// Pipelines stored that it lists no more: they were deleted there.
    pub unlisted: u64,
    /// Gaps found in this day, ever.
    pub found: u64,
    /// Gaps closed since.
    pub repaired: u64,
}

impl CheckedDay {
    /// Length of a day.
    pub const LENGTH: SignedDuration = SignedDuration::from_hours(24);

    /// A day of which nothing was compared yet.
    pub fn new(day: Timestamp, until: Timestamp, checked_at: Timestamp) -> Self {
        Self {
            day,
            until,
            checked_at,
            projects: 0,
            behind: 0,
            pipelines: 0,
            jobs: 0,
            unlisted: 0,
            found: 0,
            repaired: 0,
        }
    }

    /// The midnight after it.
    pub fn end(&self) -> Timestamp {
        self.day.saturating_add(Self::LENGTH).unwrap_or(self.day)
    }
}

/// How a stored pipeline fell behind GitLab's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GapKind {
    /// It is not stored.
    Absent,
    /// It is stored as it was before.
    Outdated,
    /// It lacks jobs, or has some that GitLab has not.
    Jobs,
}

impl GapKind {
    /// In lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Outdated => "outdated",
            Self::Jobs => "jobs",
        }
    }

    /// Reads what [`GapKind::as_str`] gave.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Absent, Self::Outdated, Self::Jobs]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// A pipeline of which the store has less than GitLab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// Its project.
    pub project_id: ProjectId,
    /// The day whose comparison found it.
    pub day: Timestamp,
    /// What is wrong.
    pub kind: GapKind,
    /// The same for people.
    pub detail: String,
    /// When it was found: GitLab's clock.
    pub found_at: Timestamp,
    /// When it was closed; absent while it is open.
    pub repaired_at: Option<Timestamp>,
}

/// One result of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompletenessUpdate {
    /// A gap; one that is open already is not counted again.
    Found(Gap),
    /// The store has what GitLab has.
    Repaired {
        /// The pipeline.
        pipeline_id: PipelineId,
        /// When: GitLab's clock.
        at: Timestamp,
    },
    /// A day was compared; its counts of gaps are the store's own.
    Checked(CheckedDay),
    /// Days before are compared no more: their open gaps go.
    Left {
        /// The first day that still is.
        before: Timestamp,
    },
}

/// What the store holds of a pipeline, as far as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// When its row last changed.
    pub updated_at: Timestamp,
    /// GitLab's word for where it stands.
    pub status: String,
    /// Its jobs.
    pub jobs: u64,
}

/// What all comparisons say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Completeness {
    /// Start of the days without a break before `until` that were compared; absent before the first.
    pub from: Option<Timestamp>,
    /// Everything updated between `from` and here was compared.
    pub until: Option<Timestamp>,
    /// When the last comparison was.
    pub checked_at: Option<Timestamp>,
    /// When the day whose comparison is oldest was compared.
    pub oldest_checked_at: Option<Timestamp>,
    /// Days compared.
    pub days: u64,
    /// Projects left out of the latest day.
    pub behind: u64,
    /// Pipelines listed by GitLab on those days.
    pub pipelines: u64,
    /// Jobs counted in them.
    pub jobs: u64,
    /// Pipelines stored that GitLab lists no more.
    pub unlisted: u64,
    /// Gaps found, ever.
    pub found: u64,
    /// Gaps closed, ever.
    pub repaired: u64,
    /// Gaps still open.
    pub open: u64,
}

impl Completeness {
    /// Adds up days, in any order, and open gaps.
    pub fn of(mut days: Vec<CheckedDay>, open: u64) -> Self {
        days.sort_unstable_by_key(|day| std::cmp::Reverse(day.day));
        let mut sum = Self {
            open,
            until: days.first().map(|day| day.until),
            behind: days.first().map_or(0, |day| day.behind),
            checked_at: days.iter().map(|day| day.checked_at).max(),
            oldest_checked_at: days.iter().map(|day| day.checked_at).min(),
            days: days.len() as u64,
            ..Self::default()
        };
        let mut next: Option<Timestamp> = None;
        let mut unbroken = true;
        for day in &days {
            unbroken &= next.is_none_or(|next| day.until >= next);
            if unbroken {
                sum.from = Some(day.day);
            }
            next = Some(day.day);
            sum.pipelines += day.pipelines;
            sum.jobs += day.jobs;
            sum.unlisted += day.unlisted;
            sum.found += day.found;
            sum.repaired += day.repaired;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn day(number: i64, until: i64) -> CheckedDay {
        let at = |second| Timestamp::from_second(second).unwrap();
        CheckedDay {
            day: at(number * DAY),
            until: at(until),
            checked_at: at(until + 60),
            projects: 1,
            behind: 0,
            pipelines: 2,
            jobs: 3,
            unlisted: 0,
            found: 1,
            repaired: 1,
        }
    }

    #[test]
    fn what_was_compared_reaches_back_to_the_first_break() {
        let whole = |number| day(number, (number + 1) * DAY);
        let days = vec![
            whole(1),
            day(3, 4 * DAY - 9),
            whole(4),
            whole(5),
            day(6, 6 * DAY + 100),
        ];
        let sum = Completeness::of(days, 4);
        assert_eq!(sum.from.unwrap().as_second(), 4 * DAY);
        assert_eq!(sum.until.unwrap().as_second(), 6 * DAY + 100);
        assert_eq!(
            (sum.days, sum.pipelines, sum.found, sum.open),
            (5, 10, 5, 4)
        );
    }

    #[test]
    fn nothing_compared_is_nothing() {
        assert_eq!(Completeness::of(Vec::new(), 0), Completeness::default());
    }
}
