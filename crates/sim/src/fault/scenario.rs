//! Named sets of faults.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::SignedDuration;

use crate::config::Faults;

static SCENARIOS: LazyLock<Vec<(&'static str, Faults)>> = LazyLock::new(|| {
    let none = Faults::default;
    vec![
        ("none", none()),
        (
            "latency",
            Faults {
                latency: Duration::from_millis(50),
                ..none()
            },
        ),
        (
            "too_many_requests",
            Faults {
                too_many_requests: 0.05,
                retry_after: Some(Duration::from_secs(1)),
                ..none()
            },
        ),
        (
            "server_errors",
            Faults {
                server_errors: 0.1,
                ..none()
            },
        ),
        (
            "resets",
            Faults {
                resets: 0.1,
                ..none()
            },
        ),
        (
            "truncated",
            Faults {
                truncated: 0.1,
                ..none()
            },
        ),
        (
            "malformed",
            Faults {
                malformed: 0.1,
                ..none()
            },
        ),
        (
            "slow_bodies",
            Faults {
                slow_bodies: 0.05,
                ..none()
            },
        ),
        (
            "clock_ahead",
            Faults {
                clock_skew: SignedDuration::from_mins(7),
                ..none()
            },
        ),
        (
            "clock_behind",
            Faults {
                clock_skew: SignedDuration::from_mins(-7),
                ..none()
            },
        ),
        (
            "late_rows",
            Faults {
                late_rows: Duration::from_secs(4),
                ..none()
            },
        ),
        (
            "duplicated_pages",
            Faults {
                duplicated_pages: 0.2,
                ..none()
            },
        ),
        (
            "shifted_pages",
            Faults {
                shifted_pages: 0.2,
                ..none()
            },
        ),
        (
            "graphql_timeouts",
            Faults {
                graphql_timeouts_above: Some(15),
                ..none()
            },
        ),
        (
            "webhooks",
            Faults {
                webhooks_dropped: 0.05,
                webhooks_duplicated: 0.1,
                webhooks_delayed: 0.2,
                ..none()
            },
        ),
        (
            "everything",
            Faults {
                latency: Duration::from_millis(5),
                too_many_requests: 0.02,
                retry_after: Some(Duration::from_secs(1)),
                server_errors: 0.03,
                resets: 0.03,
                truncated: 0.03,
                malformed: 0.03,
                slow_bodies: 0.01,
                clock_skew: SignedDuration::from_secs(95),
                late_rows: Duration::from_secs(3),
                duplicated_pages: 0.05,
                shifted_pages: 0.05,
                graphql_timeouts_above: Some(40),
                ..none()
            },
        ),
    ]
});

impl Faults {
    /// The named sets of faults, `none` first; nothing is hidden or failing for good in any of them.
    pub fn scenarios() -> &'static [(&'static str, Faults)] {
        &SCENARIOS
    }

    /// The set of faults with this name.
    pub fn scenario(name: &str) -> Option<Faults> {
        SCENARIOS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, faults)| faults.clone())
    }
}
