//! The API's description of itself, and the parameters its paths share.

use axum::Extension;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::{IntoParams, OpenApi};

/// Head of the description; the paths are added by the router.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Labtower",
        description = "What a GitLab does, read once and kept. Bare arrays and objects; times are RFC 3339 in UTC; \
                       every error is `{\"error\": {code, message, hint}}`. \
                       A parameter that is absent, empty or `All` does not filter; lists are comma-separated. \
                       Answers carry a weak `ETag`; send it back in `If-None-Match`."
    ),
    tags(
        (name = "pipelines", description = "Pipelines and their jobs"),
        (name = "names", description = "Names to filter by"),
        (name = "failures", description = "Failed jobs, why they failed, and what people do about it"),
        (name = "statistics", description = "Figures over pipelines"),
        (name = "service", description = "This service itself"),
    )
)]
pub(crate) struct Description;

/// The finished description, as JSON text.
#[derive(Debug, Clone)]
pub(crate) struct OpenApiText(pub(crate) axum::body::Bytes);

/// This description.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "service",
    operation_id = "openapi",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value))
)]
pub(crate) async fn openapi(Extension(text): Extension<OpenApiText>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text.0).into_response()
}

/// Which pipelines the figures are about.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct StatsParams {
    /// Full paths of projects, comma-separated.
    #[param(example = "platform/tools/builder")]
    project_name: Option<String>,
    /// Branches and tags, comma-separated.
    #[param(example = "main")]
    ref_name: Option<String>,
    /// Full paths of projects to leave out, comma-separated. `exclude_projects:csv` is read as well.
    exclude_projects: Option<String>,
    /// What started the pipeline, comma-separated, for example `schedule`.
    source: Option<String>,
    /// Oldest creation: unix seconds, inclusive.
    #[param(example = 1_795_176_000)]
    from_ts: Option<i64>,
    /// Newest creation: unix seconds, inclusive.
    to_ts: Option<i64>,
}

/// Which rows to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct PipelineParams {
    /// Full paths of projects, comma-separated.
    #[param(example = "platform/tools/builder")]
    project_name: Option<String>,
    /// Branches and tags, comma-separated.
    #[param(example = "main")]
    ref_name: Option<String>,
    /// Full paths of projects to leave out, comma-separated. `exclude_projects:csv` is read as well.
    exclude_projects: Option<String>,
    /// What started the pipeline, comma-separated, for example `schedule`.
    source: Option<String>,
    /// Statuses, comma-separated. With `running` alone the time range is ignored.
    #[param(example = "failed")]
    status: Option<String>,
    /// Oldest creation: unix seconds, inclusive.
    #[param(example = 1_795_176_000)]
    from_ts: Option<i64>,
    /// Newest creation: unix seconds, inclusive.
    to_ts: Option<i64>,
}

/// Which jobs to list, beside what pipelines are listed by.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct JobParams {
    /// Job names, comma-separated.
    name: Option<String>,
    /// Stages, comma-separated.
    stage: Option<String>,
    /// Failure reasons, comma-separated, for example `script_failure`.
    failure_reason: Option<String>,
    /// Jobs of this pipeline only.
    pipeline_id: Option<i64>,
}

/// How many rows.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct Limit {
    /// Rows at most: 1 to 1000. Lists of pipelines, jobs and sync states default to 100, lists of names to all.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// Where to go on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct Cursor {
    /// `X-Next-Cursor` of the page before this one.
    cursor: Option<String>,
}

/// Which names to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct SearchParams {
    /// Part of the name, in any case.
    search: Option<String>,
}

/// Whose refs to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct RefParams {
    /// Full paths of projects, comma-separated.
    project_name: Option<String>,
}

/// Which projects' sync states to list.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read by name; the struct describes them")]
pub(crate) struct SyncParams {
    /// States, comma-separated: `pending`, `backfilling`, `live`, `missing`, and `failing` for any with an error.
    state: Option<String>,
    /// Part of the project's path, in any case.
    search: Option<String>,
}
