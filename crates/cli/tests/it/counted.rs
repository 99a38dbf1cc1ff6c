//! What `/metrics` tells is a recount of the simulator's truth, and equals the JSON API.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use labtower_serve::metrics::Switch;
use labtower_serve::{MetricsOptions, ServeOptions};
use labtower_sim::{Faults, Limits, TrueJob, TruePipeline, Truth};
use labtower_store::{DURATION_BOUNDS, QUEUE_BOUNDS};
use labtower_sync::SyncError;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::app::{WorldClock, get};
use crate::correctness::{STEP, STEPS, World, world};

/// Series (name, labels in order) and their numbers.
type Numbers = BTreeMap<(String, Vec<(String, String)>), f64>;

/// The scrape and the API of a world's store.
struct Served {
    url: String,
    http: reqwest::Client,
}

impl Served {
    async fn of(world: &World) -> Self {
        let options = ServeOptions {
            metrics: MetricsOptions {
                switches: Switch::ALL.into_iter().collect(),
                ref_allowed: Arc::new(|_, _| true),
                ref_max_age: None,
                ..MetricsOptions::default()
            },
            ..ServeOptions::default()
        };
        let clock = Arc::new(WorldClock(world.sim.clone()));
        let router = labtower_serve::router(world.store.clone(), options, clock);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(labtower_serve::serve(
            listener,
            router,
            None,
            std::future::pending(),
        ));
        Self {
            url,
            http: reqwest::Client::builder().build().unwrap(),
        }
    }

    async fn numbers(&self) -> Numbers {
        let answer = get(&self.http, &format!("{}/metrics", self.url)).await;
        assert_eq!(answer.status, 200);
        let lines = answer.text.lines().filter(|line| !line.starts_with('#'));
        lines.map(series).collect()
    }

    async fn json(&self, path: &str) -> Value {
        get(&self.http, &format!("{}{path}", self.url)).await.json()
    }
}

/// Reads a line. No label in the simulator's world has a quote or a comma that would need more.
fn series(line: &str) -> ((String, Vec<(String, String)>), f64) {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.strip_suffix('}').unwrap();
    let labels = labels
        .split("\",")
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once("=\"").unwrap();
            (name.to_owned(), value.trim_end_matches('"').to_owned())
        })
        .collect();
    ((name.to_owned(), labels), value.parse().unwrap())
}

/// A recount.
#[derive(Default)]
struct Recount(Numbers);

impl Recount {
    fn add(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        *self.0.entry((name.to_owned(), labels)).or_default() += value;
    }

    fn set(&mut self, name: &str, labels: &[(&str, &str)], value: Option<f64>) {
        if let Some(value) = value {
            self.add(name, labels, value);
        }
    }

    fn observe(&mut self, name: &str, labels: &[(&str, &str)], bounds: &[i64], seconds: f64) {
        for bound in bounds {
            let mut labels = labels.to_vec();
            let text = format!("{bound}.0");
            labels.push(("le", &text));
            let within = seconds <= *bound as f64;
            self.add(
                &format!("{name}_bucket"),
                &labels,
                f64::from(u8::from(within)),
            );
        }
        let mut all = labels.to_vec();
        all.push(("le", "+Inf"));
        self.add(&format!("{name}_bucket"), &all, 1.0);
        self.add(&format!("{name}_sum"), labels, seconds);
        self.add(&format!("{name}_count"), labels, 1.0);
    }
}

fn text(value: Option<&String>) -> &str {
    value.map_or("", String::as_str)
}

fn finished(status: &str) -> bool {
    ["success", "failed", "canceled", "skipped"].contains(&status)
}

fn ended(job: &TrueJob) -> bool {
    job.kind == "build" && ["success", "failed", "canceled"].contains(&job.status.as_str())
}

/// The ref as a label.
fn label(pipeline: &TruePipeline) -> &str {
    let name = text(pipeline.ref_name.as_ref());
    match name.strip_prefix("refs/merge-requests/") {
        Some(rest) => rest.split('/').next().unwrap(),
        None => name,
    }
}

