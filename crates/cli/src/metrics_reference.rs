//! `docs/metrics.md`, from the same descriptions that the scrape writes.

use labtower_serve::metrics::{Family, Kind, Switch, families};

const INTRODUCTION: &str = include_str!("metrics_reference/introduction.md");
const CONCLUSION: &str = include_str!("metrics_reference/conclusion.md");

/// The whole page.
pub fn metrics_reference() -> String {
    let mut lines = vec![INTRODUCTION.to_owned()];
    for switch in Switch::ALL {
        lines.push(format!("## {}\n", title(switch)));
        lines.push(format!("Switch: `metrics.{}`.\n", switch.key()));
        lines.push("| name | type | unit | labels | meaning |".to_owned());
        lines.push("| --- | --- | --- | --- | --- |".to_owned());
        let mine = families().filter(|family| family.switch == switch);
        lines.extend(mine.map(row));
        lines.push(String::new());
    }
    lines.push(CONCLUSION.to_owned());
    lines.join("\n")
}

fn row(family: &Family) -> String {
    let labels: Vec<String> = family
        .labels
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    format!(
        "| `{}` | {} | {} | {} | {} |",
        family.name,
        kind(family.kind),
        family.unit,
        labels.join(", "),
        family.help
    )
}

/// What a reader of the page calls the type.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
        Kind::Histogram => "histogram",
        Kind::Info => "info",
        Kind::Unknown => "untyped",
    }
}

fn title(switch: Switch) -> &'static str {
    match switch {
        Switch::Totals => "Totals",
        Switch::Pipelines => "The newest pipeline of each ref",
        Switch::Jobs => "The newest jobs of each ref",
        Switch::TestReports => "Test reports and suites",
        Switch::TestCases => "Test cases",
        Switch::Environments => "Environments",
        Switch::PipelineTotals => "All pipelines",
        Switch::JobTotals => "All jobs",
        Switch::Queue => "What runs and waits now",
        Switch::Schedules => "Schedules",
        Switch::Deployments => "Deployments and DORA",
        Switch::MergeRequests => "Merge requests",
        Switch::Runners => "Runners",
        Switch::Info => "Labels that change",
        Switch::Labtower => "Labtower itself",
    }
}
