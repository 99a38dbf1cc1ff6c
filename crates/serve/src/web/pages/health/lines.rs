//! Lines of the page on the health of the data.

use labtower_store::{InboxCount, Sink, Tracker, WrongReasons};
use serde::Serialize;

use crate::web::failures::Kind;
use crate::web::pages::link;
use crate::web::pages::value::{Count, When, words};

/// A count with its name.
#[derive(Debug, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) count: Count,
}

impl Named {
    pub(super) fn words(&self) -> String {
        words(&self.name)
    }

    /// Name of a kind of failure.
    pub(super) fn kind(&self) -> String {
        if self.name == "unexplained" {
            return "not explained yet".to_owned();
        }
        Kind::of(Some(&self.name)).name.to_owned()
    }

    pub(super) fn failures(&self) -> String {
        let name = link::quoted(&self.name);
        format!("failures?cat={name}&days=30&source=any&ref=any&retried=1&allowed=1")
    }
}

/// Something that does not work.
#[derive(Debug, Serialize)]
pub(super) struct ProblemLine {
    pub(super) scope: String,
    pub(super) message: String,
    pub(super) since: When,
    pub(super) count: Count,
}

/// A project that could not be read when last tried.
#[derive(Debug, Serialize)]
pub(super) struct FailingProject {
    pub(super) project: String,
    pub(super) error: String,
}

impl FailingProject {
    pub(super) fn page(&self) -> String {
        link::project(&self.project)
    }
}

/// How far the issues of a project were read.
#[derive(Debug, Serialize)]
pub(super) struct TrackerLine {
    pub(super) project: String,
    pub(super) read_up_to: Option<When>,
    pub(super) error: Option<String>,
}

impl TrackerLine {
    pub(super) fn new(tracker: Tracker) -> Self {
        Self {
            project: tracker.project_path,
            read_up_to: tracker.watermark.map(When),
            error: tracker.refused.or(tracker.last_error),
        }
    }
}

/// Where the data goes from here.
#[derive(Debug, Serialize)]
pub(super) struct SinkLine {
    pub(super) name: String,
    pub(super) rows: Count,
    pub(super) refused: Count,
    pub(super) sent_at: Option<When>,
    /// When the oldest change it has not taken was recorded.
    pub(super) behind_since: Option<When>,
    pub(super) error: Option<String>,
}

impl SinkLine {
    pub(super) fn new(sink: &Sink) -> Self {
        Self {
            name: sink.name.clone(),
            rows: Count(sink.rows),
            refused: Count(sink.refused),
            sent_at: sink.sent_at.map(When),
            behind_since: sink.behind_since.map(When),
            error: sink.error.clone(),
        }
    }
}

/// Reasons of a rule or parser that people called wrong.
#[derive(Debug, Serialize)]
pub(super) struct WrongLine {
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) wrong: Count,
    /// Reasons it gives now.
    pub(super) reasons: Count,
}

impl WrongLine {
    pub(super) fn new(row: &WrongReasons) -> Self {
        Self {
            kind: row.kind.replace('_', " "),
            name: row.name.clone(),
            wrong: Count(row.wrong),
            reasons: Count(row.reasons),
        }
    }
}

/// A failed job without a reason yet.
#[derive(Debug, Serialize)]
pub(super) struct Unexplained {
    pub(super) job_id: i64,
    pub(super) project: String,
    pub(super) job: String,
    pub(super) created_at: When,
    pub(super) failure_reason: Option<String>,
    pub(super) web_url: Option<String>,
}

impl Unexplained {
    pub(super) fn project_page(&self) -> String {
        link::project(&self.project)
    }
}

/// Webhooks of a kind that had an outcome.
#[derive(Debug, Serialize)]
pub(super) struct WebhookLine {
    pub(super) kind: String,
    pub(super) outcome: String,
    pub(super) count: Count,
    pub(super) last_at: When,
}

impl WebhookLine {
    pub(super) fn new(count: &InboxCount) -> Self {
        Self {
            kind: count.kind.clone(),
            outcome: count.outcome.clone(),
            count: Count(count.count),
            last_at: When(count.last_at),
        }
    }
}
