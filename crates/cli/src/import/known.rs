//! Every key of gitlab-ci-pipelines-exporter's file, and what becomes of it.

/// What becomes of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It becomes these settings.
    Setting(&'static [&'static str]),
    /// It is set elsewhere than in `config.toml`; the text says where.
    Outside(&'static str),
    /// Labtower needs nothing of the kind; the text says why.
    NotNeeded(&'static str),
    /// Labtower cannot do this.
    NotSupported {
        /// Why, or what to do instead.
        why: &'static str,
        /// The value with which nothing is lost, as the file writes it.
        lossless: &'static str,
    },
}

/// One key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Its path; keys of [`SCOPES`] are without the scope.
    pub(super) path: &'static str,
    /// What becomes of it.
    pub(super) fate: Fate,
}

/// Places where the keys of [`PER_PROJECT`] may stand, the weakest first.
pub(super) const SCOPES: [&str; 3] = ["project_defaults", "wildcards[]", "projects[]"];

const fn known(path: &'static str, fate: Fate) -> Known {
    Known { path, fate }
}

const WEBHOOKS: &str =
    "the file of `webhooks.token_file`; the address of the webhooks is `/webhooks/gitlab` then";
const STATE: &str = "the state is in the SQLite file of `store.path`";
const LIMITS: &str =
    "requests are spread over the limits GitLab announces, and wait instead of being dropped";
const CLEAN: &str = "a series ends when its ref or environment does";
const CYCLE: &str = "refs and environments are seen with the changes themselves";

