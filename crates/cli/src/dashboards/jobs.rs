//! Jobs: which fail, which are slow, which are flaky.

use super::board::{Board, Choice};
use super::panel::Kind::{Bars, Lines, Names, Stacked, Stat};
use super::panel::Panel;
use super::panel::Unit::{Count, Seconds, Share};

/// The chosen projects and stages.
const CHOSEN: &str = r#"project=~"$project", stage=~"$stage""#;

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-jobs",
        title: "Labtower / Jobs",
        about: "Which jobs fail, which are slow, and which pass only when they are tried again.",
        choices: vec![
            Choice::project(),
            Choice {
                name: "stage",
                family: "labtower_job_runs_total",
            },
        ],
        from: "now-24h",
        rows: vec![
            ("In the chosen time", sums()),
            ("Course", course()),
            ("Where to look", places()),
            ("Newest jobs", newest()),
        ],
    }
}

fn sums() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Ended",
            "Runs of jobs that ended, those that were tried again included.",
            Count,
            format!("sum(increase(labtower_job_runs_total{{{CHOSEN}}}[$__range]))"),
        ),
        Panel::new(
            Stat,
            "Failed",
            "Runs that failed.",
            Count,
            format!("sum(increase(labtower_job_failures_total{{{CHOSEN}}}[$__range])) or vector(0)"),
        ),
        Panel::new(
            Stat,
            "Share that failed",
            "Share of the runs that failed.",
            Share,
            format!(r#"sum(increase(labtower_job_runs_total{{{CHOSEN}, status="failed"}}[$__range])) / sum(increase(labtower_job_runs_total{{{CHOSEN}}}[$__range]))"#),
        )
        .limits(0.05, 0.2),
        Panel::new(
            Stat,
            "Tried again",
            "Runs that were replaced by a newer run of the same job.",
            Count,
            format!("sum(increase(labtower_job_retries_total{{{CHOSEN}}}[$__range])) or vector(0)"),
        ),
        Panel::new(
            Stat,
            "Flaky",
            "Runs that failed although a newer run of the same job passed.",
            Count,
            format!("sum(increase(labtower_job_flaky_total{{{CHOSEN}}}[$__range])) or vector(0)"),
        ),
        Panel::new(
            Stat,
            "Duration, 95 %",
            "Duration that 95 of 100 runs stayed under.",
            Seconds,
            quantile("0.95", "le", "$__range"),
        ),
    ]
}

fn course() -> Vec<Panel> {
    vec![
        Panel::new(
            Stacked,
            "Ended, by status",
            "Runs that ended in the hour before.",
            Count,
            format!("sum by (status) (increase(labtower_job_runs_total{{{CHOSEN}}}[1h]))"),
        )
        .legend("{{status}}"),
        Panel::new(
            Stacked,
            "Failed, by reason",
            "Runs that failed in the hour before, by GitLab's reason.",
            Count,
            format!(
                "sum by (failure_reason) (increase(labtower_job_failures_total{{{CHOSEN}}}[1h]))"
            ),
        )
        .legend("{{failure_reason}}"),
        Panel::new(
            Lines,
            "Duration, 95 %, by stage",
            "Duration that 95 of 100 runs of the hour before stayed under.",
            Seconds,
            quantile("0.95", "stage, le", "1h"),
        )
        .legend("{{stage}}"),
        Panel::new(
            Lines,
            "Runner time, by stage",
            "Runner hours used per hour: how many runners were busy on average in the hour before.",
            Count,
            format!("sum by (stage) (rate(labtower_job_duration_seconds_sum{{{CHOSEN}}}[1h]))"),
        )
        .legend("{{stage}}"),
    ]
}

fn places() -> Vec<Panel> {
    vec![
        Panel::new(
            Bars,
            "Most failures",
            "Projects and stages with most failures in the chosen time.",
            Count,
            format!("topk(15, sum by (project, stage) (increase(labtower_job_failures_total{{{CHOSEN}}}[$__range])))"),
        )
        .legend("{{project}} {{stage}}"),
        Panel::new(
            Bars,
            "Most flaky",
            "Jobs that most often failed and then passed, ever.",
            Count,
            format!("topk(15, sum by (project, job_name) (labtower_job_flaky_total{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{job_name}}"),
    ]
}

fn newest() -> Vec<Panel> {
    vec![
        Panel::new(
            Names,
            "Red jobs",
            "Newest jobs of each ref that failed.",
            Count,
            format!(r#"max by (project, ref, stage, job_name, failure_reason) (gitlab_ci_pipeline_job_status{{{CHOSEN}, status="failed"}} == 1)"#),
        ),
        Panel::new(
            Bars,
            "Longest",
            "Newest jobs of each ref that took longest.",
            Seconds,
            format!("topk(15, max by (project, ref, job_name) (gitlab_ci_pipeline_job_duration_seconds{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}} {{job_name}}"),
        Panel::new(
            Bars,
            "Longest wait",
            "Newest jobs of each ref that waited longest for a runner.",
            Seconds,
            format!("topk(15, max by (project, ref, job_name) (gitlab_ci_pipeline_job_queued_duration_seconds{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}} {{job_name}}"),
        Panel::new(
            Bars,
            "Most runs",
            "Jobs that ran most often on one ref, ever.",
            Count,
            format!("topk(15, sum by (project, ref, job_name) (gitlab_ci_pipeline_job_run_count{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}} {{job_name}}"),
    ]
}

fn quantile(share: &str, by: &str, range: &str) -> String {
    format!(
        "histogram_quantile({share}, sum by ({by}) (rate(labtower_job_duration_seconds_bucket{{{CHOSEN}}}[{range}])))"
    )
}