/// Everything that pipelines and jobs say.
fn recount(truth: &Truth) -> Numbers {
    let mut all = Recount::default();
    let paths: BTreeMap<u64, (&str, String)> = truth
        .projects
        .iter()
        .map(|project| {
            let path = project.path_with_namespace.as_str();
            (project.id, (path, project.topics.join(",")))
        })
        .collect();
    for project in &truth.projects {
        all.add("gitlab_project_count", &[], 1.0);
        let visibility = [("visibility", text(project.visibility.as_ref()))];
        all.add("gitlab_projects_by_visibility", &visibility, 1.0);
    }
    let mut heads: BTreeMap<(u64, &str, &str), &TruePipeline> = BTreeMap::new();
    for pipeline in &truth.pipelines {
        let (path, topics) = &paths[&pipeline.project_id];
        let (kind, source) = (pipeline.ref_kind.as_str(), text(pipeline.source.as_ref()));
        let place = [("project", *path), ("kind", kind), ("source", source)];
        all.add("labtower_pipeline_runs_total", &place, 1.0);
        let by_ref = ref_labels(path, topics, pipeline);
        // Refs that only child pipelines ran on are not told.
        if pipeline.parent_id.is_none() {
            let head = heads
                .entry((pipeline.project_id, kind, label(pipeline)))
                .or_insert(pipeline);
            if (pipeline.created_at, pipeline.id) > (head.created_at, head.id) {
                *head = pipeline;
            }
        }
        all.add("gitlab_ci_pipeline_run_count", &by_ref, 1.0);
        pipeline_totals(&mut all, pipeline, path, &place);
        for job in &pipeline.jobs {
            job_totals(&mut all, job, pipeline, path, &by_ref);
        }
        let active = [
            "created",
            "waiting_for_resource",
            "preparing",
            "pending",
            "running",
        ];
        if active.contains(&pipeline.status.as_str()) {
            let labels = [("project", *path), ("status", &pipeline.status)];
            all.add("labtower_pipelines", &labels, 1.0);
        }
    }
    let known: BTreeSet<(u64, &str, &str)> = heads.keys().copied().collect();
    for pipeline in heads.values() {
        let (path, topics) = &paths[&pipeline.project_id];
        newest(&mut all, pipeline, &ref_labels(path, topics, pipeline));
    }
    assert!(known.len() > 20, "the world has refs");
    let told: BTreeSet<&str> = all.0.keys().map(|(name, _)| name.as_str()).collect();
    for name in ["retries", "flaky", "failures"] {
        let name = format!("labtower_job_{name}_total");
        assert!(told.contains(name.as_str()), "the world has no {name}");
    }
    all.0
}

fn ref_labels<'t>(
    path: &'t str,
    topics: &'t str,
    pipeline: &'t TruePipeline,
) -> [(&'static str, &'t str); 6] {
    [
        ("project", path),
        ("topics", topics),
        ("kind", &pipeline.ref_kind),
        ("ref", label(pipeline)),
        ("source", text(pipeline.source.as_ref())),
        ("variables", ""),
    ]
}

fn newest(all: &mut Recount, pipeline: &TruePipeline, labels: &[(&str, &str)]) {
    let id = pipeline.id as f64;
    all.set("gitlab_ci_pipeline_id", labels, Some(id));
    let at = pipeline.updated_at.as_second() as f64;
    all.set("gitlab_ci_pipeline_timestamp", labels, Some(at));
    let duration = pipeline.duration.map(|seconds| seconds as f64);
    all.set("gitlab_ci_pipeline_duration_seconds", labels, duration);
    all.set("gitlab_ci_pipeline_coverage", labels, pipeline.coverage);
    let queued = "gitlab_ci_pipeline_queued_duration_seconds";
    all.set(queued, labels, pipeline.queued_duration);
}

fn pipeline_totals(all: &mut Recount, pipeline: &TruePipeline, path: &str, place: &[(&str, &str)]) {
    if !finished(&pipeline.status) {
        return;
    }
    let mut by_status = place.to_vec();
    by_status.push(("status", &pipeline.status));
    all.add("labtower_pipeline_finished_total", &by_status, 1.0);
    if let Some(seconds) = pipeline.duration {
        let name = "labtower_pipeline_duration_seconds";
        all.observe(name, place, &DURATION_BOUNDS, seconds as f64);
    }
    if let Some(seconds) = pipeline.queued_duration {
        all.observe(
            "labtower_pipeline_queue_seconds",
            place,
            &QUEUE_BOUNDS,
            seconds,
        );
    }
    if let (Some(reason), "failed") = (&pipeline.failure_reason, pipeline.status.as_str()) {
        let labels = [("project", path), ("failure_reason", reason)];
        all.add("labtower_pipeline_failures_total", &labels, 1.0);
    }
}

