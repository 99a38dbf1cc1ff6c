//! `GET /groups`: groups of failures.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use labtower_model::Glyph;
use labtower_store::{GroupFilter, GroupId, GroupRow, GroupSort, IssueFilter};
use serde::Serialize;
use serde_json::Value;

use super::draw::{Bars, Column};
use super::link::{self, Choice};
use super::reply::{Formats, Ground, Shown, refuse, show, values};
use super::value::{Count, Maybe, Share, When};
use crate::answer::Ask;
use crate::auth::Viewer;
use crate::error::{ApiError, ErrorBody};
use crate::query::{Params, offset};
use crate::state::App;
use crate::web::failures::Kind;
use crate::web::format;
use crate::web::frame::{Frame, respond};

/// Groups of a page.
const PAGE: usize = 50;

/// Orders, as the address names them.
static SORTS: [(&str, &str, GroupSort); 5] = [
    ("", "impact", GroupSort::Impact),
    ("failures", "failures", GroupSort::Failures),
    ("projects", "projects", GroupSort::Projects),
    ("last", "seen last", GroupSort::LastSeen),
    ("first", "newest", GroupSort::FirstSeen),
];

/// A list of groups.
#[derive(Debug, Serialize)]
pub(crate) struct Groups {
    days: u16,
    /// Groups of the filter, all pages together.
    total: Count,
    #[serde(rename = "groups")]
    rows: Vec<Group>,
    next_offset: Option<usize>,
    #[serde(skip)]
    filter: Names,
}

/// What was chosen, as the address says it.
#[derive(Debug, Clone, Default)]
struct Names {
    category: String,
    text: String,
    issue: String,
    sort: String,
    muted: bool,
}

/// A group as one line.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Group {
    pub(crate) id: GroupId,
    /// Its name, else its pattern.
    pub(crate) title: String,
    pub(crate) pattern: String,
    pub(crate) category: String,
    pub(crate) whose: String,
    pub(crate) failures: Count,
    pub(crate) projects: Count,
    /// Failures that a newer run replaced, of all.
    pub(crate) retried_share: Maybe<Share>,
    pub(crate) first_seen: When,
    pub(crate) last_seen: When,
    pub(crate) is_new: bool,
    pub(crate) came_back: bool,
    pub(crate) muted_until: Option<When>,
    /// The issue to show: `group/project#12`.
    pub(crate) issue: Option<String>,
    /// `opened` or `closed`; absent before it was read.
    pub(crate) issue_state: Option<String>,
    pub(crate) issue_url: Option<String>,
    /// Failures per UTC day, oldest first.
    pub(crate) per_day: Vec<u32>,
}

impl Group {
    /// The line of `row`.
    pub(crate) fn new(row: &GroupRow) -> Self {
        let issue = row.issues.first();
        Self {
            id: row.id,
            title: row.title.clone().unwrap_or_else(|| row.pattern.clone()),
            pattern: row.pattern.clone(),
            category: row.category.clone(),
            whose: row.whose.clone(),
            failures: Count(row.failures.into()),
            projects: Count(row.projects.into()),
            retried_share: Share::of(row.retried.into(), row.failures.into()),
            first_seen: When(row.first_seen),
            last_seen: When(row.last_seen),
            is_new: row.is_new,
            came_back: row.came_back,
            muted_until: row.muted_until.map(When),
            issue: issue.map(|issue| issue.key.to_string()),
            issue_state: issue.and_then(|issue| issue.state.clone()),
            issue_url: issue.and_then(|issue| format::link(issue.web_url.clone())),
            per_day: row.per_day.clone(),
        }
    }

    pub(crate) fn glyph(&self) -> Glyph {
        Glyph::of(self.id.0)
    }

    pub(crate) fn kind(&self) -> Kind {
        Kind::of(Some(&self.category))
    }

    /// Failures per day, drawn: left edge, top and height of each bar.
    pub(crate) fn spark(&self) -> Vec<(f64, f64, f64)> {
        let columns = self.per_day.iter().map(|count| Column {
            label: String::new(),
            title: String::new(),
            values: vec![f64::from(*count)],
        });
        let drawn = Bars::new(columns.collect());
        let bars = drawn.columns.iter();
        bars.flat_map(|bar| bar.parts.iter().map(|part| (bar.x, part.y, part.height)))
            .collect()
    }
}

