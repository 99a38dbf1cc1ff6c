//! Pipeline schedules.

use std::collections::HashMap;

use jiff::Timestamp;
use labtower_model::{PipelineSchedule, ProjectId};
use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

/// Seconds that a run may come before its due time, by GitLab's and our clock.
const TOLERANCE: i64 = 60;

/// A schedule that is active: whether it is late is told anew at each scrape.
#[derive(Debug, Clone)]
pub(in crate::metrics) struct Due {
    /// Its labels, written.
    pub(in crate::metrics) labels: String,
    /// When the next run is due; absent when that run was seen already.
    pub(in crate::metrics) at: Option<Timestamp>,
}

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut table = Table::new(&[
        "labtower_schedule_active",
        "labtower_schedule_next_run_timestamp_seconds",
        "labtower_schedule_last_run_timestamp_seconds",
        "labtower_schedule_last_success_timestamp_seconds",
    ]);
    let schedules = context.reader.pipeline_schedules()?;
    let mut sharing: HashMap<(ProjectId, &str), usize> = HashMap::new();
    for schedule in &schedules {
        *sharing.entry(place(schedule)).or_default() += 1;
    }
    for schedule in &schedules {
        let Some(project) = context.projects.label(schedule.project_id) else {
            continue;
        };
        let row = table.row().written(project);
        row.plain("schedule_id", schedule.id.get());
        row.pair("description", schedule.description.as_deref().unwrap_or(""));
        row.pair("ref", short(schedule.ref_name.as_deref().unwrap_or("")));
        let labels = table.labels.get(table.labels.len() - 1).to_owned();
        let alone = sharing.get(&place(schedule)) == Some(&1);
        let (run, success) = runs(context, schedule, alone)?;
        table.set(0, Some(f64::from(u8::from(schedule.active))));
        table.set(
            1,
            schedule.next_run_at.filter(|_| schedule.active).map(unix),
        );
        table.set(2, run.map(unix));
        table.set(3, success.map(unix));
        if schedule.active {
            let came = |due: &Timestamp| {
                run.is_some_and(|run| run.as_second() + TOLERANCE >= due.as_second())
            };
            context.due.push(Due {
                labels,
                at: schedule.next_run_at.filter(|due| !came(due)),
            });
        }
    }
    Ok(vec![table])
}

/// The newest run of a schedule, and the newest successful one.
///
/// GitLab names the newest pipeline of a schedule; older ones can be told only where no other schedule has the same ref.
fn runs(
    context: &Context<'_>,
    schedule: &PipelineSchedule,
    alone: bool,
) -> Result<(Option<Timestamp>, Option<Timestamp>), StoreError> {
    let named = match schedule.last_pipeline_id {
        Some(id) => context.reader.run_of(id)?,
        None => None,
    };
    let mut run = named.map(|(at, _)| at);
    let mut success = named.filter(|(_, passed)| *passed).map(|(at, _)| at);
    if let (true, Some(name)) = (alone, schedule.ref_name.as_deref()) {
        let newest = |passed| {
            context
                .reader
                .scheduled_run(schedule.project_id, short(name), passed)
        };
        run = run.max(newest(false)?);
        success = success.max(newest(true)?);
    }
    Ok((run, success))
}

fn place(schedule: &PipelineSchedule) -> (ProjectId, &str) {
    let name = schedule.ref_name.as_deref().unwrap_or("");
    (schedule.project_id, short(name))
}

/// A ref without its prefix.
fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/")
        .or_else(|| name.strip_prefix("refs/tags/"))
        .unwrap_or(name)
}

fn unix(at: Timestamp) -> f64 {
    at.as_second() as f64
}
