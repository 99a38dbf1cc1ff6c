//! The metrics that are true of this process alone: what its GitLab client did.

use labtower_gitlab::{Priority, Stats};
use labtower_model::Timestamp;
use labtower_serve::InstanceSamples;

use crate::reload::Taken;

/// Tells what the client did, when its token expires, and whether the configuration is the one in the files.
pub(crate) fn instance_metrics(
    stats: &Stats,
    token_expiry: Option<Timestamp>,
    reload: Taken,
    samples: &mut InstanceSamples,
) {
    for line in &stats.requests {
        samples.put(
            "labtower_api_requests_total",
            &[
                ("endpoint", &line.endpoint.to_string()),
                ("status", &line.status.to_string()),
                ("priority", name(line.priority)),
            ],
            line.count as f64,
        );
    }
    for priority in Priority::ALL {
        let queued = stats.queued.get(&priority).copied().unwrap_or(0);
        samples.put(
            "labtower_api_requests_queued",
            &[("priority", name(priority))],
            queued as f64,
        );
    }
    let mut single = |family: &str, value: f64| samples.put(family, &[], value);
    single("labtower_api_retries_total", stats.retries as f64);
    single("labtower_api_throttled_total", stats.throttled as f64);
    single("labtower_api_requests_in_flight", stats.in_flight as f64);
    single(
        "labtower_api_received_bytes_total",
        stats.bytes_received as f64,
    );
    if let Some(remaining) = stats.remaining {
        single("labtower_api_budget_remaining_requests", remaining as f64);
    }
    if let Some(limit) = stats.limit {
        single("labtower_api_budget_limit_requests", limit as f64);
    }
    single(
        "labtower_config_last_reload_successful",
        f64::from(u8::from(reload.current)),
    );
    if let Some(at) = reload.at {
        let seconds = at.as_second() as f64;
        single(
            "labtower_config_last_reload_success_timestamp_seconds",
            seconds,
        );
    }
    if let Some(expiry) = token_expiry {
        let seconds = expiry.as_second() as f64;
        single("labtower_api_token_expires_timestamp_seconds", seconds);
    }
}

/// A priority as a label.
fn name(priority: Priority) -> &'static str {
    match priority {
        Priority::Running => "running",
        Priority::Fresh => "fresh",
        Priority::Backfill => "backfill",
        Priority::Enrichment => "enrichment",
    }
}
