//! Trends, drawn.

use super::{Day, Trends};
use crate::web::pages::draw::{Bars, Column};

/// Series drawn apart in a stack; the rest is one.
const SERIES: usize = 6;

/// A chart with the names of its series.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) note: String,
    pub(super) bars: Bars,
    pub(super) series: Vec<String>,
}

impl Chart {
    /// Draws each day; `values` gives one for each series, `words` what the day says.
    fn new(
        title: &'static str,
        note: impl Into<String>,
        series: Vec<String>,
        trend: &[Day],
        draw: impl Fn(&Day) -> (Vec<f64>, String),
    ) -> Self {
        let columns = trend
            .iter()
            .map(|day| {
                let (values, words) = draw(day);
                Column {
                    label: day.date.get(5..).unwrap_or_default().to_owned(),
                    title: format!("{}: {words}", day.date),
                    values,
                }
            })
            .collect();
        Self {
            title,
            note: note.into(),
            bars: Bars::new(columns),
            series,
        }
    }
}

/// All charts of the page.
pub(super) fn charts(trends: &Trends) -> Vec<Chart> {
    let trend = &trends.by_day;
    let top: Vec<&str> = trends
        .categories
        .iter()
        .take(SERIES)
        .map(|total| total.category.as_str())
        .collect();
    let mut kinds: Vec<String> = trends
        .categories
        .iter()
        .take(SERIES)
        .map(|total| total.name().to_owned())
        .collect();
    kinds.push("others".to_owned());
    let tags: Vec<&str> = trends
        .tags
        .iter()
        .take(SERIES)
        .map(|tag| tag.tags.as_str())
        .collect();
    let mut tag_names: Vec<String> = trends
        .tags
        .iter()
        .take(SERIES)
        .map(|tag| tag.name().to_owned())
        .collect();
    tag_names.push("others".to_owned());
    let one = |name: &str| vec![name.to_owned()];
    vec![
        Chart::new(
            "Failure rate by kind",
            "failed jobs of job runs, kinds on top of each other",
            kinds,
            trend,
            |day| {
                let runs = day.job_runs.0.map_or(0, |runs| runs.0);
                let share = |count: u64| {
                    if runs == 0 {
                        0.0
                    } else {
                        count as f64 / runs as f64
                    }
                };
                let mut values: Vec<f64> = top
                    .iter()
                    .map(|kind| share(day.by_category.get(*kind).copied().unwrap_or(0)))
                    .collect();
                let all: u64 = day.by_category.values().sum();
                values.push((share(all) - values.iter().sum::<f64>()).max(0.0));
                (
                    values,
                    format!(
                        "{} of {} job runs failed, {}",
                        day.failed_jobs, day.job_runs, day.failure_rate
                    ),
                )
            },
        ),
        Chart::new(
            "Flaky share",
            "failures that a retry in the same pipeline undid, of all failures",
            one("undone by a retry"),
            trend,
            |day| {
                let share = day.flaky_share.0.map_or(0.0, |share| share.0);
                (
                    vec![share],
                    format!("{} undone, {}", day.undone, day.flaky_share),
                )
            },
        ),
        Chart::new(
            "Code or infrastructure",
            "failed jobs by whose they are to mend",
            vec![
                "code and its settings".to_owned(),
                "infrastructure and others".to_owned(),
                "not clear".to_owned(),
            ],
            trend,
            |day| {
                let values = [day.code, day.infra, day.unclear];
                let words = format!(
                    "code {}, infrastructure {}, not clear {}",
                    day.code, day.infra, day.unclear
                );
                (values.iter().map(|count| count.0 as f64).collect(), words)
            },
        ),
        Chart::new(
            "Time to green",
            "how long default branches that became green had been red: median",
            one("median"),
            trend,
            |day| {
                let seconds = day.to_green_seconds.0.map_or(0.0, |seconds| seconds.0);
                (
                    vec![seconds],
                    format!("{} of {} branches", day.to_green_seconds, day.mended),
                )
            },
        ),
        Chart::new(
            "Waiting for a runner",
            "median, and what 95 of 100 jobs stay below",
            vec!["median".to_owned(), "up to 95 of 100".to_owned()],
            trend,
            |day| {
                let (half, most) = (
                    day.queue_p50.0.map_or(0.0, |s| s.0),
                    day.queue_p95.0.map_or(0.0, |s| s.0),
                );
                (
                    vec![half, (most - half).max(0.0)],
                    format!(
                        "median {}, 95 of 100 below {}",
                        day.queue_p50, day.queue_p95
                    ),
                )
            },
        ),
        Chart::new(
            "Runner time by tags",
            "time that jobs ran, by the tags they asked for",
            tag_names,
            trend,
            |day| {
                let mut values: Vec<f64> = tags
                    .iter()
                    .map(|tag| day.by_tags.get(*tag).copied().unwrap_or(0) as f64)
                    .collect();
                let all: u64 = day.by_tags.values().sum();
                values.push((all as f64 - values.iter().sum::<f64>()).max(0.0));
                (values, day.runner_seconds.to_string())
            },
        ),
    ]
}
