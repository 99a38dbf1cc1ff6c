//! Reading for a page: while the first backfill runs there is its progress instead, and errors are for people.

use axum::response::Response;
use labtower_store::Reader;

use super::{fault, progress};
use crate::answer::AnswerError;
use crate::auth::Viewer;
use crate::overview::Overview;
use crate::state::App;

/// Asks the store for a page's rows, with the state of the synchronisation of the same instant.
///
/// # Errors
/// The page to show instead: the progress of the first backfill, or what went wrong.
pub(crate) async fn read<T, Q>(
    app: &App,
    viewer: &Viewer,
    question: Q,
) -> Result<(Overview, T), Response>
where
    T: Send + 'static,
    Q: FnOnce(&Reader<'_>) -> Result<T, AnswerError> + Send + 'static,
{
    let partial = app.options().serve_during_backfill;
    let rows = app
        .read(move |reader| {
            let overview = Overview::brief(reader)?;
            if partial || overview.history_complete_at.is_some() {
                return Ok((overview, Some(question(reader)?)));
            }
            Ok((Overview::read(reader)?, None))
        })
        .await;
    match rows {
        Ok((overview, Some(rows))) => Ok((overview, rows)),
        Ok((overview, None)) => Err(progress::page(app, viewer, &overview, app.now())),
        Err(error) => Err(fault(viewer, &error)),
    }
}
