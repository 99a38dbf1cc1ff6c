//! `POST /api/refresh_daily_stats`

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use axum::Json;
use axum::extract::State;
use labtower_store::{Store, StoreError};
use tokio::sync::Mutex;

use crate::error::{ApiError, ErrorBody};
use crate::state::App;

/// Sees to it that statistics are rebuilt once at a time.
///
/// Whoever waits while a rebuild runs shares the next one, instead of each starting another.
#[derive(Debug, Default)]
pub(crate) struct Rebuild {
    /// Requests so far.
    asked: AtomicU64,
    /// Requests that the last finished rebuild answers.
    answered: Mutex<u64>,
    /// Rebuilds finished since the start.
    finished: AtomicU64,
}

impl Rebuild {
    /// Rebuilds, or waits for a rebuild that began after this call.
    ///
    /// # Errors
    /// The store failed.
    async fn run(&self, store: &Store) -> Result<(), StoreError> {
        let ticket = self.asked.fetch_add(1, SeqCst) + 1;
        let mut answered = self.answered.lock().await;
        if *answered >= ticket {
            return Ok(());
        }
        let covers = self.asked.load(SeqCst);
        store.rebuild_rollups().await?;
        *answered = covers;
        self.finished.fetch_add(1, SeqCst);
        Ok(())
    }

    /// Rebuilds finished since the start: answers from before one are not to be used after it.
    pub(crate) fn finished(&self) -> u64 {
        self.finished.load(SeqCst)
    }
}

/// Rebuilds all statistics from the stored pipelines.
///
/// They are kept exact with each write, so there is no need to; the path stays for those who call it.
#[utoipa::path(
    post,
    path = "/api/refresh_daily_stats",
    tag = "statistics",
    operation_id = "refresh_daily_stats",
    responses(
        (status = 200, description = "Rebuilt", body = String, content_type = "application/json", example = json!("daily_stats backfill triggered/completed")),
        (status = 500, description = "The store failed", body = ErrorBody),
        (status = 503, description = "The first backfill is not complete", body = ErrorBody),
    )
)]
pub(crate) async fn refresh_daily_stats(
    State(app): State<App>,
) -> Result<Json<&'static str>, ApiError> {
    app.history().await?;
    // A task of its own, so that it ends well even when the caller hangs up.
    let rebuilding = tokio::spawn(async move { app.rebuild().run(app.store()).await });
    rebuilding.await.map_err(|_| ApiError::internal())??;
    Ok(Json("daily_stats backfill triggered/completed"))
}
