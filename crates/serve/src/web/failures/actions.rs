//! What people do about failures: every form that writes, and the same for programs.
//!
//! `POST /actions/{action}` takes a form: `job` and `group` name what is meant (each may repeat), `next` where to go
//! back to. A program sends the token and gets JSON; a person's form carries `csrf`.

use axum::Extension;
use axum::Json;
use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use labtower_model::JobId;
use labtower_store::{Action, GroupId, IssueKey, LinkOrigin, SignatureKey, StoreError, Subject};
use utoipa::ToSchema;

use super::category::Kind;
use super::{create, issue};
use crate::auth::{Caller, Identity, Viewer, local, wants_page, writer};
use crate::error::{ApiError, ErrorBody};
use crate::query::{Params, integer};
use crate::state::App;
use crate::web::fault;

/// Whose a failure may be.
pub(super) const WHOSE: [&str; 5] = ["code", "config", "infra", "external", "unknown"];
/// Letters of a note or title.
const LONGEST: usize = 1000;
/// Days for which a group may be muted.
const MOST_DAYS: i64 = 365;

/// What an action is about.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct ActionForm {
    /// Ids of failed jobs, comma-separated.
    job: Option<String>,
    /// Ids of groups, comma-separated.
    group: Option<String>,
    /// The issue: its address, `group/project#12`, or `#12` in the project of the first job.
    issue: Option<String>,
    /// Kind of failure.
    category: Option<String>,
    /// Who can mend it: `code`, `config`, `infra`, `external` or `unknown`.
    whose: Option<String>,
    /// Why.
    note: Option<String>,
    /// The group that another goes into.
    into: Option<i64>,
    /// Signatures that leave a group, comma-separated.
    signature: Option<String>,
    /// Name of a group, or title of a new issue.
    title: Option<String>,
    /// Days for which a group is muted; 0 ends it.
    days: Option<i64>,
    /// Full path of the project that gets a new issue; with `assign` that of `#12`.
    project: Option<String>,
    /// Description of a new issue, in Markdown.
    text: Option<String>,
    /// Pattern of a new issue's known-issue block: text, or `/expression/`.
    #[serde(rename = "match")]
    pattern: Option<String>,
    /// Jobs that the pattern is for, `*` standing for anything.
    of: Option<String>,
    /// `1` to create an issue although an open one is linked.
    another: Option<String>,
    /// Row of the audit trail to take back.
    audit: Option<i64>,
}

