//! Whether commits of a project are due; pure.

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::ProjectActivity;
use labtower_model::ProjectId;
use labtower_store::ActivitySync;

/// GitLab moves `lastActivityAt` once in so long: what else happened in between does not show.
const ACTIVITY_STEP: SignedDuration = SignedDuration::from_hours(1);

/// GitLab's `lastActivityAt` may be this much too old.
const ACTIVITY_LAG: SignedDuration = SignedDuration::from_hours(24);

/// Commits of one project to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) project_id: ProjectId,
    /// GitLab's count; absent when the token may not read it.
    pub(super) counted: Option<i64>,
    pub(super) last_activity_at: Option<Timestamp>,
    /// Since when commits are stored; absent when none were read.
    pub(super) from: Option<Timestamp>,
    /// Commits that must be new, if that is known. Negative when history was rewritten.
    pub(super) grown: Option<i64>,
}

impl Due {
    /// What is due after an answer of `now`; nothing when neither GitLab's count nor, where it is hidden, the last
    /// activity moved.
    pub(super) fn of(
        activity: &ProjectActivity,
        row: Option<&ActivitySync>,
        now: Timestamp,
    ) -> Option<Self> {
        let row = row?;
        let counted = activity.statistics.and_then(|found| found.commit_count);
        let moved = if counted.is_some() {
            counted != row.commits_counted
        } else {
            activity.last_activity_at != row.last_activity_at || is_unsettled(row, now)
        };
        let grown = match (counted, row.commits_covered) {
            (Some(counted), Some(covered)) => Some(counted - covered),
            _ => None,
        };
        (moved || row.commits_from.is_none()).then_some(Self {
            project_id: activity.project_id,
            counted,
            last_activity_at: activity.last_activity_at,
            from: row.commits_from,
            grown,
        })
    }

    /// Whether `found` new commits are all there are.
    pub(super) fn is_satisfied(&self, found: i64) -> bool {
        self.from.is_some() && self.grown.is_some_and(|grown| grown >= 0 && found >= grown)
    }

    /// Whether nothing can be new since `from`.
    pub(super) fn is_dormant(&self, from: Timestamp) -> bool {
        let last = self.last_activity_at;
        self.counted == Some(0)
            || self.from.is_none()
                && last.is_some_and(|last| last.duration_since(from) < -ACTIVITY_LAG)
    }
}

/// Whether something may have happened that the last activity does not show: commits were read less than an hour after
/// it, and now the hour is over.
fn is_unsettled(row: &ActivitySync, now: Timestamp) -> bool {
    let (Some(last), Some(read_at)) = (row.last_activity_at, row.commits_read_at) else {
        return false;
    };
    read_at.duration_since(last) < ACTIVITY_STEP && now.duration_since(last) >= ACTIVITY_STEP
}

#[cfg(test)]
mod tests {
    use labtower_model::{ProjectStatistics, samples::at};

    use super::*;

    const PROJECT: ProjectId = ProjectId(7);

    fn row() -> ActivitySync {
        ActivitySync {
            project_id: PROJECT,
            watermark: Some(at(0)),
            backfill_cursor: None,
            complete_at: Some(at(0)),
            commits_from: Some(at(-1000)),
            commits_counted: Some(100),
            commits_covered: Some(100),
            commits_read_at: Some(at(60)),
            last_activity_at: Some(at(0)),
        }
    }

    fn answer(commit_count: Option<i64>, last_activity_at: i64) -> ProjectActivity {
        ProjectActivity {
            project_id: PROJECT,
            last_activity_at: Some(at(last_activity_at)),
            statistics: commit_count.map(|count| ProjectStatistics {
                commit_count: Some(count),
                ..labtower_model::samples::statistics()
            }),
            merge_requests: Vec::new(),
            next: None,
        }
    }

    fn due(answer: &ProjectActivity, now: i64) -> Option<Due> {
        Due::of(answer, Some(&row()), at(now))
    }

    #[test]
    fn commits_are_due_when_their_count_moves_and_only_then() {
        assert_eq!(due(&answer(Some(100), 900), 90), None);
        let grown = due(&answer(Some(103), 0), 90).unwrap();
        assert_eq!(grown.grown, Some(3));
        assert!(!grown.is_satisfied(2));
        assert!(grown.is_satisfied(3));
    }

    #[test]
    fn rewritten_history_is_read_to_its_end() {
        let shrunk = due(&answer(Some(90), 0), 90).unwrap();
        assert!(!shrunk.is_satisfied(0) && !shrunk.is_satisfied(50));
    }

    #[test]
    fn hidden_count_is_looked_at_after_activity_and_once_its_hour_is_over() {
        assert_eq!(due(&answer(None, 0), 90), None);
        assert!(due(&answer(None, 3600), 3600).is_some());
        assert_eq!(due(&answer(None, 0), 3599), None);
        assert!(due(&answer(None, 0), 3600).is_some());
    }

    #[test]
    fn first_reading_skips_projects_where_nothing_happened() {
        let mut new = row();
        new.commits_from = None;
        let due = Due::of(&answer(Some(100), -200_000), Some(&new), at(0)).unwrap();
        assert!(due.is_dormant(at(-86_400)));
        assert!(!due.is_dormant(at(-150_000)));
    }
}
