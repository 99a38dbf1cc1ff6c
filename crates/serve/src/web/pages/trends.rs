//! `GET /trends`: how failures, queues and runners went over the last weeks.

mod charts;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_store::{Filter, JobUsage, Reader};
use serde::Serialize;
use serde_json::Value;

use self::charts::{Chart, charts};
use super::group::date;
use super::kept::Instance;
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::usage::Failures;
use super::value::{Count, Maybe, Seconds, Share};
use crate::answer::{AnswerError, Ask};
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::state::App;
use crate::web::failures::Kind;
use crate::web::frame::{Frame, respond};

/// Tags of the table.
const TAGS: usize = 20;
const DAY: i64 = 86_400;

/// How the last weeks went.
#[derive(Debug, Serialize)]
pub(crate) struct Trends {
    days: u16,
    /// Days whose jobs are counted; the others follow with the next requests.
    counted_days: usize,
    /// Kinds of failure, most frequent first.
    categories: Vec<Total>,
    /// Runner time by tags, most first.
    tags: Vec<TagTotal>,
    /// Oldest first.
    #[serde(rename = "trend")]
    by_day: Vec<Day>,
}

/// A kind of failure over all days.
#[derive(Debug, Serialize)]
struct Total {
    /// `unexplained` for failures without a reason yet.
    category: String,
    failed_jobs: Count,
}

/// What jobs that ask for some tags took over all days.
#[derive(Debug, Serialize)]
struct TagTotal {
    /// Joined by comma; empty for jobs that ask for none.
    tags: String,
    job_runs: Count,
    runner_seconds: Seconds,
}

/// A UTC day.
#[derive(Debug, Default, Serialize)]
struct Day {
    date: String,
    /// Days since 1970.
    #[serde(skip)]
    number: i64,
    pipelines: Count,
    failed_pipelines: Count,
    pipeline_failure_rate: Maybe<Share>,
    /// Job runs that passed or failed; absent while they are not counted.
    job_runs: Maybe<Count>,
    /// Jobs that failed for good and were not allowed to.
    failed_jobs: Count,
    /// Those of job runs.
    failure_rate: Maybe<Share>,
    /// The same by kind.
    by_category: BTreeMap<String, u64>,
    /// Failed jobs that are the code's or its settings' to mend.
    code: Count,
    /// Failed jobs that are the infrastructure's or somebody else's.
    infra: Count,
    /// Failed jobs of which that is not known.
    unclear: Count,
    /// Failed runs that a retry in the same pipeline undid.
    undone: Count,
    /// Those of all failures.
    flaky_share: Maybe<Share>,
    /// Default branches that became green.
    mended: Count,
    /// Median time they had been red.
    to_green_seconds: Maybe<Seconds>,
    queue_p50: Maybe<Seconds>,
    queue_p95: Maybe<Seconds>,
    runner_seconds: Maybe<Seconds>,
    #[serde(skip)]
    by_tags: HashMap<String, u64>,
}

