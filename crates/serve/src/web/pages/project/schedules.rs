//! Schedules of a project: whether their runs come.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use labtower_model::{Cron, PipelineSchedule, Project};
use labtower_store::Reader;
use serde::Serialize;

use crate::answer::AnswerError;
use crate::web::pages::value::When;

/// A scheduled pipeline may come so much later than it is due.
const GRACE: SignedDuration = SignedDuration::from_secs(3600);

/// A schedule.
#[derive(Debug, Serialize)]
pub(super) struct ScheduleLine {
    pub(super) id: i64,
    pub(super) description: String,
    #[serde(rename = "ref")]
    pub(super) ref_name: Option<String>,
    pub(super) cron: Option<String>,
    pub(super) time_zone: Option<String>,
    pub(super) active: bool,
    pub(super) next_run_at: Option<When>,
    pub(super) last_run_at: Option<When>,
    /// `ok`, `late` (GitLab should have started it by now), `missing` (a run was due and did not come), `off` or `unknown`.
    pub(super) state: &'static str,
    /// When the run was due that did not come.
    pub(super) missed_at: Option<When>,
}

/// Schedules of a project, each with how its last run came.
pub(super) fn schedules(
    reader: &Reader<'_>,
    project: &Project,
    now: Timestamp,
) -> Result<Vec<ScheduleLine>, AnswerError> {
    let mut lines = Vec::new();
    for schedule in reader.schedules_of(project.id)? {
        let last = match &schedule.ref_name {
            Some(name) => reader.scheduled_run(project.id, name, false)?,
            None => None,
        };
        lines.push(schedule_line(schedule, last, now));
    }
    Ok(lines)
}

fn schedule_line(
    schedule: PipelineSchedule,
    last: Option<Timestamp>,
    now: Timestamp,
) -> ScheduleLine {
    let due_by = now.checked_sub(GRACE).unwrap_or(now);
    let missed = missed(&schedule, last, due_by);
    let late = schedule.next_run_at.is_some_and(|next| next < due_by);
    let state = match (schedule.active, missed.is_some(), late) {
        (false, ..) => "off",
        (true, true, _) => "missing",
        (true, false, true) => "late",
        (true, false, false) if last.is_some() => "ok",
        _ => "unknown",
    };
    ScheduleLine {
        id: schedule.id.get(),
        description: schedule.description.unwrap_or_default(),
        ref_name: schedule.ref_name,
        cron: schedule.cron,
        time_zone: schedule.cron_timezone,
        active: schedule.active,
        next_run_at: schedule.next_run_at.map(When),
        last_run_at: last.map(When),
        state,
        missed_at: missed.filter(|_| schedule.active).map(When),
    }
}

/// The first run that was due after the last one, and did not come.
fn missed(
    schedule: &PipelineSchedule,
    last: Option<Timestamp>,
    due_by: Timestamp,
) -> Option<Timestamp> {
    let cron = Cron::parse(schedule.cron.as_deref()?)?;
    let zone = match schedule.cron_timezone.as_deref() {
        None | Some("" | "UTC" | "Etc/UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).ok()?,
    };
    // A run comes some minutes after it is due: the one that came is not the next.
    let from = last?.checked_add(SignedDuration::from_secs(60)).ok()?;
    (from < due_by)
        .then(|| cron.first_between(from, due_by, &zone))
        .flatten()
}
