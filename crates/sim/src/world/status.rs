//! Statuses of pipelines and jobs, and how a pipeline's follows from its jobs'.

/// Status of a pipeline or job; the thirteen GitLab has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Status {
    Created,
    WaitingForResource,
    Preparing,
    WaitingForCallback,
    Pending,
    Running,
    Success,
    Failed,
    Canceling,
    Canceled,
    Skipped,
    Manual,
    Scheduled,
}

impl Status {
    /// All of them, in GitLab's order.
    pub(crate) const ALL: [Self; 13] = [
        Self::Created,
        Self::WaitingForResource,
        Self::Preparing,
        Self::WaitingForCallback,
        Self::Pending,
        Self::Running,
        Self::Success,
        Self::Failed,
        Self::Canceling,
        Self::Canceled,
        Self::Skipped,
        Self::Manual,
        Self::Scheduled,
    ];

    /// As REST spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::WaitingForResource => "waiting_for_resource",
            Self::Preparing => "preparing",
            Self::WaitingForCallback => "waiting_for_callback",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
        }
    }

    /// As GraphQL spells it.
    pub(crate) fn upper(self) -> &'static str {
        match self {
            Self::Created => "CREATED",
            Self::WaitingForResource => "WAITING_FOR_RESOURCE",
            Self::Preparing => "PREPARING",
            Self::WaitingForCallback => "WAITING_FOR_CALLBACK",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Canceling => "CANCELING",
            Self::Canceled => "CANCELED",
            Self::Skipped => "SKIPPED",
            Self::Manual => "MANUAL",
            Self::Scheduled => "SCHEDULED",
        }
    }

    /// As people read it on the page.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::WaitingForResource => "waiting for resource",
            Self::WaitingForCallback => "waiting for callback",
            Self::Success => "passed",
            Self::Manual => "waiting for manual action",
            Self::Scheduled => "waiting for delayed job",
            other => other.as_str(),
        }
    }

    /// Reads REST's spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// `scope=finished` of GitLab: skipped is not in it.
    pub(crate) fn is_finished(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Canceled)
    }
}

/// How often each status occurs among the newest runs of a pipeline's jobs.
///
/// A pipeline's status follows from nothing else, by the rules of GitLab's composite status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    counts: [u32; 13],
    /// Failed or canceled, but allowed to.
    warnings: u32,
    /// Optional manual jobs nobody started.
    ignored: u32,
}

impl Tally {
    /// Counts a job in.
    pub(crate) fn add(&mut self, status: Status, allow_failure: bool) {
        *self.slot(status, allow_failure) += 1;
    }

    /// Takes a job counted in before out again.
    pub(crate) fn remove(&mut self, status: Status, allow_failure: bool) {
        let slot = self.slot(status, allow_failure);
        *slot = slot.saturating_sub(1);
    }

    fn slot(&mut self, status: Status, allow_failure: bool) -> &mut u32 {
        match status {
            Status::Failed | Status::Canceled if allow_failure => &mut self.warnings,
            Status::Manual if allow_failure => &mut self.ignored,
            _ => &mut self.counts[status as usize],
        }
    }

    /// The pipeline's status.
    pub(crate) fn status(&self) -> Status {
        use Status::{
            Canceled, Canceling, Created, Failed, Manual, Pending, Preparing, Running, Scheduled,
            Skipped, Success, WaitingForCallback, WaitingForResource,
        };
        let any = |statuses: &[Status]| {
            statuses
                .iter()
                .any(|status| self.counts[*status as usize] > 0)
        };
        let seen = self.counts.iter().filter(|count| **count > 0).count();
        // Whether only these statuses occur, beside warnings and ignored ones.
        let only = |statuses: &[Status]| {
            let present = statuses
                .iter()
                .filter(|status| self.counts[**status as usize] > 0)
                .count();
            present == seen
        };
        let warnings = self.warnings > 0;
        let ignored = self.ignored > 0;
        if seen == 0 && warnings {
            Success
        } else if only(&[Skipped]) && !warnings {
            if seen == 0 && !ignored {
                Success
            } else {
                Skipped
            }
        } else if only(&[Success, Skipped]) {
            Success
        } else if only(&[Created]) {
            Created
        } else if only(&[Preparing]) {
            Preparing
        } else if only(&[Canceled, Success, Skipped]) {
            Canceled
        } else if only(&[Pending, Created, Skipped]) {
            Pending
        } else if any(&[Canceling]) {
            Canceling
        } else if any(&[Running, Pending]) {
            Running
        } else if any(&[WaitingForResource]) {
            WaitingForResource
        } else if any(&[WaitingForCallback]) {
            WaitingForCallback
        } else if any(&[Manual]) {
            Manual
        } else if any(&[Scheduled]) {
            Scheduled
        } else if any(&[Preparing]) {
            Preparing
        } else if any(&[Created]) {
            Running
        } else {
            debug_assert!(any(&[Failed]), "a status was forgotten");
            Failed
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(statuses: &[(Status, bool)]) -> Status {
        let mut tally = Tally::default();
        for (status, allow_failure) in statuses {
            tally.add(*status, *allow_failure);
        }
        tally.status()
    }

    #[test]
    fn a_pipeline_runs_between_its_stages() {
        assert_eq!(
            of(&[(Status::Success, false), (Status::Created, false)]),
            Status::Running
        );
        assert_eq!(
            of(&[(Status::Created, false), (Status::Created, true)]),
            Status::Created
        );
        assert_eq!(
            of(&[(Status::Pending, false), (Status::Created, true)]),
            Status::Pending
        );
    }

    #[test]
    fn allowed_failures_and_optional_manual_jobs_leave_it_green() {
        let rows = [
            (Status::Success, false),
            (Status::Failed, true),
            (Status::Manual, true),
        ];
        assert_eq!(of(&rows), Status::Success);
        assert_eq!(
            of(&[(Status::Success, false), (Status::Manual, false)]),
            Status::Manual
        );
    }

    #[test]
    fn a_failure_shows_once_nothing_runs() {
        let failed = (Status::Failed, false);
        assert_eq!(of(&[failed, (Status::Running, false)]), Status::Running);
        assert_eq!(of(&[failed, (Status::Skipped, false)]), Status::Failed);
        assert_eq!(
            of(&[(Status::Canceled, false), (Status::Success, false)]),
            Status::Canceled
        );
    }
}
