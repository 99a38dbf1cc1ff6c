//! Pipelines: how many, how they end, how long they take.

use super::board::{Board, Choice};
use super::panel::Kind::{Bars, Lines, Names, Stacked, Stat, Table};
use super::panel::Panel;
use super::panel::Unit::{Ago, Count, Percent, Seconds, Share};

/// The chosen projects, kinds of ref and sources.
const CHOSEN: &str = r#"project=~"$project", kind=~"$kind", source=~"$source""#;

pub(super) fn board() -> Board {
    Board {
        uid: "labtower-pipelines",
        title: "Labtower / Pipelines",
        about: "How many pipelines there are, how they end and how long they take.",
        choices: vec![
            Choice::project(),
            Choice {
                name: "kind",
                family: "labtower_pipeline_runs_total",
            },
            Choice {
                name: "source",
                family: "labtower_pipeline_runs_total",
            },
        ],
        from: "now-24h",
        rows: vec![
            ("In the chosen time", sums()),
            ("Course", course()),
            ("Newest pipelines", newest()),
            ("Tests", tests()),
        ],
    }
}

fn sums() -> Vec<Panel> {
    vec![
        Panel::new(
            Stat,
            "Created",
            "Pipelines created.",
            Count,
            format!("sum(increase(labtower_pipeline_runs_total{{{CHOSEN}}}[$__range]))"),
        ),
        Panel::new(
            Stat,
            "Ended",
            "Pipelines that ended, in any way.",
            Count,
            format!("sum(increase(labtower_pipeline_finished_total{{{CHOSEN}}}[$__range]))"),
        ),
        Panel::new(
            Stat,
            "Failed",
            "Pipelines that failed.",
            Count,
            format!(r#"sum(increase(labtower_pipeline_finished_total{{{CHOSEN}, status="failed"}}[$__range])) or vector(0)"#),
        ),
        Panel::new(
            Stat,
            "Passed",
            "Share of the ended pipelines that passed.",
            Share,
            format!(r#"sum(increase(labtower_pipeline_finished_total{{{CHOSEN}, status="success"}}[$__range])) / sum(increase(labtower_pipeline_finished_total{{{CHOSEN}}}[$__range]))"#),
        )
        .limits(0.9, 0.7),
        Panel::new(
            Stat,
            "Duration, 50 %",
            "Duration that half of them stayed under.",
            Seconds,
            quantile("0.5", "labtower_pipeline_duration_seconds", "le", "$__range"),
        ),
        Panel::new(
            Stat,
            "Duration, 95 %",
            "Duration that 95 of 100 stayed under.",
            Seconds,
            quantile("0.95", "labtower_pipeline_duration_seconds", "le", "$__range"),
        ),
    ]
}

fn course() -> Vec<Panel> {
    vec![
        Panel::new(
            Stacked,
            "Ended, by status",
            "Pipelines that ended in the hour before.",
            Count,
            format!("sum by (status) (increase(labtower_pipeline_finished_total{{{CHOSEN}}}[1h]))"),
        )
        .legend("{{status}}"),
        Panel::new(
            Stacked,
            "Created, by source",
            "Pipelines created in the hour before.",
            Count,
            format!("sum by (source) (increase(labtower_pipeline_runs_total{{{CHOSEN}}}[1h]))"),
        )
        .legend("{{source}}"),
        Panel::new(
            Lines,
            "Duration, 95 %, by project",
            "Duration that 95 of 100 pipelines of the hour before stayed under.",
            Seconds,
            quantile("0.95", "labtower_pipeline_duration_seconds", "project, le", "1h"),
        )
        .legend("{{project}}"),
        Panel::new(
            Lines,
            "Wait before the start",
            "Waiting time that half, and 95 of 100, of the pipelines of the hour before stayed under.",
            Seconds,
            quantile("0.5", "labtower_pipeline_queue_seconds", "le", "1h"),
        )
        .legend("50 %")
        .and(quantile("0.95", "labtower_pipeline_queue_seconds", "le", "1h"), "95 %"),
        Panel::new(
            Bars,
            "Share that failed, by project",
            "Projects with the greatest share of failures in the chosen time.",
            Share,
            format!(r#"topk(15, sum by (project) (increase(labtower_pipeline_finished_total{{{CHOSEN}, status="failed"}}[$__range])) / (sum by (project) (increase(labtower_pipeline_finished_total{{{CHOSEN}}}[$__range])) > 0))"#),
        )
        .legend("{{project}}"),
        Panel::new(
            Bars,
            "Under way",
            "Pipelines under way now, by status.",
            Count,
            r#"sum by (status) (labtower_pipelines{project=~"$project"})"#,
        )
        .legend("{{status}}"),
    ]
}

fn newest() -> Vec<Panel> {
    vec![
        Panel::new(
            Names,
            "Status of each ref",
            "Status of the newest pipeline of each ref.",
            Count,
            format!("max by (project, kind, ref, source, status) (gitlab_ci_pipeline_status{{{CHOSEN}}} == 1)"),
        )
        .size(12, 10),
        Panel::new(
            Table,
            "Last change",
            "When the newest pipeline of each ref last changed.",
            Ago,
            format!("max by (project, kind, ref) (gitlab_ci_pipeline_timestamp{{{CHOSEN}}}) * 1000"),
        )
        .size(12, 10),
        Panel::new(
            Bars,
            "Longest",
            "Refs whose newest pipeline took longest.",
            Seconds,
            format!("topk(15, max by (project, ref) (gitlab_ci_pipeline_duration_seconds{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}}"),
        Panel::new(
            Bars,
            "Least coverage",
            "Refs whose newest pipeline has the least coverage.",
            Percent,
            format!("bottomk(15, min by (project, ref) (gitlab_ci_pipeline_coverage{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}}"),
    ]
}

fn tests() -> Vec<Panel> {
    vec![
        Panel::new(
            Bars,
            "Failed tests",
            "Refs whose newest test report has most failures and errors.",
            Count,
            format!("topk(15, max by (project, ref) (gitlab_ci_pipeline_test_report_failed_count{{{CHOSEN}}} + gitlab_ci_pipeline_test_report_error_count{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}}"),
        Panel::new(
            Bars,
            "Slowest suites",
            "Test suites that took longest in the newest report.",
            Seconds,
            format!("topk(15, max by (project, ref, test_suite_name) (gitlab_ci_pipeline_test_suite_total_time{{{CHOSEN}}}))"),
        )
        .legend("{{project}} {{ref}} {{test_suite_name}}"),
    ]
}

fn quantile(share: &str, family: &str, by: &str, range: &str) -> String {
    format!(
        "histogram_quantile({share}, sum by ({by}) (rate({family}_bucket{{{CHOSEN}}}[{range}])))"
    )
}
