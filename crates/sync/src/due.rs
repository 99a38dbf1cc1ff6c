//! What to read after pipelines, and when: from stored state and the time alone.
//!
//! GitLab has no list of what changed for most of it, so need is derived from pipelines: a project whose pipelines
//! stand still costs nothing but a look a day.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use labtower_model::PipelineSchedule;
use labtower_store::PartState;

/// Refusals are tried again, and lists that nothing speaks of read again, after this.
const SELDOM: SignedDuration = SignedDuration::from_hours(24);

/// Environments of a project that has none are looked for no more often.
const FRUITLESS: SignedDuration = SignedDuration::from_hours(1);

/// First wait after a failure; doubles with each.
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(60);

/// Longest wait after failures.
const LAST_RETRY: SignedDuration = SignedDuration::from_hours(1);

/// A schedule's pipeline is expected so long after it was due.
const GRACE: SignedDuration = SignedDuration::from_secs(90);

/// What decides, beside the state of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// GitLab's clock.
    pub(crate) now: Timestamp,
    /// Between two looks for what has no sign of change.
    pub(crate) interval: Duration,
    /// How long GitLab may take to show what changed.
    pub(crate) overlap: Duration,
}

impl Pace {
    /// Whether to read a project's environments.
    pub(crate) fn environments(&self, state: &PartState, has_any: bool) -> bool {
        self.tried(state, |age| {
            let often = if has_any {
                self.interval()
            } else {
                FRUITLESS.max(self.interval())
            };
            age >= SELDOM || (moved(state) && age >= often)
        })
    }

    /// Whether to read a project's deployments: its pipelines moved, or did lately enough that GitLab may not have
    /// shown all of it then. At most once per overlap, because the pipelines of a busy project move all the time.
    pub(crate) fn deployments(&self, state: &PartState) -> bool {
        self.tried(state, |age| {
            let settled = state.moved_at.map(|at| at.saturating_add(self.overlap()));
            let unsettled = settled.is_some_and(|settled| {
                settled.is_ok_and(|settled| {
                    self.now >= settled && state.watermark.is_none_or(|read| read < settled)
                })
            });
            age >= self.overlap() && (moved(state) || unsettled)
        })
    }

    /// Whether to look for pipelines of a project that lack their test report.
    pub(crate) fn test_reports(&self, state: &PartState) -> bool {
        self.tried(state, |_| moved(state))
    }

    /// Whether to read a project's schedules: one was due since, or one ran since (`ran`).
    pub(crate) fn schedules(
        &self,
        state: &PartState,
        known: &[&PipelineSchedule],
        ran: bool,
    ) -> bool {
        let tried_at = state.tried_at;
        self.tried(state, |age| {
            let passed = known
                .iter()
                .filter(|schedule| schedule.active)
                .filter_map(|schedule| schedule.next_run_at?.checked_add(GRACE).ok())
                .any(|due| {
                    // One that GitLab never starts again is looked at ever more rarely.
                    let late = self.now.duration_since(due);
                    let again = self.interval().max(late / 2);
                    due <= self.now && (tried_at.is_none_or(|at| at < due) || age >= again)
                });
            passed || ran || age >= SELDOM
        })
    }

    /// Whether to read the list of runners, which has no sign of change.
    pub(crate) fn runners(&self, state: Option<&PartState>) -> bool {
        state.is_none_or(|state| self.tried(state, |age| age >= self.interval()))
    }

    /// Whether details of a runner that were read then are to be read again.
    pub(crate) fn runner_details(&self, read_at: Option<Timestamp>) -> bool {
        read_at.is_none_or(|at| self.now.duration_since(at) >= SELDOM)
    }

    /// What holds for all parts; `due` decides about one that was read before, from the time since.
    fn tried(&self, state: &PartState, due: impl FnOnce(SignedDuration) -> bool) -> bool {
        let Some(tried_at) = state.tried_at else {
            return true;
        };
        let age = self.now.duration_since(tried_at);
        if state.failures > 0 {
            let doublings = u32::try_from(state.failures - 1)
                .unwrap_or(u32::MAX)
                .min(10);
            return age >= (FIRST_RETRY * 2_i32.pow(doublings)).min(LAST_RETRY);
        }
        if state.refused.is_some() {
            return age >= SELDOM;
        }
        state.generation.is_none() || due(age)
    }

    fn interval(&self) -> SignedDuration {
        SignedDuration::try_from(self.interval).unwrap_or(SELDOM)
    }

    fn overlap(&self) -> SignedDuration {
        SignedDuration::try_from(self.overlap).unwrap_or(SELDOM)
    }
}

