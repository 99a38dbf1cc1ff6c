//! `POST /actions/create-issue`: GitLab is asked for an issue, which is linked at once.

use labtower_explain::KnownIssue;
use labtower_store::{Acted, Action, IssueMade, StoreError, Subject};

use super::actions::subjects;
use super::draft::with_block;
use super::issue::is_path;
use crate::error::ApiError;
use crate::issue_writer::{NewIssue, made};
use crate::query::Params;
use crate::state::App;

/// Longest title, as GitLab allows it.
const TITLE: usize = 255;
/// Letters of a description.
const LONGEST: usize = 20_000;

/// Asks GitLab for the issue of a form, and links it.
///
/// # Errors
/// No token may write, a field cannot be used, an issue is there or may be on its way, or GitLab refused.
pub(super) async fn create(app: &App, who: &str, params: &Params) -> Result<Acted, ApiError> {
    let Some(writer) = app.options().issue_writer.clone() else {
        return Err(ApiError::forbidden(
            "no issues are created from here: there is no token that may",
            "set `write_token_file` in `[gitlab]`, or use GitLab's own form",
        ));
    };
    let subjects = subjects(params)?;
    let new = wanted(params, &app.options().failures.issue_labels)?;
    let (app, who) = (app.clone(), who.to_owned());
    // Goes on when the browser does not wait: what GitLab was asked for is always written down with its answer.
    let work = tokio::spawn(async move {
        let asked = app.store().act(&who, question(&subjects, &new)).await;
        let asked = asked.map_err(impossible)?;
        let answer = writer(new.issue).await;
        let linked = made(&answer).map(|issue| issue.key.to_string());
        let refusal = refusal(&answer);
        let acted = app
            .store()
            .act(
                &who,
                Action::IssueAnswer {
                    audit: asked.audit,
                    subjects,
                    made: answer,
                },
            )
            .await
            .map_err(impossible)?;
        if let Some(error) = refusal {
            return Err(error);
        }
        tracing::info!(actor = who, issue = linked, "issue created");
        Ok(acted)
    });
    work.await.map_err(|error| {
        tracing::error!(%error, "creating an issue broke off");
        ApiError::internal()
    })?
}

/// A form, read.
struct Wanted {
    issue: NewIssue,
    /// Whether an issue that is linked and open is no reason not to.
    another: bool,
}

fn wanted(params: &Params, labels: &[String]) -> Result<Wanted, ApiError> {
    let text = |name: &str| params.one(name).unwrap_or_default();
    let project = text("project").trim_matches('/');
    if !is_path(project) {
        let expected = "the full path of a project, such as `group/project`";
        return Err(ApiError::parameter("project", project, expected));
    }
    let title = text("title")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    if title.is_empty() || title.chars().count() > TITLE {
        let expected = "a title of 1 to 255 letters";
        return Err(ApiError::parameter("title", &title, expected));
    }
    let mut description: String = text("text").replace("\r\n", "\n");
    if description.chars().count() > LONGEST {
        return Err(ApiError::parameter("text", "…", "at most 20000 letters"));
    }
    if let Some(pattern) = params.one("match") {
        let known = KnownIssue::typed(pattern, params.one("of"));
        let known = known.map_err(|error| {
            ApiError::parameter("match", pattern, "a pattern that can be used")
                .with_hint(&error.to_string())
        })?;
        description = with_block(&description, &known);
    }
    Ok(Wanted {
        issue: NewIssue {
            project_path: project.to_owned(),
            title,
            description,
            labels: labels.to_vec(),
        },
        another: params.one("another").is_some(),
    })
}

fn question(subjects: &[Subject], wanted: &Wanted) -> Action {
    Action::AskForIssue {
        subjects: subjects.to_vec(),
        project_path: wanted.issue.project_path.clone(),
        title: wanted.issue.title.clone(),
        another: wanted.another,
    }
}

fn refusal(answer: &IssueMade) -> Option<ApiError> {
    match answer {
        IssueMade::Made(_) => None,
        IssueMade::Refused(why) => Some(ApiError::gitlab(
            &format!("GitLab made no issue: {why}"),
            "the token of `[gitlab] write_token` needs the scope `api` and the right to create issues in that project",
        )),
        IssueMade::Unknown(why) => Some(ApiError::gitlab(
            &format!("whether GitLab made the issue is not known: {why}"),
            "look at the project's issues; if it is there, its known-issue block links it here within some minutes",
        )),
    }
}

fn impossible(error: StoreError) -> ApiError {
    match error {
        StoreError::Impossible { detail } => ApiError::impossible(&detail),
        other => other.into(),
    }
}
