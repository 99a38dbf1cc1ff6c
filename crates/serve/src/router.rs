//! Every URL on one screen.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, OriginalUri};
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use labtower_model::Clock;
use labtower_store::Store;
use utoipa::OpenApi as _;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use crate::api::openapi::{Description, OpenApiText};
use crate::api::{common, jobs, openapi, pipelines, projects, refs, stats, sync};
use crate::auth::{identify, login};
use crate::error::ApiError;
use crate::options::ServeOptions;
use crate::state::App;
use crate::{health, layers, metrics, web, webhooks};

/// Everything this server answers, over `store`.
pub fn router(store: Store, options: ServeOptions, clock: Arc<dyn Clock>) -> Router {
    let (described, mut description) = described().split_for_parts();
    common::complete(&mut description);
    let description = OpenApiText(json(&description).into());
    let app = App::new(store, options, clock);
    let router = described
        .route("/", get(web::home::home))
        .route("/login", get(login::form).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/static/{file}", get(web::assets::asset))
        .merge(web::pages::routes())
        .fallback(not_found)
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(app.clone(), identify))
        .layer(Extension(description))
        .layer(DefaultBodyLimit::max(1024))
        .with_state(app);
    layers::wrap(router)
}

/// The description of the API, as served at `/api/openapi.json`.
pub fn openapi_json() -> String {
    let mut description = described().into_openapi();
    common::complete(&mut description);
    json(&description)
}

/// The paths that describe themselves: all but the first page, signing in, and assets.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi().merge_from(web::pages::Pages::openapi()))
        .routes(routes!(pipelines::list::list_pipelines))
        .routes(routes!(pipelines::get::get_pipeline))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(projects::list_projects))
        .routes(routes!(refs::list_refs))
        .routes(routes!(stats::summary::summary))
        .routes(routes!(stats::projects::project_stats))
        .routes(routes!(stats::trend::trend))
        .routes(routes!(stats::refresh::refresh_daily_stats))
        .routes(routes!(web::failures::page::failures))
        .routes(routes!(web::failures::card::card))
        // A selection of failures is a long form.
        .routes(routes!(web::failures::actions::act).layer(DefaultBodyLimit::max(64 * 1024)))
        // It bounds its body itself.
        .routes(routes!(webhooks::receive).layer(DefaultBodyLimit::disable()))
        .routes(routes!(web::live::live))
        .routes(routes!(sync::sync))
        .routes(routes!(openapi::openapi))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(metrics::metrics))
}

fn json(description: &utoipa::openapi::OpenApi) -> String {
    let mut text = description
        .to_pretty_json()
        .unwrap_or_else(|error| unreachable!("the description is plain data: {error}"));
    text.push('\n');
    text
}

async fn not_found(OriginalUri(uri): OriginalUri) -> Response {
    let path = uri.path();
    if path == "/api" || path.starts_with("/api/") {
        ApiError::no_such_path(path).into_response()
    } else {
        web::not_found(path)
    }
}

async fn wrong_method(method: Method, OriginalUri(uri): OriginalUri) -> ApiError {
    ApiError::wrong_method(method.as_str(), uri.path())
}
