//! The metrics that are true of this process alone: what its GitLab client did.
//!
//! Written by hand, because `/metrics` is the text format 0.0.4, where a counter's name ends in `_total` in its head too;
//! the encoder of `prometheus-client` writes OpenMetrics.

use std::fmt::{Display, Write as _};

use labtower_gitlab::{Priority, Stats};

/// The series as Prometheus text.
pub(crate) fn instance_metrics(stats: &Stats) -> String {
    let mut text = Text::default();
    text.family(
        "labtower_api_requests_total",
        "counter",
        "Requests sent to GitLab since the process started; status 0 means that no answer came.",
        stats.requests.iter().map(|line| {
            let labels = format!(
                "{{endpoint=\"{}\",status=\"{}\",priority=\"{}\"}}",
                line.endpoint,
                line.status,
                name(line.priority)
            );
            (labels, line.count)
        }),
    );
    text.single(
        "labtower_api_retries_total",
        "counter",
        "Requests to GitLab that repeated a failed one since the process started.",
        Some(stats.retries),
    );
    text.single(
        "labtower_api_throttled_total",
        "counter",
        "Answers 429 of GitLab since the process started.",
        Some(stats.throttled),
    );
    text.single(
        "labtower_api_requests_in_flight",
        "gauge",
        "Requests to GitLab under way now.",
        Some(stats.in_flight),
    );
    text.family(
        "labtower_api_requests_queued",
        "gauge",
        "Requests to GitLab that wait for the budget now.",
        Priority::ALL.iter().map(|priority| {
            let labels = format!("{{priority=\"{}\"}}", name(*priority));
            (labels, stats.queued.get(priority).copied().unwrap_or(0))
        }),
    );
    text.single(
        "labtower_api_budget_remaining_requests",
        "gauge",
        "Requests GitLab still allows in its window, by its last answer; absent when it announces none.",
        stats.remaining,
    );
    text.single(
        "labtower_api_budget_limit_requests",
        "gauge",
        "Requests GitLab allows per window, by its last answer; absent when it announces none.",
        stats.limit,
    );
    text.single(
        "labtower_api_received_bytes_total",
        "counter",
        "Bytes of GitLab's answers since the process started, unpacked.",
        Some(stats.bytes_received),
    );
    text.0
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

#[derive(Default)]
struct Text(String);

impl Text {
    fn single(&mut self, name: &str, kind: &str, help: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.family(name, kind, help, [(String::new(), value)]);
        }
    }

    fn family(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        series: impl IntoIterator<Item = (String, impl Display)>,
    ) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in series {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}

#[cfg(test)]
mod tests {
    use labtower_gitlab::{Endpoint, RequestCount};

    use super::*;

    #[test]
    fn what_gitlab_does_not_announce_is_left_out() {
        let stats = Stats {
            requests: vec![RequestCount {
                endpoint: Endpoint::GraphQl,
                status: 200,
                priority: Priority::Fresh,
                count: 7,
            }],
            ..Stats::default()
        };
        let text = instance_metrics(&stats);
        let line = "labtower_api_requests_total{endpoint=\"POST /api/graphql\",status=\"200\",priority=\"fresh\"} 7\n";
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("labtower_api_budget_limit_requests"));
    }
}
