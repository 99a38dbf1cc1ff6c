//! Jobs of a project's default branch, night by night.

use std::collections::HashSet;

use labtower_model::Nights;
use labtower_store::{GroupId, Run};
use serde::Serialize;

use crate::web::failures::Kind;
use crate::web::pages::job::{quantile, times};
use crate::web::pages::link;
use crate::web::pages::value::{Maybe, Seconds};
use crate::web::pages::verdict::{Judged, judge, outcome};

/// A job of the default branch.
#[derive(Debug, Serialize)]
pub(super) struct JobLine {
    pub(super) job: String,
    pub(super) stage: Option<String>,
    #[serde(flatten)]
    pub(super) judged: Judged,
    pub(super) duration_p50: Maybe<Seconds>,
    pub(super) duration_p95: Maybe<Seconds>,
    /// Median of the newer half of its runs against that of the older half: 0.1 is a tenth slower.
    pub(super) duration_trend: Maybe<f64>,
    pub(super) last_headline: Option<String>,
    pub(super) last_category: Option<String>,
    pub(super) last_failed_job: Option<i64>,
    /// One for each date.
    pub(super) nights: Vec<Night>,
}

/// A job on one day.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Night {
    pub(super) passed: u32,
    pub(super) failed: u32,
    /// Kind of its newest failure.
    pub(super) category: Option<String>,
}

/// One job from its runs, newest first.
pub(super) fn job_line(
    runs: &[&Run],
    known: &HashSet<GroupId>,
    nights: &Nights,
    dates: &[jiff::civil::Date],
) -> JobLine {
    let mut cells = vec![Night::default(); dates.len()];
    for run in runs.iter().filter(|run| outcome(run).is_some()) {
        let day = nights.day_of(run.created_at);
        let Ok(place) = dates.binary_search(&day) else {
            continue;
        };
        let cell = &mut cells[place];
        if run.status == "success" {
            cell.passed += 1;
        } else {
            cell.failed += 1;
            cell.category = cell.category.take().or_else(|| run.category.clone());
        }
    }
    let own: Vec<Run> = runs.iter().map(|run| (*run).clone()).collect();
    let durations = times(&own, |run| run.duration.map(|seconds| seconds as f64));
    let last_failed = runs.iter().find(|run| run.status == "failed");
    JobLine {
        job: runs.first().map(|run| run.name.clone()).unwrap_or_default(),
        stage: runs.first().and_then(|run| run.stage.clone()),
        judged: Judged::new(&judge(runs.iter().copied(), known)),
        duration_p50: quantile(&durations, 0.5),
        duration_p95: quantile(&durations, 0.95),
        duration_trend: trend(&own),
        last_headline: last_failed.and_then(|run| run.headline.clone()),
        last_category: last_failed.and_then(|run| run.category.clone()),
        last_failed_job: last_failed.map(|run| run.job_id.get()),
        nights: cells,
    }
}

/// How much slower the newer half of the runs was than the older one; absent of fewer than eight each.
fn trend(runs: &[Run]) -> Maybe<f64> {
    let half = runs.len() / 2;
    if half < 8 {
        return Maybe(None);
    }
    let median = |runs: &[Run]| times(runs, |run| run.duration.map(|s| s as f64)).quantile(0.5);
    let (newer, older) = (median(&runs[..half]), median(&runs[half..]));
    Maybe(
        newer
            .zip(older)
            .filter(|(_, older)| *older > 0.0)
            .map(|(newer, older)| newer / older - 1.0),
    )
}

impl Night {
    pub(super) fn mark(&self) -> &'static str {
        match (self.failed, self.passed) {
            (0, 0) => "",
            (0, _) => "✓",
            _ => Kind::of(self.category.as_deref()).letter,
        }
    }

    pub(super) fn class(&self) -> &'static str {
        match (self.failed, self.passed) {
            (0, 0) => "none",
            (0, _) => "pass",
            (_, 0) => "fail",
            _ => "flake",
        }
    }

    pub(super) fn words(&self) -> String {
        match (self.failed, self.passed) {
            (0, 0) => "no run".to_owned(),
            (failed, passed) => format!("{passed} passed, {failed} failed"),
        }
    }
}

impl JobLine {
    pub(super) fn page(&self, project: &str) -> String {
        link::job(project, &self.job)
    }

    pub(super) fn kind(&self) -> Kind {
        Kind::of(self.last_category.as_deref())
    }

    pub(super) fn trend_words(&self) -> String {
        match self.duration_trend.0 {
            Some(change) if change.abs() >= 0.05 => format!("{:+.0} %", change * 100.0),
            _ => String::new(),
        }
    }

    /// What the row of the strip says, for those who do not see it.
    pub(super) fn summary(&self) -> String {
        let red = self.nights.iter().filter(|night| night.failed > 0).count();
        let ran = self
            .nights
            .iter()
            .filter(|night| night.failed + night.passed > 0)
            .count();
        format!("failed on {red} of {ran} days with runs")
    }
}
