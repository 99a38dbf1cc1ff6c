//! Pipelines.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::entity::time;
use super::error::ApiError;
use super::page::Paging;
use super::query::Params;
use crate::app::{App, Simulation};
use crate::world::{Moment, PipelineFacts, PipelineFilter, Scope, Status, Target};

/// The routes of this file.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{id}/pipelines", get(list))
        .route("/projects/{id}/pipelines/latest", get(latest))
        .route("/projects/{id}/pipelines/{pipeline_id}", get(one))
}

/// The filter that the parameters ask for.
pub(crate) fn filter(params: &Params) -> Result<PipelineFilter, ApiError> {
    let scope = params
        .get("scope")
        .map(|text| Scope::parse(text).ok_or_else(|| ApiError::invalid("scope")))
        .transpose()?;
    let status = params
        .get("status")
        .map(|text| Status::parse(text).ok_or_else(|| ApiError::invalid("status")))
        .transpose()?;
    let text = |name| params.get(name).map(str::to_owned);
    Ok(PipelineFilter {
        scope,
        status,
        ref_name: text("ref"),
        sha: text("sha"),
        source: text("source"),
        updated_after: params.time("updated_after")?,
        updated_before: params.time("updated_before")?,
        created_after: params.time("created_after")?,
        created_before: params.time("created_before")?,
        username: text("username"),
        name: text("name"),
        yaml_errors: params.flag("yaml_errors")?,
    })
}

async fn list(
    State(app): State<App>,
    Path(id): Path<String>,
    paging: Paging,
) -> Result<Response, ApiError> {
    let filter = filter(&paging.params)?;
    let order = paging.params.one_of(
        "order_by",
        &["id", "status", "ref", "updated_at", "user_id"],
        "id",
    )?;
    let ascending = paging.params.ascending("desc")?;
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let mut rows: Vec<u32> = moment.select(project, &filter).collect();
    // Newest first from here; ties keep ascending ids once reversed.
    rows.reverse();
    match order {
        "updated_at" => rows.sort_by_cached_key(|index| moment.state(*index).updated),
        "status" => rows.sort_by_cached_key(|index| moment.state(*index).status.as_str()),
        "ref" => rows.sort_by_cached_key(|index| moment.pipeline(*index).ref_name),
        "user_id" => rows.sort_by_key(|index| moment.pipelines[*index as usize].user),
        _ => {}
    }
    if !ascending {
        rows.reverse();
    }
    paging.respond(&rows, |index| {
        let facts = moment.pipeline(*index);
        let mut json = app.pipeline_basic(&moment, &facts);
        json["name"] = facts.name.into();
        json
    })
}

async fn latest(
    State(app): State<App>,
    Path(id): Path<String>,
    params: Params,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let ref_name = params
        .get("ref")
        .unwrap_or(moment.projects[project as usize].default_branch)
        .to_owned();
    let filter = PipelineFilter {
        ref_name: Some(ref_name),
        ..PipelineFilter::default()
    };
    let newest = moment
        .select(project, &filter)
        .next()
        .ok_or_else(ApiError::forbidden)?;
    Ok(Json(app.pipeline_json(&moment, newest)).into_response())
}

async fn one(
    State(app): State<App>,
    Path((id, pipeline)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let moment = app.moment();
    let project = app.project(&moment, &id)?;
    let pipeline = app.pipeline(&moment, project, &pipeline)?;
    Ok(Json(app.pipeline_json(&moment, pipeline)).into_response())
}

impl Simulation {
    /// A pipeline with all its fields.
    pub(crate) fn pipeline_json(&self, moment: &Moment<'_>, index: u32) -> Value {
        let facts: PipelineFacts = moment.pipeline(index);
        let mut json = self.pipeline_basic(moment, &facts);
        let project = &moment.projects[facts.project as usize];
        let more = json!({
            "name": facts.name,
            "before_sha": facts.before_sha,
            "tag": matches!(facts.target, Target::Tag(_)),
            "yaml_errors": facts.yaml_errors,
            "user": self.user_basic(moment, facts.user),
            "started_at": time(facts.started),
            "finished_at": time(facts.finished),
            "committed_at": time(facts.committed),
            "duration": facts.duration,
            "queued_duration": facts.queued_duration,
            "coverage": facts.coverage,
            "detailed_status": self.detailed_status(&facts, &project.full_path),
            "archived": false,
        });
        if let (Some(json), Value::Object(more)) = (json.as_object_mut(), more) {
            json.extend(more);
        }
        json
    }

    fn detailed_status(&self, facts: &PipelineFacts, path: &str) -> Value {
        let warnings = facts.warnings && facts.status == Status::Success;
        let status = facts.status;
        let text = if warnings { "Warning" } else { status.label() };
        json!({
            "icon": format!("status_{}", if warnings { "warning" } else { status.as_str() }),
            "text": text,
            "label": if warnings { "passed with warnings" } else { status.label() },
            "group": if warnings { "success-with-warnings".to_owned() } else { status.as_str().replace('_', "-") },
            "tooltip": status.label(),
            "has_details": true,
            "details_path": format!("{}/{path}/-/pipelines/{}", self.config.base_path, facts.id),
            "illustration": null,
            "favicon": format!("/assets/ci_favicons/favicon_status_{}.png", status.as_str()),
        })
    }
}