fn job_totals(
    all: &mut Recount,
    job: &TrueJob,
    pipeline: &TruePipeline,
    path: &str,
    by_ref: &[(&str, &str)],
) {
    let (stage, tags) = (text(job.stage.as_ref()), job.tags.join(","));
    if job.kind == "build" && ["pending", "running"].contains(&job.status.as_str()) {
        let labels = [
            ("project", path),
            ("tag_list", &tags),
            ("status", &job.status),
        ];
        all.add("labtower_jobs", &labels, 1.0);
    }
    if !ended(job) {
        return;
    }
    let reason = text(job.failure_reason.as_ref());
    let mut labels = by_ref.to_vec();
    labels.extend([("stage", stage), ("job_name", &job.name)]);
    labels.extend([("runner_description", ""), ("tag_list", &tags)]);
    labels.push(("failure_reason", reason));
    all.add("gitlab_ci_pipeline_job_run_count", &labels, 1.0);
    let place = [
        ("project", path),
        ("kind", &pipeline.ref_kind),
        ("stage", stage),
        ("tag_list", &tags),
    ];
    let mut by_status = place.to_vec();
    by_status.push(("status", &job.status));
    all.add("labtower_job_runs_total", &by_status, 1.0);
    if job.status == "failed" {
        let labels = [
            ("project", path),
            ("stage", stage),
            ("failure_reason", reason),
        ];
        all.add("labtower_job_failures_total", &labels, 1.0);
    }
    let named = [("project", path), ("stage", stage), ("job_name", &job.name)];
    if job.retried {
        all.add("labtower_job_retries_total", &named, 1.0);
    }
    let passed = |other: &TrueJob| other.name == job.name && other.status == "success";
    if job.retried && job.status == "failed" && pipeline.jobs.iter().any(passed) {
        all.add("labtower_job_flaky_total", &named, 1.0);
    }
    if let Some(seconds) = job.duration {
        let name = "labtower_job_duration_seconds";
        all.observe(name, &place, &DURATION_BOUNDS, seconds as f64);
    }
    if let Some(seconds) = job.queued_duration {
        let labels = [("project", path), ("tag_list", &tags)];
        all.observe(
            "labtower_job_queue_seconds",
            &labels,
            &QUEUE_BOUNDS,
            seconds,
        );
    }
}

/// Merge requests, commits and deployments.
fn recount_the_rest(world: &World) -> Numbers {
    let mut all = Recount::default();
    let truth = world.sim.truth();
    let delivery = world.sim.delivery();
    let paths: BTreeMap<u64, &str> = truth
        .projects
        .iter()
        .map(|project| (project.id, project.path_with_namespace.as_str()))
        .collect();
    for request in &truth.merge_requests {
        let path = paths[&request.project_id];
        all.add("gitlab_merge_requests_total", &[], 1.0);
        let state = ("state", request.state.as_str());
        all.add("gitlab_merge_requests_by_state", &[state], 1.0);
        all.add("labtower_merge_requests", &[("project", path), state], 1.0);
        if let Some(merged_at) = request.merged_at {
            let seconds = merged_at.as_second() - request.created_at.as_second();
            let labels = [("project", path)];
            let sum = "labtower_merge_request_cycle_seconds_sum";
            all.add(sum, &labels, seconds.max(0) as f64);
            all.add("labtower_merge_request_cycle_seconds_count", &labels, 1.0);
        }
    }
    for commit in &truth.commits {
        let id = commit.project_id.to_string();
        all.add("gitlab_commits_total", &[("project_id", &id)], 1.0);
    }
    let places: BTreeMap<u64, _> = delivery
        .environments
        .iter()
        .map(|place| (place.id, place))
        .collect();
    for deployment in &delivery.deployments {
        let place = places[&deployment.environment_id];
        let labels = [
            ("project", paths[&place.project_id]),
            ("environment", &place.name),
            ("tier", &place.tier),
            ("status", &deployment.status),
        ];
        if ["success", "failed", "canceled"].contains(&deployment.status.as_str()) {
            all.add("labtower_deployments_total", &labels, 1.0);
            if place.state != "stopped" {
                let count = "gitlab_ci_environment_deployment_count";
                all.add(count, &labels[..2], 1.0);
            }
        }
    }
    for (_, status) in &delivery.runners {
        all.add("runners", &[("status", status)], 1.0);
    }
    all.0
}