/// Does what a person could do on a page.
///
/// `assign`, `unassign`, `create-issue`, `classify`, `wrong-reason`, `merge`, `split`, `rename`, `mute` or `undo`.
#[utoipa::path(
    post,
    path = "/actions/{action}",
    tag = "failures",
    operation_id = "act",
    params(("action" = String, Path, description = "What to do")),
    request_body(content = ActionForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "`audit`: the row of the audit trail; `group`: the group that `split` made",
         body = serde_json::Value),
        (status = 400, description = "A field cannot be read", body = ErrorBody),
        (status = 401, description = "Neither a token nor a session", body = ErrorBody),
        (status = 403, description = "Nobody may write, or the form is not one of ours", body = ErrorBody),
        (status = 404, description = "No such action", body = ErrorBody),
        (status = 409, description = "It makes no sense as things are", body = ErrorBody),
        (status = 413, description = "Longer than 64 KiB", body = ErrorBody),
        (status = 415, description = "No form", body = ErrorBody),
        (status = 502, description = "GitLab made no issue, or nobody knows whether it did", body = ErrorBody),
    )
)]
pub(crate) async fn act(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(action): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Response {
    let params = Params::new(pairs);
    let next = params.one("next").and_then(local).unwrap_or("/failures");
    let viewer = Viewer::of(&uri, Some(&caller), &app).back_to(next);
    let who = match writer(&app, &caller, &headers, &viewer, params.one("csrf")) {
        Ok(who) => who,
        Err(refusal) => return refusal.into_response(),
    };
    match perform(&app, &who, &action, &params).await {
        Ok(acted) if wants_page(&headers) => {
            let joint = if next.contains('?') { '&' } else { '?' };
            let path = next.trim_start_matches('/');
            let location = format!("{}{path}{joint}done={}", viewer.root(), acted.audit);
            (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
        }
        Ok(acted) => Json(acted).into_response(),
        Err(error) if wants_page(&headers) => fault(&viewer, &error),
        Err(error) => error.into_response(),
    }
}

async fn perform(
    app: &App,
    who: &Identity,
    action: &str,
    params: &Params,
) -> Result<labtower_store::Acted, ApiError> {
    let action = match action {
        "assign" => assign(app, params).await?,
        "create-issue" => return create::create(app, who.name(), params).await,
        "unassign" => Action::Unassign {
            subjects: subjects(params)?,
            issue: issue_of(app, params).await?,
        },
        "classify" => classify(params)?,
        "wrong-reason" => Action::WrongReason {
            job: JobId(id(params, "job")?),
            note: note(params, "note"),
        },
        "merge" => Action::Merge {
            from: GroupId(id(params, "group")?),
            into: GroupId(id(params, "into")?),
        },
        "split" => split(params)?,
        "rename" => Action::Rename {
            group: GroupId(id(params, "group")?),
            title: note(params, "title"),
        },
        "mute" => mute(params, app.now())?,
        "undo" => Action::Undo {
            audit: id(params, "audit")?,
        },
        other => return Err(ApiError::no_such_path(&format!("/actions/{other}"))),
    };
    app.store()
        .act(who.name(), action)
        .await
        .map_err(|error| match error {
            StoreError::Impossible { detail } => ApiError::impossible(&detail),
            other => other.into(),
        })
}

async fn assign(app: &App, params: &Params) -> Result<Action, ApiError> {
    let key = issue_of(app, params).await?;
    let asked = key.clone();
    let known = app.read(move |reader| Ok(reader.issue(&asked)?)).await?;
    Ok(Action::Assign {
        subjects: subjects(params)?,
        issue: key,
        known: known.map(Box::new),
        how: LinkOrigin::Person,
    })
}

/// The issue that `issue` names; a number alone is one of the project of the first job.
async fn issue_of(app: &App, params: &Params) -> Result<IssueKey, ApiError> {
    let text = params.one("issue").unwrap_or_default().to_owned();
    let expected = "the address of an issue, or `group/project#12`";
    let bad = |text: &str| ApiError::parameter("issue", text, expected);
    let project = match params.one("project") {
        Some(project) => Some(project.to_owned()),
        None => match params.list("job").first() {
            Some(job) => {
                let job = JobId(integer("job", job)?);
                app.read(move |reader| Ok(reader.reason(job)?))
                    .await?
                    .map(|row| row.failure.project)
            }
            None => None,
        },
    };
    issue::parse(&text, project.as_deref()).ok_or_else(|| bad(&text))
}

fn classify(params: &Params) -> Result<Action, ApiError> {
    let category = params.one("category").map(str::to_owned);
    if let Some(word) = category.as_deref().filter(|word| !Kind::is_word(word)) {
        return Err(ApiError::parameter(
            "category",
            word,
            "a kind of failure, such as `test`",
        ));
    }
    let whose = params.one("whose").map(str::to_owned);
    if let Some(word) = whose.as_deref().filter(|word| !WHOSE.contains(word)) {
        return Err(ApiError::parameter(
            "whose",
            word,
            "`code`, `config`, `infra`, `external` or `unknown`",
        ));
    }
    Ok(Action::Classify {
        subjects: subjects(params)?,
        category,
        whose,
        note: note(params, "note"),
    })
}

fn split(params: &Params) -> Result<Action, ApiError> {
    let signatures = params
        .list("signature")
        .iter()
        .map(|text| {
            text.parse()
                .map_err(|_| ApiError::parameter("signature", text, "a signature of the group"))
        })
        .collect::<Result<Vec<SignatureKey>, _>>()?;
    Ok(Action::Split {
        group: GroupId(id(params, "group")?),
        signatures,
        jobs: ids(params, "job")?.into_iter().map(JobId).collect(),
    })
}

fn mute(params: &Params, now: Timestamp) -> Result<Action, ApiError> {
    let text = params.one("days").unwrap_or("7");
    let days: i64 = text
        .parse()
        .ok()
        .filter(|days| (0..=MOST_DAYS).contains(days))
        .ok_or_else(|| ApiError::parameter("days", text, "0 to 365; 0 ends it"))?;
    let until = now.checked_add(SignedDuration::from_hours(24 * days)).ok();
    Ok(Action::Mute {
        group: GroupId(id(params, "group")?),
        until: until.filter(|_| days > 0),
    })
}

/// The jobs and groups that are meant.
pub(super) fn subjects(params: &Params) -> Result<Vec<Subject>, ApiError> {
    let jobs = ids(params, "job")?;
    let groups = ids(params, "group")?;
    if jobs.is_empty() && groups.is_empty() {
        return Err(ApiError::parameter(
            "job",
            "",
            "the id of a failed job, unless `group` is given",
        ));
    }
    let jobs = jobs.into_iter().map(|id| Subject::Job(JobId(id)));
    let groups = groups.into_iter().map(|id| Subject::Group(GroupId(id)));
    Ok(jobs.chain(groups).collect())
}

fn ids(params: &Params, name: &str) -> Result<Vec<i64>, ApiError> {
    params
        .list(name)
        .iter()
        .map(|text| integer(name, text))
        .collect()
}

fn id(params: &Params, name: &str) -> Result<i64, ApiError> {
    integer(name, params.one(name).unwrap_or_default())
}

fn note(params: &Params, name: &str) -> Option<String> {
    params
        .one(name)
        .map(|text| text.chars().take(LONGEST).collect())
}
