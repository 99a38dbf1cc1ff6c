//! `GET /healthz` and `GET /readyz`, for whoever starts and watches the process.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::{ApiError, ErrorBody};
use crate::state::App;

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    #[schema(value_type = String)]
    status: &'static str,
}

/// The process can do its work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Readiness {
    /// `ready`.
    #[schema(value_type = String)]
    status: &'static str,
    /// Whether the first backfill is complete; until then data endpoints answer 503 unless told otherwise.
    history_complete: bool,
}

/// Whether the process is alive; asks nothing of anyone.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "service",
    operation_id = "healthz",
    responses((status = 200, description = "It is", body = Health))
)]
pub(crate) async fn healthz() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// Whether the process can answer: the store can be read. It can before the history is complete.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "service",
    operation_id = "readyz",
    responses(
        (status = 200, description = "It can", body = Readiness),
        (status = 500, description = "The store cannot be read", body = ErrorBody),
        (status = 503, description = "The store is busy", body = ErrorBody),
    )
)]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Readiness>, ApiError> {
    let complete_at = app.read(|reader| Ok(reader.history_complete_at()?)).await?;
    Ok(Json(Readiness {
        status: "ready",
        history_complete: complete_at.is_some(),
    }))
}
