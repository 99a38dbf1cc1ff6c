//! `GET /pattern`: what a known-issue pattern would match, before anybody saves it.
//!
//! It looks through the headline and excerpt of every failure that is stored, which is what blocks in issues are
//! compared with too. Of green runs only hashes of masked lines are stored, so that the question is turned round:
//! of the lines that the pattern matches in failures, which did a green run print too?

mod look;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use labtower_explain::KnownIssue;
use serde::Serialize;
use serde_json::Value;

use super::link;
use super::reply::{Formats, Ground, Shown, show, values};
use super::value::{Count, Seconds, Share, When};
use crate::answer::Ask;
use crate::auth::{Viewer, local};
use crate::error::ErrorBody;
use crate::state::App;
use crate::web::frame::{Frame, respond};

/// What a pattern matches.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Preview {
    /// As it was typed.
    #[serde(rename = "match")]
    pattern: String,
    /// Jobs it is for; empty for all.
    job: String,
    /// Why the pattern cannot be used.
    problem: Option<String>,
    /// The block that goes into an issue's description.
    block: Option<String>,
    looked: Looked,
    /// Failures that match.
    failures: Count,
    projects: Count,
    groups: Vec<GroupHit>,
    jobs: Vec<JobHit>,
    issues: Vec<IssueHit>,
    examples: Vec<Example>,
    /// Green runs that printed a line which matches.
    green_runs: Count,
    green_examples: Vec<GreenExample>,
    #[serde(skip)]
    from: Option<String>,
}

/// What was looked at.
#[derive(Debug, Default, Serialize)]
struct Looked {
    failures: Count,
    failures_stored: Count,
    /// Creation of the oldest of them.
    oldest: Option<When>,
    green_runs: Count,
    green_runs_stored: Count,
    /// Lines of failures that match, each counted once, that green runs were searched for.
    lines: Count,
    /// Whether all of it was looked at in the time there is.
    complete: bool,
    seconds: Option<Seconds>,
}

/// Failures of a group.
#[derive(Debug, Serialize)]
struct GroupHit {
    /// Absent for failures without a group.
    id: Option<i64>,
    title: String,
    /// Failures that match.
    failures: Count,
    /// All failures of the group that were looked at.
    of: Count,
    share: Share,
}

/// Failures of a job.
#[derive(Debug, Serialize)]
struct JobHit {
    project: String,
    job: String,
    failures: Count,
}

/// Failures that belong to an issue already.
#[derive(Debug, Serialize)]
struct IssueHit {
    issue: String,
    failures: Count,
}

/// A failure that matches.
#[derive(Debug, Serialize)]
struct Example {
    job_id: i64,
    project: String,
    job: String,
    created_at: When,
    /// Where in the log, where that is known.
    line: Option<u32>,
    text: String,
}

/// A green run that matches.
#[derive(Debug, Serialize)]
struct GreenExample {
    job_id: i64,
    project: String,
    job: String,
    #[serde(rename = "ref")]
    ref_name: String,
    /// The line as a failure printed it; the green run's differs in numbers at most.
    text: String,
}

/// What a known-issue pattern matches in all that is stored, before it is saved.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/pattern",
    tag = "failures",
    operation_id = "pattern",
    params(
        ("match" = Option<String>, Query, description = "Text, or `/expression/`"),
        ("job" = Option<String>, Query, description = "Jobs it is for, `*` standing for anything; all without it"),
        ("from" = Option<String>, Query, description = "Path of the page to go back to"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "Counts, groups, jobs, issues, examples, green runs, and what was looked at", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(crate) async fn page(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    let text = |name: &str| ask.params.one(name).unwrap_or_default().to_owned();
    let (pattern, job) = (text("match"), text("job"));
    let from = ask.params.one("from").and_then(local).map(str::to_owned);
    show(&app, &viewer, &ask, move |reader, _| {
        let mut preview = Preview {
            pattern,
            job,
            from,
            ..Preview::default()
        };
        if preview.pattern.is_empty() {
            return Ok(preview);
        }
        let known = KnownIssue::typed(&preview.pattern, Some(&preview.job));
        match known.and_then(|known| Ok((known.matcher()?, known))) {
            Ok((matcher, known)) => {
                preview.block = Some(known.to_string());
                preview.look(reader, &matcher, &known)?;
            }
            Err(error) => preview.problem = Some(error.to_string()),
        }
        Ok(preview)
    })
    .await
}

impl JobHit {
    fn history(&self) -> String {
        link::job(&self.project, &self.job)
    }
}

#[derive(Template)]
#[template(path = "pages/pattern.html")]
struct PatternPage {
    frame: Frame,
    formats: Formats,
    preview: Preview,
    /// Back to where the pattern will be used, from the root.
    back: Option<String>,
}

impl Shown for Preview {
    const COLUMNS: &'static [&'static str] =
        &["job_id", "project", "job", "created_at", "line", "text"];

    fn subject(&self) -> String {
        "Pattern".to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.examples)
    }

    fn html(self, ground: Ground) -> Response {
        let back = self.from.as_ref().map(|from| {
            let path = from.trim_start_matches('/');
            format!("{path}?match={}#new-issue", link::quoted(&self.pattern))
        });
        let page = PatternPage {
            formats: ground.formats(),
            frame: ground.frame,
            back,
            preview: self,
        };
        respond(StatusCode::OK, &page)
    }
}
