//! What syncing will cost in requests; pure.

use std::time::Duration;

use serde::Serialize;

/// Projects or pipelines GitLab gives per request.
const PER_REQUEST: u64 = 100;

/// Length of the windows that GitLab's request limits count in.
const WINDOW_SECONDS: u64 = 60;

/// What is known of one project before it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Its own pipelines in the days to be read.
    pub(super) pipelines: u64,
    /// Child pipelines in them.
    pub(super) children: u64,
}

/// The expected cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Estimate {
    /// Projects that will be read.
    pub(super) projects: u64,
    /// Pipelines the backfill will read, children included.
    pub(super) backfill_pipelines: u64,
    /// Requests the backfill will take.
    pub(super) backfill_requests: u64,
    /// Requests one poll takes while little changes.
    pub(super) poll_requests: u64,
    /// Requests per hour of polls and discovery.
    pub(super) requests_per_hour: u64,
    /// Requests GitLab allows per minute, when it says so.
    pub(super) limit_per_minute: Option<u64>,
    /// Share of that limit the polls take, from 0 to 1.
    pub(super) share_of_limit: Option<f64>,
    /// Shortest time the backfill can take within the limits: seconds.
    pub(super) backfill_seconds_at_least: Option<u64>,
}

/// What the estimate depends on besides the projects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// Requests one discovery takes.
    pub(super) discovery_requests: u64,
    /// Time between polls.
    pub(super) interval: Duration,
    /// Time between discoveries.
    pub(super) discovery_interval: Duration,
    /// Requests GitLab allows per window, when it says so.
    pub(super) limit: Option<u64>,
    /// The configured ceiling in requests per second.
    pub(super) ceiling: Option<f64>,
}

/// Estimates from the size of every project.
pub(super) fn estimate(sizes: &[Size], terms: Terms) -> Estimate {
    let projects = sizes.len() as u64;
    let questions = projects.div_ceil(PER_REQUEST);
    let pages = |count: u64| count.div_ceil(PER_REQUEST);
    let backfill_pipelines = sizes
        .iter()
        .map(|size| size.pipelines + size.children)
        .sum();
    let pages: u64 = sizes
        .iter()
        .map(|size| pages(size.pipelines) + pages(size.children))
        .sum();
    // The listing, the count, the pages.
    let backfill_requests = terms.discovery_requests + questions + pages;
    let per_hour = |requests: u64, every: Duration| {
        (requests as f64 * 3600.0 / every.as_secs_f64().max(0.001)).ceil() as u64
    };
    let requests_per_hour = per_hour(questions, terms.interval)
        + per_hour(terms.discovery_requests, terms.discovery_interval);
    let share_of_limit = terms
        .limit
        .filter(|limit| *limit > 0)
        .map(|limit| requests_per_hour as f64 / 3600.0 * WINDOW_SECONDS as f64 / limit as f64);
    let allowed_per_second = [
        terms
            .limit
            .map(|limit| limit as f64 / WINDOW_SECONDS as f64),
        terms.ceiling,
    ];
    let slowest = allowed_per_second.into_iter().flatten().reduce(f64::min);
    Estimate {
        projects,
        backfill_pipelines,
        backfill_requests,
        poll_requests: questions,
        requests_per_hour,
        limit_per_minute: terms.limit,
        share_of_limit,
        backfill_seconds_at_least: slowest
            .filter(|rate| *rate > 0.0)
            .map(|rate| (backfill_requests as f64 / rate).ceil() as u64),
    }
}

impl Estimate {
    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "backfill: about {} requests for {} pipelines of {} projects{}",
            self.backfill_requests,
            self.backfill_pipelines,
            self.projects,
            match self.backfill_seconds_at_least {
                Some(seconds) => format!(", at least {seconds} s within the limits"),
                None => String::new(),
            }
        )];
        lines.push(format!(
            "polling: {} {} per poll, about {} per hour{}",
            self.poll_requests,
            if self.poll_requests == 1 {
                "request"
            } else {
                "requests"
            },
            self.requests_per_hour,
            match (self.limit_per_minute, self.share_of_limit) {
                (Some(limit), Some(share)) => format!(
                    ", {:.1} % of the {limit} per minute that GitLab allows",
                    share * 100.0
                ),
                _ => "; GitLab announces no limit".to_owned(),
            }
        ));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        discovery_requests: 3,
        interval: Duration::from_secs(30),
        discovery_interval: Duration::from_secs(600),
        limit: Some(600),
        ceiling: None,
    };

    fn size(pipelines: u64, children: u64) -> Size {
        Size {
            pipelines,
            children,
        }
    }

    #[test]
    fn a_hundred_projects_share_a_poll_and_pages_are_counted_per_list() {
        let mut sizes = vec![size(0, 0); 198];
        sizes.push(size(101, 0));
        sizes.push(size(100, 1));
        let estimate = estimate(&sizes, TERMS);
        assert_eq!(estimate.poll_requests, 2);
        assert_eq!(estimate.backfill_pipelines, 202);
        assert_eq!(estimate.backfill_requests, 3 + 2 + 2 + 1 + 1);
        assert_eq!(estimate.requests_per_hour, 240 + 18);
        assert_eq!(estimate.backfill_seconds_at_least, Some(1));
    }

    #[test]
    fn the_lower_of_limit_and_ceiling_counts() {
        let terms = Terms {
            ceiling: Some(0.5),
            ..TERMS
        };
        let estimate = estimate(&[size(500, 0)], terms);
        assert_eq!(estimate.backfill_requests, 3 + 1 + 5);
        assert_eq!(estimate.backfill_seconds_at_least, Some(18));
    }
}
