//! The queue, and the runners that work on it.

use super::board::{Board, Choice};
use super::panel::Kind::{Bars, Lines, Stacked, Stat, Table};
use super::panel::Panel;
use super::panel::Unit::{Ago, Count, Seconds, YesNo};

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-queue",
        title: "Labtower / Queue and runners",
        about: "What waits and runs now, how long jobs wait for a runner, and what the runners do.",
        choices: vec![Choice {
            name: "tag_list",
            family: "labtower_job_queue_seconds_count",
        }],
        from: "now-6h",
        rows: vec![
            ("Now", now()),
            ("Course", course()),
            ("Runners", runners()),
            ("Schedules", schedules()),
        ],
    }
}

fn now() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Jobs waiting",
            "Jobs that wait for a runner.",
            Count,
            r#"sum(labtower_jobs{tag_list=~"$tag_list", status="pending"}) or vector(0)"#,
        ),
        Panel::new(
            Stat,
            "Jobs running",
            "Jobs that run.",
            Count,
            r#"sum(labtower_jobs{tag_list=~"$tag_list", status="running"}) or vector(0)"#,
        ),
        Panel::new(
            Stat,
            "Longest wait",
            "Age of the job that has waited longest.",
            Seconds,
            r#"max(labtower_job_oldest_age_seconds{tag_list=~"$tag_list", status="pending"}) or vector(0)"#,
        )
        .limits(300.0, 900.0),
        Panel::new(
            Stat,
            "Longest run",
            "Age of the job that has run longest.",
            Seconds,
            r#"max(labtower_job_oldest_age_seconds{tag_list=~"$tag_list", status="running"}) or vector(0)"#,
        ),
        Panel::new(
            Stat,
            "Wait, 95 %",
            "Waiting time that 95 of 100 jobs of the chosen time stayed under.",
            Seconds,
            quantile("0.95", "le", "$__range"),
        )
        .limits(120.0, 600.0),
        Panel::new(
            Stat,
            "Runners online",
            "Runners that GitLab calls online.",
            Count,
            r#"sum(labtower_runners{status="online"}) or vector(0)"#,
        ),
    ]
}

fn course() -> Vec<Panel> {
    vec![
        Panel::new(
            Stacked,
            "Waiting, by tags",
            "Jobs that wait for a runner.",
            Count,
            r#"sum by (tag_list) (labtower_jobs{tag_list=~"$tag_list", status="pending"})"#,
        )
        .legend("{{tag_list}}")
        .rare(),
        Panel::new(
            Stacked,
            "Running, by tags",
            "Jobs that run.",
            Count,
            r#"sum by (tag_list) (labtower_jobs{tag_list=~"$tag_list", status="running"})"#,
        )
        .legend("{{tag_list}}")
        .rare(),
        Panel::new(
            Lines,
            "Wait, 95 %, by tags",
            "Waiting time that 95 of 100 jobs of the hour before stayed under.",
            Seconds,
            quantile("0.95", "tag_list, le", "1h"),
        )
        .legend("{{tag_list}}"),
        Panel::new(
            Lines,
            "Busy runners, by tags",
            "Runner hours used per hour: how many runners were busy on average in the hour before.",
            Count,
            r#"sum by (tag_list) (rate(labtower_job_duration_seconds_sum{tag_list=~"$tag_list"}[1h]))"#,
        )
        .legend("{{tag_list}}"),
    ]
}

fn runners() -> Vec<Panel> {
    vec![
        Panel::new(
            Bars,
            "Runners",
            "Runners by type and status.",
            Count,
            "sum by (runner_type, status) (labtower_runners)",
        )
        .legend("{{runner_type}} {{status}}"),
        Panel::new(
            Table,
            "Last contact",
            "When each runner last contacted GitLab.",
            Ago,
            "max by (runner_id, description, runner_type) (labtower_runner_contacted_timestamp_seconds * on (runner_id) group_left (description, runner_type) labtower_runner_info) * 1000",
        ),
    ]
}

fn schedules() -> Vec<Panel> {
    vec![
        Panel::new(
            Table,
            "Next run",
            "When each active schedule is due.",
            Ago,
            "max by (project, description, ref) (labtower_schedule_next_run_timestamp_seconds and labtower_schedule_active == 1) * 1000",
        ),
        Panel::new(
            Table,
            "Last success",
            "When the newest run that passed was created.",
            Ago,
            "max by (project, description, ref) (labtower_schedule_last_success_timestamp_seconds) * 1000",
        ),
        Panel::new(
            Bars,
            "Overdue",
            "How long the due run of each schedule is overdue.",
            Seconds,
            "topk(15, max by (project, description) (labtower_schedule_late_seconds))",
        )
        .legend("{{project}} {{description}}"),
        Panel::new(
            Bars,
            "Missed",
            "Schedules that are overdue for more than an hour.",
            YesNo,
            "topk(15, max by (project, description) (labtower_schedule_missed))",
        )
        .legend("{{project}} {{description}}"),
    ]
}

fn quantile(share: &str, by: &str, range: &str) -> String {
    format!(
        r#"histogram_quantile({share}, sum by ({by}) (rate(labtower_job_queue_seconds_bucket{{tag_list=~"$tag_list"}}[{range}])))"#
    )
}
