//! What runs, waits and is due.

use super::super::family::{Family, Kind, Switch};

/// Labels of a schedule.
const SCHEDULE: &[&str] = &["project", "schedule_id", "description", "ref"];

/// What runs and waits now.
pub(super) const QUEUE: &[Family] = &[
    Family {
        name: "labtower_pipelines",
        kind: Kind::Gauge,
        unit: "",
        help: "Pipelines under way now, by status.",
        labels: &["project", "status"],
        switch: Switch::Queue,
    },
    Family {
        name: "labtower_jobs",
        kind: Kind::Gauge,
        unit: "",
        help: "Jobs pending or running now.",
        labels: &["project", "tag_list", "status"],
        switch: Switch::Queue,
    },
    Family {
        name: "labtower_job_oldest_age_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "Age of the job that has been pending or running longest, by runner tags.",
        labels: &["tag_list", "status"],
        switch: Switch::Queue,
    },
];

/// Pipeline schedules.
pub(super) const SCHEDULES: &[Family] = &[
    Family {
        name: "labtower_schedule_active",
        kind: Kind::Gauge,
        unit: "",
        help: "1 if the schedule is active.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
    Family {
        name: "labtower_schedule_next_run_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the next run is due, by GitLab's last word.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
    Family {
        name: "labtower_schedule_last_run_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the schedule's newest pipeline was created.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
    Family {
        name: "labtower_schedule_last_success_timestamp_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "When the schedule's newest successful pipeline was created.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
    Family {
        name: "labtower_schedule_late_seconds",
        kind: Kind::Gauge,
        unit: "seconds",
        help: "How long the due run of an active schedule has been overdue; 0 when it is not.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
    Family {
        name: "labtower_schedule_missed",
        kind: Kind::Gauge,
        unit: "",
        help: "1 if the due run of an active schedule has been overdue for more than an hour.",
        labels: SCHEDULE,
        switch: Switch::Schedules,
    },
];
