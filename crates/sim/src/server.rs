//! From the listener to the routes.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cut::CutListener;
use crate::rest::error::ApiError;
use crate::{admin, graphql, guard, rest};

/// All routes with their layers.
pub(crate) fn router(app: &App) -> Router {
    let api = Router::new()
        .nest("/api/v4", rest::routes())
        .nest("/api", graphql::routes())
        .fallback(async || ApiError::error(StatusCode::NOT_FOUND, "404 Not Found"))
        .layer(middleware::from_fn_with_state(
            App::clone(app),
            guard::guard,
        ));
    let base = app.config.base_path.trim_end_matches('/').to_owned();
    let api = if base.is_empty() {
        api
    } else {
        Router::new().nest(&base, api)
    };
    api.merge(admin::routes()).with_state(App::clone(app))
}

/// Serves until `stop`; connections still open then are cut.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    tokio::select! {
        served = async { axum::serve(CutListener::new(listener, stop.clone()), router).await } => served,
        () = stop.cancelled() => Ok(()),
    }
}