/// The keys that stand once in the file.
pub(super) const ONCE: &[Known] = &[
    known("log.level", Fate::Outside("the variable `RUST_LOG`")),
    known("log.format", Fate::Outside("the option `--log-format`")),
    known(
        "opentelemetry.grpc_endpoint",
        Fate::NotSupported {
            why: "these were traces of the exporter itself; labtower counts its requests at `/metrics`",
            lossless: "",
        },
    ),
    known(
        "server.listen_address",
        Fate::Setting(&["server.host", "server.port"]),
    ),
    known(
        "server.enable_pprof",
        Fate::NotSupported {
            why: "it profiles programs in Go",
            lossless: "false",
        },
    ),
    known(
        "server.metrics.enabled",
        Fate::NotSupported {
            why: "`/metrics` is always there, and costs nothing while nobody asks",
            lossless: "true",
        },
    ),
    known(
        "server.metrics.enable_openmetrics_encoding",
        Fate::NotNeeded("`/metrics` answers in the format the scraper asks for"),
    ),
    known("server.webhook.enabled", Fate::Outside(WEBHOOKS)),
    known("server.webhook.secret_token", Fate::Outside(WEBHOOKS)),
    known("redis.url", Fate::NotNeeded(STATE)),
    known("redis.project_ttl", Fate::NotNeeded(STATE)),
    known("redis.ref_ttl", Fate::NotNeeded(STATE)),
    known("redis.metric_ttl", Fate::NotNeeded(STATE)),
    known("gitlab.url", Fate::Setting(&["gitlab.url"])),
    known(
        "gitlab.token",
        Fate::Outside(
            "the variable `GITLAB_TOKEN`, or the file of `gitlab.token_file`; it is not copied",
        ),
    ),
    known(
        "gitlab.health_url",
        Fate::NotNeeded(
            "`/healthz` and `/readyz` ask GitLab nothing; `labtower_sync_lag_seconds` tells whether it answers",
        ),
    ),
    known(
        "gitlab.enable_health_check",
        Fate::NotNeeded(
            "`/healthz` and `/readyz` ask GitLab nothing; `labtower_sync_lag_seconds` tells whether it answers",
        ),
    ),
    known(
        "gitlab.enable_tls_verify",
        Fate::Setting(&["gitlab.skip_invalid_certs"]),
    ),
    known(
        "gitlab.maximum_requests_per_second",
        Fate::Setting(&["gitlab.requests_per_second"]),
    ),
    known(
        "gitlab.burstable_requests_per_second",
        Fate::NotNeeded(LIMITS),
    ),
    known("gitlab.maximum_jobs_queue_size", Fate::NotNeeded(LIMITS)),
    known(
        "pull.projects_from_wildcards.on_init",
        Fate::NotNeeded("projects are always listed at the start"),
    ),
    known(
        "pull.projects_from_wildcards.scheduled",
        Fate::NotSupported {
            why: "projects are always listed again; set a long `poller.discovery_interval_seconds`",
            lossless: "true",
        },
    ),
    known(
        "pull.projects_from_wildcards.interval_seconds",
        Fate::Setting(&["poller.discovery_interval_seconds"]),
    ),
    known(
        "pull.environments_from_projects.on_init",
        Fate::NotNeeded(CYCLE),
    ),
    known(
        "pull.environments_from_projects.scheduled",
        Fate::NotNeeded(CYCLE),
    ),
    known(
        "pull.environments_from_projects.interval_seconds",
        Fate::NotNeeded(CYCLE),
    ),
    known("pull.refs_from_projects.on_init", Fate::NotNeeded(CYCLE)),
    known("pull.refs_from_projects.scheduled", Fate::NotNeeded(CYCLE)),
    known(
        "pull.refs_from_projects.interval_seconds",
        Fate::NotNeeded(CYCLE),
    ),
    known(
        "pull.metrics.on_init",
        Fate::NotNeeded("the first poll is at the start"),
    ),
    known(
        "pull.metrics.scheduled",
        Fate::NotSupported {
            why: "`labtower run` always polls; `labtower sync --once` reads once",
            lossless: "true",
        },
    ),
    known(
        "pull.metrics.interval_seconds",
        Fate::Setting(&["poller.interval_seconds"]),
    ),
    known("garbage_collect.projects.on_init", Fate::NotNeeded(CLEAN)),
    known("garbage_collect.projects.scheduled", Fate::NotNeeded(CLEAN)),
    known(
        "garbage_collect.projects.interval_seconds",
        Fate::NotNeeded(CLEAN),
    ),
    known(
        "garbage_collect.environments.on_init",
        Fate::NotNeeded(CLEAN),
    ),
    known(
        "garbage_collect.environments.scheduled",
        Fate::NotNeeded(CLEAN),
    ),
    known(
        "garbage_collect.environments.interval_seconds",
        Fate::NotNeeded(CLEAN),
    ),
    known("garbage_collect.refs.on_init", Fate::NotNeeded(CLEAN)),
    known("garbage_collect.refs.scheduled", Fate::NotNeeded(CLEAN)),
    known(
        "garbage_collect.refs.interval_seconds",
        Fate::NotNeeded(CLEAN),
    ),
    known("garbage_collect.metrics.on_init", Fate::NotNeeded(CLEAN)),
    known("garbage_collect.metrics.scheduled", Fate::NotNeeded(CLEAN)),
    known(
        "garbage_collect.metrics.interval_seconds",
        Fate::NotNeeded(CLEAN),
    ),
    known("projects[].name", Fate::Setting(&["gitlab.projects"])),
    known(
        "wildcards[].owner.name",
        Fate::Setting(&["gitlab.monitor_groups"]),
    ),
    known(
        "wildcards[].owner.kind",
        Fate::NotSupported {
            why: "the projects of a user are named one by one in `gitlab.projects`",
            lossless: "group",
        },
    ),
    known(
        "wildcards[].owner.include_subgroups",
        Fate::Setting(&["gitlab.recursive", "gitlab.exclude"]),
    ),
    known("wildcards[].search", Fate::Setting(&["gitlab.include"])),
    known("wildcards[].archived", Fate::Setting(&["gitlab.archived"])),
];

const YOUNG: Fate = Fate::NotSupported {
    why: "every ref that `[metrics]` allows and that is younger than `metrics.ref_max_age_days` has its series",
    lossless: "0",
};
const DELETED: &str = "a ref is told of until it is older than `metrics.ref_max_age_days`";

