//! What to simulate.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// What to simulate; the default is 50 projects with 30 days of history, without limits or faults.
#[derive(Debug, Clone)]
pub struct SimConfig {
    /// Decides everything that looks random.
    pub seed: u64,
    /// Projects in the group `acme` and its subgroups.
    pub projects: usize,
    /// Days of history before the start.
    pub days: u32,
    /// Mean pipelines per project and day; a few projects have most of them. Nightly and child
    /// pipelines come on top, about half as many again.
    pub pipelines_per_day: f64,
    /// Typical number of jobs of a pipeline.
    pub jobs_per_pipeline: usize,
    /// How many of the projects are archived.
    pub archived_projects: usize,
    /// Projects of another group that are shared with `acme`, on top of `projects`.
    pub shared_projects: usize,
    /// Where the time comes from.
    pub clock: SimClock,
    /// The one token that is accepted.
    pub token: String,
    /// Whether the token may write (scope `api`), and not only read.
    pub writable: bool,
    /// Another token, which may write.
    pub write_token: Option<String>,
    /// Whether the owner of the tokens administers the instance, and so sees and makes system hooks.
    pub admin: bool,
    /// How long a receiver of webhooks may take to answer.
    pub webhook_timeout: Duration,
    /// Relative URL root: empty, or for example `/gitlab`.
    pub base_path: String,
    /// `version` of `GET /version`.
    pub version: String,
    /// What the instance has a licence for: lists of higher tiers answer 403 or 404.
    pub tier: Tier,
    /// Rate limits to enforce.
    pub limits: Limits,
    /// What goes wrong.
    pub faults: Faults,
    /// Rows above which lists leave out totals.
    pub totals_limit: usize,
    /// Highest `page × per_page` for projects, groups, users and jobs.
    pub offset_limit: usize,
    /// Highest complexity of a GraphQL query.
    pub complexity_limit: u64,
    /// Whether durations of running and waiting times of pending jobs grow, as GitLab's do.
    pub growing_durations: bool,
}

impl Default for SimConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            projects: 50,
            days: 30,
            pipelines_per_day: 4.0,
            jobs_per_pipeline: 8,
            archived_projects: 0,
            shared_projects: 0,
            clock: SimClock::Real { speed: 1.0 },
            token: "glpat-simulated".to_owned(),
            writable: false,
            write_token: None,
            admin: true,
            webhook_timeout: Duration::from_secs(10),
            base_path: String::new(),
            version: "18.7.0-ee".to_owned(),
            tier: Tier::Premium,
            limits: Limits::default(),
            faults: Faults::default(),
            totals_limit: 10_000,
            offset_limit: 50_000,
            complexity_limit: 250,
            growing_durations: true,
        }
    }
}

/// GitLab's tiers, each with all of the ones before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// For everyone.
    Free,
    /// Paid.
    Premium,
    /// Paid, with security.
    Ultimate,
}

/// Where the simulated time comes from.
#[derive(Debug, Clone, Copy)]
pub enum SimClock {
    /// Stands still until [`crate::Sim::advance`] moves it.
    Manual {
        /// End of history.
        start: Timestamp,
    },
    /// Begins at `start` and runs `speed` times as fast as the machine's: the same history every day of the week.
    Running {
        /// End of history.
        start: Timestamp,
        /// Simulated seconds per real second.
        speed: f64,
    },
    /// Begins at the machine's time and runs `speed` times as fast.
    Real {
        /// Simulated seconds per real second.
        speed: f64,
    },
}

/// Rate limits; windows run on real time. The default is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Limit on all requests of the user, shown in `RateLimit-*` headers.
    pub user: Option<Throttle>,
    /// Whether GitLab.com's limits per class of endpoint hold, which no header shows.
    pub application: bool,
    /// Other values for these classes (`jobs_index`, `projects_api`, `project_api`, `groups_api`,
    /// `group_api`, `group_projects_api`); they hold even when `application` is off.
    pub classes: BTreeMap<String, Throttle>,
}

/// So many requests in so much real time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Requests allowed per window.
    pub requests: u64,
    /// Length of the window.
    pub window: Duration,
}

/// What goes wrong; the default is nothing. Probabilities are per request, from 0 to 1, where nothing else is said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Time every answer takes longer.
    pub latency: Duration,
    /// Answers 429 of the application limiter, without headers.
    pub too_many_requests: f64,
    /// `Retry-After` of those answers, as newer versions of GitLab send it.
    pub retry_after: Option<Duration>,
    /// Answers 500, 502 and 503, some of them HTML.
    pub server_errors: f64,
    /// Connections cut in the middle of the answer's headers or body.
    pub resets: f64,
    /// Bodies that end early although the answer is complete as HTTP goes.
    pub truncated: f64,
    /// Bodies that are not JSON (a proxy's page), with status 200.
    pub malformed: f64,
    /// Bodies that trickle.
    pub slow_bodies: f64,
    /// How far GitLab's clock is ahead of the machine's.
    pub clock_skew: SignedDuration,
    /// How long after its `updated_at` a changed row may become visible (simulated time).
    pub late_rows: Duration,
    /// Offset pages that repeat the page before.
    pub duplicated_pages: f64,
    /// Offset pages from which one row slipped, as when rows are inserted or deleted meanwhile.
    pub shifted_pages: f64,
    /// GraphQL requests for more than this many pipelines with jobs time out (503).
    pub graphql_timeouts_above: Option<usize>,
    /// Projects the token may not see: 404 in REST, absent in GraphQL.
    pub forbidden_projects: Vec<u64>,
    /// Whether `statistics` of projects are withheld, as from a token without the right to read them.
    pub hidden_statistics: bool,
    /// A project whose every answer is an error.
    pub failing_project: Option<u64>,
    /// Webhooks that are never sent, as when GitLab's limit per hook is reached. Probabilities here are per webhook.
    pub webhooks_dropped: f64,
    /// Webhooks that are sent twice.
    pub webhooks_duplicated: f64,
    /// Webhooks that are sent up to three real seconds late, so that others overtake them.
    pub webhooks_delayed: f64,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            latency: Duration::ZERO,
            too_many_requests: 0.0,
            retry_after: None,
            server_errors: 0.0,
            resets: 0.0,
            truncated: 0.0,
            malformed: 0.0,
            slow_bodies: 0.0,
            clock_skew: SignedDuration::ZERO,
            late_rows: Duration::ZERO,
            duplicated_pages: 0.0,
            shifted_pages: 0.0,
            graphql_timeouts_above: None,
            forbidden_projects: Vec::new(),
            hidden_statistics: false,
            failing_project: None,
            webhooks_dropped: 0.0,
            webhooks_duplicated: 0.0,
            webhooks_delayed: 0.0,
        }
    }
}
