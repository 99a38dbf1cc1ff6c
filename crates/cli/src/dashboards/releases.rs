//! Environments, the four DORA measures, and merge requests on their way there.

use super::board::{Board, Choice};
use super::panel::Kind::{Bars, Lines, Names, Stacked, Stat, Table};
use super::panel::Panel;
use super::panel::Unit::{Ago, Count, Seconds, Share};

/// The chosen projects and tiers.
const CHOSEN: &str = r#"project=~"$project", tier=~"$tier""#;

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-releases",
        title: "Labtower / Environments and DORA",
        about: "What is deployed where, the four DORA measures over 30 days, and how long merge requests take.",
        choices: vec![
            Choice::project(),
            Choice {
                name: "tier",
                family: "labtower_deployments_total",
            },
        ],
        from: "now-7d",
        rows: vec![
            ("DORA, over 30 days", dora()),
            ("By project", projects()),
            ("Environments", environments()),
            ("Merge requests", merge_requests()),
        ],
    }
}

fn dora() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Deployments a day",
            "Successful deployments a day, all chosen projects together.",
            Count,
            format!("sum(labtower_dora_deployment_frequency{{{CHOSEN}}})"),
        )
        .size(6, 4),
        Panel::new(
            Stat,
            "Lead time for changes",
            "Median over the environments of their median time from commit to deployment.",
            Seconds,
            format!("quantile(0.5, labtower_dora_lead_time_seconds{{{CHOSEN}}})"),
        )
        .size(6, 4),
        Panel::new(
            Stat,
            "Change failure rate",
            "Share of deployments that failed, the mean over the environments.",
            Share,
            format!("avg(labtower_dora_change_failure_ratio{{{CHOSEN}}})"),
        )
        .limits(0.15, 0.3)
        .size(6, 4),
        Panel::new(
            Stat,
            "Time to restore",
            "Median over the environments of their median time from a failed deployment to the next successful one.",
            Seconds,
            format!("quantile(0.5, labtower_dora_time_to_restore_seconds{{{CHOSEN}}})"),
        )
        .size(6, 4),
    ]
}

fn projects() -> Vec<Panel> {
    vec![
        Panel::new(
            Bars,
            "Deployments a day",
            "Successful deployments a day, by project and environment.",
            Count,
            format!("topk(15, labtower_dora_deployment_frequency{{{CHOSEN}}})"),
        )
        .legend("{{project}} {{environment}}"),
        Panel::new(
            Bars,
            "Lead time for changes",
            "Median time from commit to deployment, the longest ones.",
            Seconds,
            format!("topk(15, labtower_dora_lead_time_seconds{{{CHOSEN}}})"),
        )
        .legend("{{project}} {{environment}}"),
        Panel::new(
            Bars,
            "Change failure rate",
            "Share of deployments that failed, the greatest ones.",
            Share,
            format!("topk(15, labtower_dora_change_failure_ratio{{{CHOSEN}}})"),
        )
        .legend("{{project}} {{environment}}"),
        Panel::new(
            Bars,
            "Time to restore",
            "Median time from a failed deployment to the next successful one, the longest ones.",
            Seconds,
            format!("topk(15, labtower_dora_time_to_restore_seconds{{{CHOSEN}}})"),
        )
        .legend("{{project}} {{environment}}"),
    ]
}

fn environments() -> Vec<Panel> {
    let project = r#"project=~"$project""#;
    vec![
        Panel::new(
            Stacked,
            "Deployments, by status",
            "Deployments that ended in the day before.",
            Count,
            format!("sum by (status) (increase(labtower_deployments_total{{{CHOSEN}}}[1d]))"),
        )
        .legend("{{status}}"),
        Panel::new(
            Table,
            "Last successful deployment",
            "When each environment was last deployed to.",
            Ago,
            format!("max by (project, environment, tier) (labtower_deployment_last_success_timestamp_seconds{{{CHOSEN}}}) * 1000"),
        ),
        Panel::new(
            Names,
            "Status",
            "Status of the newest deployment of each environment.",
            Count,
            format!("max by (project, environment, status) (gitlab_ci_environment_deployment_status{{{project}}} == 1)"),
        ),
        Panel::new(
            Names,
            "What is deployed",
            "Ref, commit and user of the newest deployment of each environment.",
            Count,
            format!("max by (project, environment, ref, current_commit_short_id, username) (gitlab_ci_environment_information{{{project}}})"),
        ),
        Panel::new(
            Bars,
            "Behind, in time",
            "How much older the deployed commit is than the newest one of the default branch.",
            Seconds,
            format!("topk(15, max by (project, environment) (gitlab_ci_environment_behind_duration_seconds{{{project}}}))"),
        )
        .legend("{{project}} {{environment}}"),
        Panel::new(
            Bars,
            "Behind, in commits",
            "Commits of the default branch that are not deployed.",
            Count,
            format!("topk(15, max by (project, environment) (gitlab_ci_environment_behind_commits_count{{{project}}}))"),
        )
        .legend("{{project}} {{environment}}"),
    ]
}

fn merge_requests() -> Vec<Panel> {
    vec![
        Panel::new(
            Lines,
            "Open and merged",
            "Merge requests by state.",
            Count,
            r#"sum by (state) (labtower_merge_requests{project=~"$project"})"#,
        )
        .legend("{{state}}"),
        Panel::new(
            Bars,
            "Time to merge",
            "Mean time from creation to merge, the longest ones.",
            Seconds,
            r#"topk(15, sum by (project) (labtower_merge_request_cycle_seconds_sum{project=~"$project"}) / (sum by (project) (labtower_merge_request_cycle_seconds_count{project=~"$project"}) > 0))"#,
        )
        .legend("{{project}}"),
        Panel::new(
            Bars,
            "Commits",
            "Commits on the default branch.",
            Count,
            r#"topk(15, sum by (project) (gitlab_commits_total * on (project_id) group_left (project) max by (project_id, project) (labtower_project_info{project=~"$project"})))"#,
        )
        .legend("{{project}}"),
        Panel::new(
            Table,
            "Oldest open merge request",
            "When the oldest one that is not a draft was created.",
            Ago,
            r#"max by (project) (labtower_merge_request_oldest_open_timestamp_seconds{project=~"$project"}) * 1000"#,
        ),
    ]
}