/// Whether the project's pipelines changed since the part was read.
fn moved(state: &PartState) -> bool {
    state
        .generation
        .is_none_or(|generation| state.moved > generation)
}

#[cfg(test)]
mod tests {
    use labtower_model::{ProjectId, samples::at};
    use labtower_store::Part;

    use super::*;

    const HOUR: i64 = 3600;

    fn pace(now: i64) -> Pace {
        Pace {
            now: at(now),
            interval: Duration::from_secs(600),
            overlap: Duration::from_secs(60),
        }
    }

    /// Read at second 1000, when the last move was at second 500.
    fn read() -> PartState {
        PartState {
            project_id: ProjectId(7),
            part: Part::Deployments,
            watermark: Some(at(1000)),
            generation: Some(5),
            moved: 5,
            moved_at: Some(at(500)),
            tried_at: Some(at(1000)),
            refused: None,
            last_error: None,
            failures: 0,
        }
    }

    #[test]
    fn nothing_is_due_while_nothing_moves() {
        let state = read();
        let soon = pace(1000 + HOUR);
        assert!(!soon.environments(&state, true) && !soon.deployments(&state));
        assert!(!soon.test_reports(&state) && !soon.schedules(&state, &[], false));
        let tomorrow = pace(1000 + 25 * HOUR);
        assert!(tomorrow.environments(&state, true) && tomorrow.schedules(&state, &[], false));
        assert!(!tomorrow.deployments(&state) && !tomorrow.test_reports(&state));
    }

    #[test]
    fn a_move_makes_reports_due_at_once_deployments_soon_and_lists_after_the_interval() {
        let state = PartState {
            moved: 6,
            moved_at: Some(at(1030)),
            ..read()
        };
        assert!(pace(1031).test_reports(&state));
        assert!(!pace(1059).deployments(&state) && pace(1060).deployments(&state));
        assert!(!pace(1031).environments(&state, true));
        assert!(pace(1600).environments(&state, true) && !pace(1600).environments(&state, false));
        assert!(pace(1000 + HOUR).environments(&state, false));
    }

    #[test]
    fn deployments_are_read_once_more_when_gitlab_had_time_to_show_them() {
        let state = PartState {
            moved_at: Some(at(990)),
            ..read()
        };
        assert!(!pace(1059).deployments(&state));
        assert!(pace(1060).deployments(&state));
        let settled = PartState {
            watermark: Some(at(1060)),
            tried_at: Some(at(1060)),
            ..state
        };
        assert!(!pace(1050 + HOUR).deployments(&settled));
    }

    #[test]
    fn reading_that_broke_off_goes_on() {
        let state = PartState {
            generation: None,
            ..read()
        };
        assert!(pace(1001).deployments(&state) && pace(1001).environments(&state, false));
    }

    #[test]
    fn failures_wait_ever_longer_and_refusals_a_day() {
        let failed = |failures| PartState {
            failures,
            moved: 6,
            ..read()
        };
        assert!(!pace(1059).deployments(&failed(1)) && pace(1060).deployments(&failed(1)));
        assert!(!pace(1119).deployments(&failed(2)) && pace(1120).deployments(&failed(2)));
        assert!(pace(1000 + HOUR).deployments(&failed(40)));
        let refused = PartState {
            refused: Some("404".to_owned()),
            generation: None,
            ..read()
        };
        assert!(!pace(1000 + 23 * HOUR).deployments(&refused));
        assert!(pace(1000 + 24 * HOUR).deployments(&refused));
    }

    #[test]
    fn schedules_are_read_after_one_was_due_and_seldom_when_it_never_starts() {
        let schedule = PipelineSchedule {
            id: labtower_model::ScheduleId(1),
            project_id: ProjectId(7),
            description: None,
            ref_name: None,
            cron: None,
            cron_timezone: None,
            active: true,
            next_run_at: Some(at(2000)),
            last_pipeline_id: None,
            owner: None,
            created_at: None,
            updated_at: None,
        };
        let due = |now, tried: i64| {
            let state = PartState {
                tried_at: Some(at(tried)),
                ..read()
            };
            pace(now).schedules(&state, &[&schedule], false)
        };
        assert!(!due(2089, 1000) && due(2090, 1000));
        assert!(!due(2200, 2095) && due(2695, 2095));
        assert!(!due(2090 + 8 * HOUR, 2090 + 5 * HOUR));
        let inactive = PipelineSchedule {
            active: false,
            ..schedule.clone()
        };
        assert!(!pace(5000).schedules(&read(), &[&inactive], false));
        assert!(pace(5000).schedules(&read(), &[&inactive], true));
    }
}
