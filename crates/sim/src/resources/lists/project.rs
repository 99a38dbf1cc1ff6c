//! What describes a project beside itself.

use axum::Router;
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::view::{View, object, project};
use crate::app::App;
use crate::resources::tale::issues;
use crate::world::DAY;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/projects/{id}/languages",
            get(project(|view, _| Ok(object(languages(view))))),
        )
        .route(
            "/projects/{id}/issues_statistics",
            get(project(|view, _| Ok(object(statistics(view))))),
        )
}

/// Percent by name of the language; they drift as code is written.
fn languages(view: &View<'_>) -> Value {
    const NAMES: &[&str] = &["Rust", "Go", "Python", "TypeScript", "Java", "Shell"];
    let mut dice = view.place.dice.of("languages");
    let first = dice.pick(NAMES);
    let second = dice.pick(NAMES);
    let weeks = view.place.now.since(view.place.begin) / (7 * DAY);
    let share = 20.0 + ((dice.below(4_000) as i64 + 37 * weeks) % 5_000) as f64 / 100.0;
    let mut shares = Map::new();
    shares.insert(first.to_owned(), json!(round(100.0 - share)));
    if first == second {
        shares.insert(first.to_owned(), json!(100.0));
    } else {
        shares.insert(second.to_owned(), json!(round(share)));
    }
    Value::Object(shares)
}

fn round(share: f64) -> f64 {
    (share * 100.0).round() / 100.0
}

fn statistics(view: &View<'_>) -> Value {
    let rows = issues(&view.place);
    let closed = rows.iter().filter(|issue| issue.closed.is_some()).count();
    json!({ "statistics": { "counts": {
        "all": rows.len(), "closed": closed, "opened": rows.len() - closed,
    } } })
}