/// Groups of failures, those that matter most first.
///
/// A page for people without `format`.
#[utoipa::path(
    get,
    path = "/groups",
    tag = "failures",
    operation_id = "failure_groups",
    params(
        ("days" = Option<u16>, Query, description = "Days that are counted; 30 without it"),
        ("cat" = Option<String>, Query, description = "Kind of failure"),
        ("q" = Option<String>, Query, description = "Text in name or pattern"),
        ("issue" = Option<String>, Query, description = "`linked`, `none`, or an issue such as `group/project#12`"),
        ("sort" = Option<String>, Query, description = "`failures`, `projects`, `last` or `first`; by impact without it"),
        ("muted" = Option<String>, Query, description = "`1` for muted groups too"),
        ("offset" = Option<usize>, Query, description = "Rows before the window"),
        ("format" = Option<String>, Query, description = "`json` or `csv`; a page for people without it"),
    ),
    responses(
        (status = 200, description = "`groups` of the window, `total` of all, and `next_offset`", body = serde_json::Value),
        (status = 400, description = "A choice there is not", body = ErrorBody),
        (status = 503, description = "The history is incomplete", body = ErrorBody),
    )
)]
pub(super) async fn page(State(app): State<App>, viewer: Viewer, ask: Ask) -> Response {
    let now = app.now();
    let (filter, names) = match wanted(&ask.params, now) {
        Ok(wanted) => wanted,
        Err(error) => return refuse(&viewer, &ask, error),
    };
    show(&app, &viewer, &ask, move |reader, _| {
        let (rows, total) = reader.groups(&filter)?;
        Ok(Groups {
            days: filter.days,
            total: Count(total as u64),
            rows: rows.iter().map(Group::new).collect(),
            next_offset: (filter.offset + PAGE < total).then_some(filter.offset + PAGE),
            filter: names,
        })
    })
    .await
}

fn wanted(params: &Params, now: Timestamp) -> Result<(GroupFilter, Names), ApiError> {
    let names = Names {
        category: params.one("cat").unwrap_or_default().to_owned(),
        text: params.one("q").unwrap_or_default().to_owned(),
        issue: params.one("issue").unwrap_or_default().to_owned(),
        sort: params.one("sort").unwrap_or_default().to_owned(),
        muted: params.one("muted") == Some("1"),
    };
    let Some((_, _, sort)) = SORTS.iter().find(|(word, ..)| *word == names.sort) else {
        return Err(ApiError::parameter(
            "sort",
            &names.sort,
            "`failures`, `projects`, `last` or `first`",
        ));
    };
    let issue = match names.issue.as_str() {
        "" | "any" => IssueFilter::Any,
        "linked" => IssueFilter::Linked,
        "none" => IssueFilter::Unlinked,
        other => {
            return Err(ApiError::parameter(
                "issue",
                other,
                "`any`, `linked` or `none`",
            ));
        }
    };
    let days = params.one("days").unwrap_or("30");
    let filter = GroupFilter {
        days: days
            .parse()
            .ok()
            .filter(|days| (1..=365).contains(days))
            .ok_or_else(|| ApiError::parameter("days", days, "a number of days from 1 to 365"))?,
        category: Some(names.category.clone()).filter(|word| !word.is_empty()),
        text: Some(names.text.clone()).filter(|text| !text.is_empty()),
        issue,
        without_muted: !names.muted,
        sort: *sort,
        offset: offset(params)?,
        limit: PAGE,
        ..GroupFilter::new(now)
    };
    Ok((filter, names))
}

#[derive(Template)]
#[template(path = "pages/groups.html")]
struct GroupsPage {
    frame: Frame,
    formats: Formats,
    list: Groups,
    days: Vec<Choice>,
    sorts: Vec<Choice>,
    issues: Vec<Choice>,
    muted: Vec<Choice>,
    kinds: &'static [Kind],
    more: Option<String>,
}

impl Shown for Groups {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "title",
        "pattern",
        "category",
        "whose",
        "failures",
        "projects",
        "retried_share",
        "first_seen",
        "last_seen",
        "is_new",
        "came_back",
        "muted_until",
        "issue",
        "issue_state",
    ];

    fn subject(&self) -> String {
        "Failure groups".to_owned()
    }

    fn rows(&self) -> Vec<Value> {
        values(&self.rows)
    }

    fn html(self, ground: Ground) -> Response {
        let target = &ground.target;
        let sorts: Vec<(&str, &str)> = SORTS.iter().map(|(word, name, _)| (*word, *name)).collect();
        let page = GroupsPage {
            days: link::choices(
                target,
                "days",
                &self.days.to_string(),
                &[("7", "7 d"), ("30", "30 d"), ("90", "90 d")],
            ),
            sorts: link::choices(target, "sort", &self.filter.sort, &sorts),
            issues: link::choices(
                target,
                "issue",
                &self.filter.issue,
                &[
                    ("", "all"),
                    ("linked", "with an issue"),
                    ("none", "without"),
                ],
            ),
            muted: link::choices(
                target,
                "muted",
                if self.filter.muted { "1" } else { "" },
                &[("", "without muted"), ("1", "muted too")],
            ),
            kinds: Kind::ALL,
            more: self
                .next_offset
                .map(|offset| link::with(target, &[("offset", &offset.to_string())])),
            formats: ground.formats(),
            frame: ground.frame,
            list: self,
        };
        respond(StatusCode::OK, &page)
    }
}