/// The keys that stand in each of [`SCOPES`].
pub(super) const PER_PROJECT: &[Known] = &[
    known(
        "output_sparse_status_metrics",
        Fate::Setting(&["metrics.sparse_status"]),
    ),
    known(
        "pull.environments.enabled",
        Fate::Setting(&["metrics.environments"]),
    ),
    known(
        "pull.environments.regexp",
        Fate::NotSupported {
            why: "every environment is told of; a family that grows too large ends at `metrics.max_series`",
            lossless: ".*",
        },
    ),
    known(
        "pull.environments.exclude_stopped",
        Fate::NotSupported {
            why: "stopped environments have no series",
            lossless: "true",
        },
    ),
    known(
        "pull.refs.branches.enabled",
        Fate::Setting(&["metrics.branches"]),
    ),
    known(
        "pull.refs.branches.regexp",
        Fate::Setting(&["metrics.branches"]),
    ),
    known("pull.refs.branches.most_recent", YOUNG),
    known(
        "pull.refs.branches.max_age_seconds",
        Fate::Setting(&["metrics.ref_max_age_days"]),
    ),
    known(
        "pull.refs.branches.exclude_deleted",
        Fate::NotNeeded(DELETED),
    ),
    known("pull.refs.tags.enabled", Fate::Setting(&["metrics.tags"])),
    known("pull.refs.tags.regexp", Fate::Setting(&["metrics.tags"])),
    known("pull.refs.tags.most_recent", YOUNG),
    known(
        "pull.refs.tags.max_age_seconds",
        Fate::Setting(&["metrics.ref_max_age_days"]),
    ),
    known("pull.refs.tags.exclude_deleted", Fate::NotNeeded(DELETED)),
    known(
        "pull.refs.merge_requests.enabled",
        Fate::Setting(&["metrics.merge_request_refs"]),
    ),
    known(
        "pull.refs.merge_requests.regexp",
        Fate::Setting(&["metrics.merge_request_refs"]),
    ),
    known("pull.refs.merge_requests.most_recent", YOUNG),
    known(
        "pull.refs.merge_requests.max_age_seconds",
        Fate::Setting(&["metrics.ref_max_age_days"]),
    ),
    known(
        "pull.refs.merge_requests.exclude_non_opened",
        Fate::NotNeeded(DELETED),
    ),
    known(
        "pull.pipeline.per_ref",
        Fate::NotNeeded(
            "every pipeline is read and counted; the series of a ref are those of its newest one",
        ),
    ),
    known(
        "pull.pipeline.jobs.enabled",
        Fate::Setting(&["metrics.jobs"]),
    ),
    known(
        "pull.pipeline.jobs.from_child_pipelines.enabled",
        Fate::NotSupported {
            why: "child pipelines are pipelines like others, and their jobs are always counted",
            lossless: "true",
        },
    ),
    known(
        "pull.pipeline.jobs.runner_description.enabled",
        Fate::NotSupported {
            why: "the label is always filled when GitLab tells the runner",
            lossless: "true",
        },
    ),
    known(
        "pull.pipeline.jobs.runner_description.aggregation_regexp",
        Fate::NotSupported {
            why: "join `labtower_runner_info`, or group with `label_replace` in the query",
            lossless: "",
        },
    ),
    known(
        "pull.pipeline.variables.enabled",
        Fate::NotSupported {
            why: "variables may hold secrets and are not read; the label is empty",
            lossless: "false",
        },
    ),
    known(
        "pull.pipeline.variables.regexp",
        Fate::NotNeeded("variables may hold secrets and are not read; the label is empty"),
    ),
    known(
        "pull.pipeline.test_reports.enabled",
        Fate::Setting(&["metrics.test_reports"]),
    ),
    known(
        "pull.pipeline.test_reports.from_child_pipelines.enabled",
        Fate::NotNeeded("child pipelines are pipelines like others"),
    ),
    known(
        "pull.pipeline.test_reports.test_cases.enabled",
        Fate::Setting(&["metrics.test_cases", "poller.test_cases"]),
    ),
];
