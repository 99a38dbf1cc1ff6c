//! What needs a look, over all projects.

use super::board::{Board, Choice};
use super::panel::Kind::{Bars, Lines, Names, Stacked, Stat, Table};
use super::panel::Unit::{Count, Seconds, Share};
use super::panel::{Panel, red_branches};

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-overview",
        title: "Labtower / Overview",
        about: "What needs a look now, over all projects.",
        choices: vec![Choice::project()],
        from: "now-24h",
        rows: vec![
            ("Now", now()),
            ("Course", course()),
            ("Where to look", places()),
        ],
    }
}

fn now() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Red default branches",
            "Projects whose newest pipeline on the default branch failed.",
            Count,
            format!("count({}) or vector(0)", red_branches()),
        )
        .limits(1.0, 5.0),
        Panel::new(
            Stat,
            "Pipelines running",
            "Pipelines under way now.",
            Count,
            r#"sum(labtower_pipelines{project=~"$project", status="running"}) or vector(0)"#,
        ),
        Panel::new(
            Stat,
            "Jobs waiting",
            "Jobs that wait for a runner now.",
            Count,
            r#"sum(labtower_jobs{project=~"$project", status="pending"}) or vector(0)"#,
        ),
        Panel::new(
            Stat,
            "Longest wait",
            "Age of the job that has waited longest for a runner, in any project.",
            Seconds,
            r#"max(labtower_job_oldest_age_seconds{status="pending"}) or vector(0)"#,
        )
        .limits(300.0, 900.0),
        Panel::new(
            Stat,
            "Passed",
            "Share of the pipelines ended in the chosen time that passed.",
            Share,
            r#"sum(increase(labtower_pipeline_finished_total{project=~"$project", status="success"}[$__range])) / sum(increase(labtower_pipeline_finished_total{project=~"$project"}[$__range]))"#,
        )
        .limits(0.9, 0.7),
        Panel::new(
            Stat,
            "Schedules missed",
            "Schedules whose due run has no pipeline.",
            Count,
            r#"sum(labtower_schedule_missed{project=~"$project"}) or vector(0)"#,
        )
        .limits(1.0, 3.0),
    ]
}

fn course() -> Vec<Panel> {
    vec![
        Panel::new(
            Stacked,
            "Pipelines ended",
            "Pipelines that ended in the hour before, by status.",
            Count,
            r#"sum by (status) (increase(labtower_pipeline_finished_total{project=~"$project"}[1h]))"#,
        )
        .legend("{{status}}"),
        Panel::new(
            Lines,
            "Duration of pipelines",
            "Duration that half, and 95 of 100, of the pipelines ended in the hour before stayed under.",
            Seconds,
            quantile("0.5", "labtower_pipeline_duration_seconds"),
        )
        .legend("50 %")
        .and(quantile("0.95", "labtower_pipeline_duration_seconds"), "95 %"),
    ]
}

fn places() -> Vec<Panel> {
    vec![
        Panel::new(
            Names,
            "Red default branches",
            "Default branches whose newest pipeline failed.",
            Count,
            red_branches(),
        ),
        Panel::new(
            Bars,
            "Most failures",
            "Projects with most pipelines failed in the chosen time.",
            Count,
            r#"topk(10, sum by (project) (increase(labtower_pipeline_finished_total{project=~"$project", status="failed"}[$__range])))"#,
        )
        .legend("{{project}}"),
        Panel::new(
            Bars,
            "Why jobs fail",
            "Failed jobs in the chosen time, by GitLab's reason.",
            Count,
            r#"topk(10, sum by (failure_reason) (increase(labtower_job_failures_total{project=~"$project"}[$__range])))"#,
        )
        .legend("{{failure_reason}}"),
        Panel::new(
            Table,
            "Merge requests",
            "Merge requests by state.",
            Count,
            r#"sum by (state) (labtower_merge_requests{project=~"$project"})"#,
        ),
    ]
}

/// A quantile of a histogram over the chosen projects, of the hour before.
fn quantile(share: &str, family: &str) -> String {
    format!(
        r#"histogram_quantile({share}, sum by (le) (rate({family}_bucket{{project=~"$project"}}[1h])))"#
    )
}