/// How failures, durations and waits went.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/trends",
    tag = "statistics",
    operation_id = "trends",
    params(
        ("days" = Option<u16>, Query, description = "14, 30 or 90; 90 without it"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "Figures per day", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    let days = ask.params.one("days").unwrap_or("90");
    let Some(days) = days.parse().ok().filter(|days| [14, 30, 90].contains(days)) else {
        let error = ApiError::parameter("days", days, "14, 30 or 90");
        return refuse(&viewer, &ask, error);
    };
    let generation = app.store().data_generation();
    let shared = app.clone();
    show(&app, &viewer, &ask, move |reader, now| {
        read(&shared, reader, days, Instance { now, generation })
    })
    .await
}

fn read(
    app: &App,
    reader: &Reader<'_>,
    days: u16,
    instance: Instance,
) -> Result<Trends, AnswerError> {
    let last = instance.now.as_second().div_euclid(DAY);
    let first = last - i64::from(days) + 1;
    let since = Timestamp::from_second(first * DAY).unwrap_or(Timestamp::MIN);
    let mut trend: Vec<Day> = (first..=last)
        .map(|day| Day {
            date: date(day),
            number: day,
            ..Day::default()
        })
        .collect();
    let place = |day: i64| usize::try_from(day - first).ok();
    for cell in reader.trend(&Filter {
        from: Some(since),
        ..Filter::default()
    })? {
        let name = cell.date.to_string();
        if let Some(day) = trend.iter_mut().find(|day| day.date == name) {
            day.pipelines.0 += cell.count;
            if cell.status == "failed" {
                day.failed_pipelines.0 += cell.count;
            }
        }
    }
    let failures = app.days().failures(reader, days, since, instance)?;
    add_failures(&mut trend, &failures, place);
    let usage = app.days().usage(reader, first, last, instance)?;
    for (day, usage) in &usage {
        if let Some(day) = place(*day).and_then(|place| trend.get_mut(place)) {
            day.add_usage(usage);
        }
    }
    for day in &mut trend {
        day.finish();
    }
    Ok(Trends {
        days,
        counted_days: usage.len(),
        categories: categories(&trend),
        tags: tags(&usage),
        by_day: trend,
    })
}

fn add_failures(trend: &mut [Day], failures: &Failures, place: impl Fn(i64) -> Option<usize>) {
    for tally in &failures.tallies {
        let Some(day) = place(tally.day).and_then(|place| trend.get_mut(place)) else {
            continue;
        };
        day.failed_jobs.0 += tally.failed;
        day.undone.0 += tally.undone;
        let category = tally
            .category
            .clone()
            .unwrap_or_else(|| "unexplained".to_owned());
        if tally.failed > 0 {
            *day.by_category.entry(category).or_default() += tally.failed;
        }
        let side = match tally.whose.as_deref() {
            Some("code" | "config") => &mut day.code,
            Some("infra" | "external") => &mut day.infra,
            _ => &mut day.unclear,
        };
        side.0 += tally.failed;
    }
    let mut red: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for mended in &failures.mended {
        let seconds = mended.green_at.as_second() - mended.red_at.as_second();
        let day = mended.green_at.as_second().div_euclid(DAY);
        red.entry(day).or_default().push(seconds.max(0));
    }
    for (day, mut seconds) in red {
        let Some(day) = place(day).and_then(|place| trend.get_mut(place)) else {
            continue;
        };
        seconds.sort_unstable();
        day.mended = Count(seconds.len() as u64);
        day.to_green_seconds = Maybe(
            seconds
                .get((seconds.len() - 1) / 2)
                .map(|s| Seconds::whole(*s)),
        );
    }
}

impl Day {
    fn add_usage(&mut self, usage: &JobUsage) {
        self.job_runs = Maybe(Some(Count(usage.runs)));
        self.queue_p50 = Maybe(usage.queue.quantile(0.5).map(Seconds));
        self.queue_p95 = Maybe(usage.queue.quantile(0.95).map(Seconds));
        let seconds: u64 = usage.tags.iter().map(|tag| tag.seconds).sum();
        self.runner_seconds = Maybe(Some(Seconds(seconds as f64)));
        self.by_tags = usage
            .tags
            .iter()
            .map(|tag| (tag.tags.clone(), tag.seconds))
            .collect();
    }

    fn finish(&mut self) {
        self.pipeline_failure_rate = Share::of(self.failed_pipelines.0, self.pipelines.0);
        self.failure_rate = Maybe(
            self.job_runs
                .0
                .and_then(|runs| Share::of(self.failed_jobs.0, runs.0).0),
        );
        self.flaky_share = Share::of(self.undone.0, self.undone.0 + self.failed_jobs.0);
    }

    /// Failed jobs of the day, as the API lists them.
    fn failed_rows(&self) -> String {
        let (from, to) = self.bounds();
        format!("api/jobs?status=failed&from_ts={from}&to_ts={to}")
    }

    /// Pipelines of the day, as the API lists them.
    fn pipeline_rows(&self, status: &str) -> String {
        let (from, to) = self.bounds();
        format!("api/pipelines?status={status}&from_ts={from}&to_ts={to}")
    }

    fn bounds(&self) -> (i64, i64) {
        (self.number * DAY, self.number * DAY + DAY - 1)
    }
}

fn categories(trend: &[Day]) -> Vec<Total> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for (category, count) in trend.iter().flat_map(|day| &day.by_category) {
        *counts.entry(category).or_default() += count;
    }
    let mut totals: Vec<Total> = counts
        .into_iter()
        .map(|(category, count)| Total {
            category: category.to_owned(),
            failed_jobs: Count(count),
        })
        .collect();
    totals.sort_by_key(|total| Reverse(total.failed_jobs));
    totals
}

fn tags(usage: &BTreeMap<i64, Arc<JobUsage>>) -> Vec<TagTotal> {
    let mut sums: HashMap<&str, (u64, u64)> = HashMap::new();
    for tag in usage.values().flat_map(|usage| &usage.tags) {
        let sum = sums.entry(&tag.tags).or_default();
        *sum = (sum.0 + tag.runs, sum.1 + tag.seconds);
    }
    let mut totals: Vec<TagTotal> = sums
        .into_iter()
        .map(|(tags, (runs, seconds))| TagTotal {
            tags: tags.to_owned(),
            job_runs: Count(runs),
            runner_seconds: Seconds(seconds as f64),
        })
        .collect();
    totals.sort_by(|a, b| {
        let by_time = b.runner_seconds.0.total_cmp(&a.runner_seconds.0);
        by_time.then_with(|| a.tags.cmp(&b.tags))
    });
    totals.truncate(TAGS);
    totals
}

impl Total {
    fn name(&self) -> &str {
        if self.category == "unexplained" {
            return "not explained yet";
        }
        Kind::of(Some(&self.category)).name
    }

    fn failures(&self, days: u16) -> String {
        format!(
            "failures?cat={}&days={days}&source=any&ref=any",
            link::quoted(&self.category)
        )
    }
}

impl TagTotal {
    fn name(&self) -> &str {
        if self.tags.is_empty() {
            "no tags"
        } else {
            &self.tags
        }
    }
}

#[derive(Template)]
#[template(path = "pages/trends.html")]
struct TrendsPage {
    frame: Frame,
    formats: Formats,
    trends: Trends,
    charts: Vec<Chart>,
    days: Vec<Choice>,
}

impl Shown for Trends {
    const COLUMNS: &'static [&'static str] = &[
        "date",
        "pipelines",
        "failed_pipelines",
        "pipeline_failure_rate",
        "job_runs",
        "failed_jobs",
        "failure_rate",
        "code",
        "infra",
        "unclear",
        "undone",
        "flaky_share",
        "mended",
        "to_green_seconds",
        "queue_p50",
        "queue_p95",
        "runner_seconds",
    ];

    fn subject(&self) -> String {
        "Trends".to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.by_day)
    }

    fn html(self, ground: Ground) -> Response {
        let page = TrendsPage {
            days: link::choices(
                &ground.target,
                "days",
                &self.days.to_string(),
                &[("14", "14 d"), ("30", "30 d"), ("90", "90 d")],
            ),
            charts: charts(&self),
            formats: ground.formats(),
            frame: ground.frame,
            trends: self,
        };
        respond(StatusCode::OK, &page)
    }
}
