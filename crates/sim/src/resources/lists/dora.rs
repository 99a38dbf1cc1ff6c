//! GitLab's DORA figures, read off the deployments to production.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::get;
use serde_json::{Value, json};

use super::view::{Answer, View, object, project};
use crate::app::App;
use crate::config::Tier;
use crate::resources::rollout::deployments;
use crate::rest::error::ApiError;
use crate::rest::page::Paging;
use crate::world::{DAY, HOUR};

const METRICS: &[&str] = &[
    "deployment_frequency",
    "lead_time_for_changes",
    "time_to_restore_service",
    "change_failure_rate",
];

/// Days shown without `start_date`.
const WINDOW: i64 = 90;

/// Routes below `/api/v4`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/projects/{id}/dora/metrics", get(project(metrics)))
}

/// What happened on a day.
#[derive(Default)]
struct Day {
    succeeded: u64,
    failed: u64,
}

fn metrics(view: &View<'_>, paging: &Paging) -> Answer {
    view.needs(Tier::Ultimate)?;
    let Some(metric) = paging.params.get("metric") else {
        return Err(ApiError::error(
            axum::http::StatusCode::BAD_REQUEST,
            "metric is missing, metric does not have a valid value",
        ));
    };
    if !METRICS.contains(&metric) {
        return Err(ApiError::invalid("metric"));
    }
    let mut days: BTreeMap<String, Day> = (0..WINDOW)
        .map(|back| (view.place.now.plus(-back * DAY).day(), Day::default()))
        .collect();
    for deployment in deployments(view.moment, view.index) {
        let Some(finished) = deployment.finished() else {
            continue;
        };
        if deployment.environment.name == "production"
            && let Some(day) = days.get_mut(&finished.day())
        {
            match deployment.status() {
                "success" => day.succeeded += 1,
                "failed" => day.failed += 1,
                _ => {}
            }
        }
    }
    let rows: Vec<Value> = days
        .iter()
        .map(|(date, day)| json!({ "date": date, "value": value(view, metric, date, day) }))
        .collect();
    Ok(object(Value::Array(rows)))
}

/// Deployments a day, seconds, or a share; null where nothing happened.
fn value(view: &View<'_>, metric: &str, date: &str, day: &Day) -> Value {
    let all = day.succeeded + day.failed;
    let mut dice = view.place.dice.of(metric).of(date);
    let hours = |most: u64| (HOUR / 1_000) as u64 * (1 + most);
    match metric {
        "deployment_frequency" => json!(day.succeeded),
        "change_failure_rate" if all > 0 => json!(day.failed as f64 / all as f64),
        "lead_time_for_changes" if day.succeeded > 0 => json!(hours(dice.below(100))),
        "time_to_restore_service" if day.failed > 0 => json!(hours(dice.below(10))),
        _ => Value::Null,
    }
}
