//! `GET /g/{id}`: a group of failures.

mod alike;
mod issue;
mod member;
mod read;

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_store::{GroupDay, GroupId};
use serde::Serialize;
use serde_json::Value;

use self::alike::{Nearby, Suggested};
use self::member::Member;
use self::read::read;
use super::draw::{Bars, Column};
use super::groups::Group;
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, When};
use super::verdict::Concentrated;
use crate::answer::Ask;
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::{self, integer};
use crate::state::App;
use crate::web::failures::{Kind, NewIssueView};
use crate::web::format;
use crate::web::frame::{Frame, respond};

/// A group with everything that belongs to it.
#[derive(Debug, Serialize)]
pub(crate) struct GroupDetail {
    days: u16,
    #[serde(flatten)]
    group: Group,
    /// Groups that went into this one.
    merged: Vec<GroupId>,
    /// Patterns in it.
    signatures: Vec<Signature>,
    /// Failures per day.
    spread: Vec<Day>,
    concentrations: Vec<Concentrated>,
    examples: Vec<Example>,
    nearby: Vec<Nearby>,
    linked_issues: Vec<LinkedTo>,
    suggested_issues: Vec<Suggested>,
    history: Vec<Deed>,
    #[serde(skip)]
    new_issue: NewIssueView,
    /// Failures of this page, newest first.
    failures_page: Vec<Member>,
    /// `cursor` of the next page of failures.
    next_cursor: Option<String>,
}

/// A pattern of the group.
#[derive(Debug, Serialize)]
struct Signature {
    key: String,
    pattern: String,
    how: String,
    failures: Count,
}

/// A day of the group.
#[derive(Debug, Serialize)]
struct Day {
    date: String,
    failures: Count,
    projects: Count,
    /// Projects it came to on this day.
    new_projects: Count,
}

/// A failure with a piece of its log.
#[derive(Debug, Serialize)]
struct Example {
    job_id: i64,
    project: String,
    job: String,
    created_at: When,
    headline: Option<String>,
    /// Line of the log of the headline.
    line: Option<u32>,
    web_url: Option<String>,
    excerpt: Vec<(Option<u32>, String)>,
    why: Option<String>,
}

/// An issue that the group is linked to.
#[derive(Debug, Serialize)]
struct LinkedTo {
    issue: String,
    title: Option<String>,
    state: Option<String>,
    assignees: Vec<String>,
    labels: Vec<String>,
    updated_at: Option<When>,
    web_url: Option<String>,
    how: &'static str,
    actor: String,
}

/// Something somebody did to the group.
#[derive(Debug, Serialize)]
struct Deed {
    audit: i64,
    at: When,
    actor: String,
    action: String,
    detail: String,
    undone: bool,
}

/// A group of failures: where it concentrates, its patterns, examples, issues and failures.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/g/{id}",
    tag = "failures",
    operation_id = "failure_group",
    params(
        ("id" = i64, Path, description = "Id of the group"),
        ("days" = Option<u16>, Query, description = "Days that are counted: 1 to 365; 90 without it"),
        ("match" = Option<String>, Query, description = "Pattern for the form of a new issue"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of an earlier answer"),
        ("limit" = Option<usize>, Query, description = "Rows: 1 to 1000"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "All that is known of the group, and a page of its failures", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 404, description = "No such failure group is stored", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(
    State(app): State<App>,
    Path(id): Path<String>,
    viewer: Viewer,
    ask: Ask,
) -> Response {
    let wanted = integer("id", &id).and_then(|id| {
        let days = ask.params.one("days").unwrap_or("90");
        let days: u16 = days
            .parse()
            .ok()
            .filter(|days| (1..=365).contains(days))
            .ok_or_else(|| ApiError::parameter("days", days, "a number of days from 1 to 365"))?;
        Ok((GroupId(id), days, query::page(&ask.params)?))
    });
    match wanted {
        Err(error) => refuse(&viewer, &ask, error),
        Ok((id, days, page)) => {
            let (options, who) = (app.options().clone(), viewer.clone());
            let typed = ask.params.one("match").map(str::to_owned);
            show(&app, &viewer, &ask, move |reader, now| {
                let mut detail = read(reader, id, days, page, now)?;
                detail.new_issue = detail.new_issue_view(&options, &who, typed.as_deref());
                Ok(detail)
            })
            .await
        }
    }
}

impl Day {
    fn new(day: &GroupDay) -> Self {
        Self {
            date: date(day.day),
            failures: Count(day.failures),
            projects: Count(day.projects),
            new_projects: Count(day.new_projects),
        }
    }
}

/// Date of a day since 1970.
pub(super) fn date(day: i64) -> String {
    Timestamp::from_second(day * 86_400)
        .map(|at| at.strftime("%F").to_string())
        .unwrap_or_default()
}

impl LinkedTo {
    fn new(link: &labtower_store::LinkedIssue) -> Self {
        Self {
            issue: link.key.to_string(),
            title: link.title.clone(),
            state: link.state.clone(),
            assignees: link.assignees.clone(),
            labels: link.labels.clone(),
            updated_at: link.updated_at.map(When),
            web_url: format::link(link.web_url.clone()),
            how: link.how.as_str(),
            actor: link.actor.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/group.html")]
struct GroupPage {
    frame: Frame,
    formats: Formats,
    detail: GroupDetail,
    days: Vec<Choice>,
    bars: Bars,
    kinds: &'static [Kind],
    /// Where forms come back to.
    back: String,
    /// The row of the audit trail of what was just done.
    done: Option<i64>,
    more: Option<String>,
}

impl GroupPage {
    fn new(detail: GroupDetail, ground: Ground) -> Self {
        let target = &ground.target;
        Self {
            days: link::choices(
                target,
                "days",
                &detail.days.to_string(),
                &[("7", "7 d"), ("30", "30 d"), ("90", "90 d")],
            ),
            bars: bars(&detail, ground.now),
            kinds: Kind::ALL,
            back: link::back(target),
            done: link::number(target, "done"),
            more: detail
                .next_cursor
                .as_ref()
                .map(|cursor| link::with(target, &[("cursor", cursor)])),
            formats: ground.formats(),
            frame: ground.frame,
            detail,
        }
    }
}

/// Failures of each day: of projects that had them before, and of those that had not.
fn bars(detail: &GroupDetail, now: Timestamp) -> Bars {
    let by_date: HashMap<&str, &Day> = detail
        .spread
        .iter()
        .map(|day| (day.date.as_str(), day))
        .collect();
    let today = now.as_second().div_euclid(86_400);
    let columns = (today - i64::from(detail.days) + 1..=today)
        .map(|day| {
            let date = date(day);
            let (failures, projects) = by_date
                .get(date.as_str())
                .map_or((0, 0), |day| (day.failures.0, day.projects.0));
            Column {
                title: format!("{date}: {failures} failures in {projects} projects"),
                label: date[5..].to_owned(),
                values: vec![failures as f64],
            }
        })
        .collect();
    Bars::new(columns)
}

impl Shown for GroupDetail {
    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "pipeline_id",
        "project",
        "job",
        "stage",
        "ref",
        "sha",
        "created_at",
        "headline",
        "retried",
        "allow_failure",
        "runner_id",
        "web_url",
    ];

    fn subject(&self) -> String {
        self.group.title.clone()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.failures_page)
    }

    fn html(self, ground: Ground) -> Response {
        respond(StatusCode::OK, &GroupPage::new(self, ground))
    }
}