/// Fails unless every recounted family is told exactly so, but for those named in `lenient`: they may tell more.
fn assert_told(numbers: &Numbers, recount: &Numbers, lenient: &[&str]) {
    let families: BTreeSet<&str> = recount.keys().map(|(name, _)| name.as_str()).collect();
    let mut differences = Vec::new();
    for (series, value) in recount {
        let told = numbers.get(series).copied();
        let close = told.is_some_and(|told| {
            let more = lenient.iter().any(|name| series.0.starts_with(name));
            (told - value).abs() < 1e-6 * value.abs().max(1.0) || (more && told > *value)
        });
        if !close {
            differences.push(format!("{series:?}: told {told:?}, truth {value}"));
        }
    }
    for (series, value) in numbers {
        let (name, _) = series;
        let lenient = lenient.iter().any(|known| name.starts_with(known));
        // A label set that counts nothing any more, or an environment without deployments.
        let unseen = families.contains(name.as_str()) && !recount.contains_key(series);
        if unseen && *value != 0.0 && !lenient {
            differences.push(format!("{series:?}: told {value}, truth nothing"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        recount.len(),
        differences[..differences.len().min(12)].join("\n")
    );
}

fn sum(numbers: &Numbers, name: &str, wanted: impl Fn(&[(String, String)]) -> bool) -> f64 {
    numbers
        .iter()
        .filter(|((known, labels), _)| known == name && wanted(labels))
        .map(|(_, value)| value)
        .sum()
}

#[tokio::test]
async fn metrics_of_a_history_are_a_recount_of_the_truth_and_equal_the_api() {
    let world = world(Limits::default(), Faults::default()).await;
    world.sim.freeze();
    world.backfill().await;
    world.settle().await;
    let served = Served::of(&world).await;
    let numbers = served.numbers().await;
    assert_told(&numbers, &recount(&world.sim.truth()), &[]);

    let summary = served.json("/api/stats/summary").await;
    let runs = sum(&numbers, "labtower_pipeline_runs_total", |_| true);
    assert_eq!(summary["total_count"].as_f64(), Some(runs));
    for (status, field) in [("success", "success_count"), ("failed", "failed_count")] {
        let label = ("status".to_owned(), status.to_owned());
        let told = sum(&numbers, "labtower_pipeline_finished_total", |labels| {
            labels.contains(&label)
        });
        assert_eq!(summary[field].as_f64(), Some(told), "{field}");
    }
    for project in served.json("/api/stats/projects").await.as_array().unwrap() {
        let path = project["project_name"].as_str().unwrap().to_owned();
        let label = ("project".to_owned(), path);
        let told = sum(&numbers, "labtower_pipeline_runs_total", |labels| {
            labels.contains(&label)
        });
        assert_eq!(project["count"].as_f64(), Some(told), "{label:?}");
    }
}

#[tokio::test]
async fn metrics_after_an_hour_of_life_are_a_recount_of_the_truth() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    let served = Served::of(&world).await;
    let mut before = served.numbers().await;
    for step in 0..STEPS {
        world.sim.advance(STEP);
        world.poll().await;
        if step % 20 == 0 {
            let numbers = served.numbers().await;
            assert_never_falls(&before, &numbers);
            before = numbers;
        }
    }
    world.settle().await;
    let numbers = served.numbers().await;
    assert_never_falls(&before, &numbers);
    // A pipeline that was run anew has ended more than once, which its last state does not show.
    let ended_again = [
        "labtower_pipeline_finished_total",
        "labtower_pipeline_failures_total",
        "labtower_pipeline_duration_seconds",
        "labtower_pipeline_queue_seconds",
    ];
    assert_told(&numbers, &recount(&world.sim.truth()), &ended_again);
}

/// Counters and histograms only grow.
fn assert_never_falls(before: &Numbers, after: &Numbers) {
    for ((name, labels), value) in before {
        let counts = ["_total", "_bucket", "_sum", "_run_count"];
        if name.starts_with("labtower_api") || !counts.iter().any(|end| name.ends_with(end)) {
            continue;
        }
        let now = after.get(&(name.clone(), labels.clone())).copied();
        assert!(
            now.is_some_and(|now| now >= *value),
            "{name} {labels:?} fell from {value} to {now:?}"
        );
    }
}

#[tokio::test]
async fn merge_requests_commits_and_deployments_are_a_recount_of_the_truth() {
    let world = world(Limits::default(), Faults::default()).await;
    world.sim.freeze();
    world.backfill().await;
    for _ in 0..12 {
        world.sim.advance(Duration::from_secs(3600));
        world.poll().await;
        world.syncer.delivery_cycle().await.unwrap();
        match world.syncer.activity_cycle().await {
            Ok(_) | Err(SyncError::Gitlab(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    let served = Served::of(&world).await;
    let mut numbers = served.numbers().await;
    // Runners by status alone: the truth does not know their type.
    let runners: Vec<_> = numbers
        .iter()
        .filter(|((name, _), _)| name == "labtower_runners")
        .map(|((_, labels), value)| (labels[1..].to_vec(), *value))
        .collect();
    for (labels, value) in runners {
        *numbers.entry(("runners".to_owned(), labels)).or_default() += value;
    }
    let recount = recount_the_rest(&world);
    assert!(recount.len() > 40);
    assert_told(&numbers, &recount, &[]);
}
