//! What is left out, and that it is told.
#![expect(
    clippy::float_cmp,
    reason = "these numbers are whole, and stay what they were written as"
)]

use std::sync::Arc;

use labtower_model::{PipelineId, RefKind, samples};
use labtower_serve::metrics::Switch;
use labtower_serve::{MetricsOptions, ServeOptions};
use labtower_store::{Batch, SyncUpdate};

use super::parse::{Read, parse};
use super::world::{app, everything, write};
use crate::app::TestApp;
use crate::samples::{SHOP, WEB, now};

async fn told(app: &TestApp) -> Vec<Read> {
    parse(app.get("/metrics").await.text(), false)
}

fn family<'r>(told: &'r [Read], name: &str) -> Option<&'r Read> {
    told.iter().find(|family| family.name == name)
}

/// The values of a label in a family, sorted, once each.
fn values<'r>(told: &'r [Read], name: &str, label: &str) -> Vec<&'r str> {
    let samples = family(told, name).map_or(&[][..], |family| &family.samples);
    let mut values: Vec<&str> = samples
        .iter()
        .flat_map(|sample| &sample.labels)
        .filter(|(name, _)| name == label)
        .map(|(_, value)| value.as_str())
        .collect();
    values.sort_unstable();
    values.dedup();
    values
}

#[tokio::test]
async fn a_family_at_its_limit_keeps_the_newest_refs_and_tells_what_it_dropped() {
    let mut options = everything();
    options.metrics.max_series = 20;
    let told_all = told(&app(everything()).await).await;
    let all = family(&told_all, "gitlab_ci_pipeline_id").unwrap();
    let refs = all.samples.len();
    assert!(refs > 5);
    options.metrics.max_series = 5;
    let told = told(&app(options).await).await;
    assert_eq!(
        family(&told, "gitlab_ci_pipeline_id")
            .unwrap()
            .samples
            .len(),
        5
    );
    // The oldest pipelines are those of January's projects, the newest run now.
    assert!(values(&told, "gitlab_ci_pipeline_id", "ref").contains(&"topic/new"));
    let dropped = family(&told, "labtower_series_dropped").unwrap();
    let of = |name: &str| {
        let mut samples = dropped.samples.iter();
        let found = samples.find(|sample| sample.labels[0].1 == name);
        found.map(|sample| sample.value)
    };
    assert_eq!(of("gitlab_ci_pipeline_id"), Some((refs - 5) as f64));
    // A histogram that has no room for one row has none at all.
    assert!(family(&told, "labtower_job_duration_seconds").is_none());
    assert!(of("labtower_job_duration_seconds").is_some());
    assert_eq!(of("gitlab_project_count"), None);
}

#[tokio::test]
async fn switches_and_single_families_can_be_turned_off() {
    let mut options = everything();
    options.metrics.switches = [Switch::Pipelines, Switch::Labtower].into();
    options.metrics.disabled = vec!["gitlab_ci_pipeline_coverage".to_owned()];
    let told = told(&app(options).await).await;
    assert!(family(&told, "gitlab_ci_pipeline_id").is_some());
    assert!(family(&told, "gitlab_ci_pipeline_coverage").is_none());
    assert!(family(&told, "gitlab_ci_pipeline_job_id").is_none());
    let collectors = values(&told, "labtower_collector_success", "collector");
    assert_eq!(collectors, ["labtower", "pipelines"]);
}

#[tokio::test]
async fn refs_are_told_by_default_as_the_exporter_does() {
    let app = app(ServeOptions::default()).await;
    let told = told(&app).await;
    assert_eq!(
        values(&told, "gitlab_ci_pipeline_id", "ref"),
        ["main", "v1.0"]
    );
    assert_eq!(values(&told, "gitlab_ci_pipeline_id", "topics"), ["rust"]);
    assert!(family(&told, "gitlab_ci_pipeline_test_case_status").is_none());
    // One series for each ref, whatever the sources of its pipelines were.
    let ids = family(&told, "gitlab_ci_pipeline_id").unwrap();
    assert_eq!(ids.samples.len(), 4);
    // But the runs count under their source.
    let sources = values(&told, "gitlab_ci_pipeline_run_count", "source");
    assert_eq!(sources, ["", "push", "schedule"]);
}

#[tokio::test]
async fn old_refs_end_and_default_branches_stay() {
    let mut options = everything();
    options.metrics.ref_max_age = Some(std::time::Duration::from_secs(86_400));
    let app = app(options).await;
    let told = told(&app).await;
    let refs = values(&told, "gitlab_ci_pipeline_id", "ref");
    // The pipelines of `feature/x` and `v1.0` are days old, that of `main` in the web project 40 days.
    assert_eq!(refs, ["5", "main", "release", "topic/new"]);
    let projects = values(&told, "gitlab_ci_pipeline_status", "project");
    assert!(projects.contains(&"platform/web"));
}

#[tokio::test]
async fn merge_request_is_one_ref_whatever_its_pipelines_are_called() {
    let told = told(&app(everything()).await).await;
    let of = |name: &str| {
        let samples = &family(&told, name).unwrap().samples;
        let mut found = samples.iter().filter(|sample| {
            let kind = ("kind".to_owned(), "merge-request".to_owned());
            sample.labels.contains(&kind)
        });
        let sample = found.next().unwrap();
        assert!(found.next().is_none(), "{name}");
        sample.value
    };
    assert_eq!(of("gitlab_ci_pipeline_id"), 2001.0);
    assert_eq!(of("gitlab_ci_pipeline_run_count"), 2.0);
}

#[tokio::test]
async fn status_is_sparse_or_not() {
    let mut options = everything();
    options.metrics.sparse_status = false;
    let dense = told(&app(options).await).await;
    let sparse = told(&app(everything()).await).await;
    let total = |told: &[Read], name: &str| {
        let samples = &family(told, name).unwrap().samples;
        (
            samples.len(),
            samples.iter().map(|one| one.value).sum::<f64>(),
        )
    };
    for name in ["gitlab_ci_pipeline_status", "gitlab_ci_pipeline_job_status"] {
        let (series, sum) = total(&sparse, name);
        assert_eq!(series as f64, sum);
        assert_eq!(total(&dense, name), (series * 13, sum), "{name}");
    }
    let warned = values(&sparse, "gitlab_ci_pipeline_status", "status");
    assert!(warned.contains(&"success_with_warnings"), "{warned:?}");
}

#[tokio::test]
async fn series_end_with_their_project() {
    let app = app(everything()).await;
    app.write(Batch {
        sync: vec![SyncUpdate::Missing {
            project_id: WEB,
            at: now(),
        }],
        ..Batch::default()
    })
    .await;
    let told = told(&app).await;
    for family in &told {
        for sample in &family.samples {
            let gone = sample
                .labels
                .iter()
                .any(|(_, value)| value == "platform/web");
            assert!(!gone, "{sample:?}");
        }
    }
    assert_eq!(
        family(&told, "gitlab_project_count").unwrap().samples[0].value,
        2.0
    );
}

#[tokio::test]
async fn projects_not_allowed_have_no_series_but_count() {
    let mut options = everything();
    options.metrics.project_allowed = Arc::new(|path| path.starts_with("apps/"));
    let told = told(&app(options).await).await;
    assert_eq!(
        values(&told, "gitlab_ci_pipeline_id", "project"),
        ["apps/shop"]
    );
    assert_eq!(
        values(&told, "labtower_pipeline_runs_total", "project"),
        ["apps/shop"]
    );
    assert_eq!(
        family(&told, "gitlab_project_count").unwrap().samples[0].value,
        3.0
    );
    assert_eq!(
        family(&told, "gitlab_merge_requests_total")
            .unwrap()
            .samples[0]
            .value,
        4.0
    );
}

#[tokio::test]
async fn nothing_on_data_is_told_before_the_history_is_complete() {
    let app = TestApp::with_options(ServeOptions::default());
    app.write(crate::samples::data()).await;
    let before = told(&app).await;
    assert!(
        before
            .iter()
            .all(|family| family.name.starts_with("labtower_"))
    );
    let complete = family(&before, "labtower_history_complete").unwrap();
    assert_eq!(complete.samples[0].value, 0.0);
    assert!(family(&before, "labtower_pipeline_runs_total").is_none());
    write(&app).await;
    assert!(family(&told(&app).await, "labtower_pipeline_runs_total").is_some());
}

#[tokio::test]
async fn a_new_pipeline_is_told_at_the_next_scrape() {
    let app = app(everything()).await;
    let runs = |told: &[Read]| {
        let family = family(told, "labtower_pipeline_runs_total").unwrap();
        family.samples.iter().map(|one| one.value).sum::<f64>()
    };
    let before = runs(&told(&app).await);
    let mut unit = samples::pipeline_with_jobs();
    unit.pipeline.id = PipelineId(9000);
    unit.pipeline.project_id = SHOP;
    unit.pipeline.ref_kind = RefKind::Tag;
    unit.jobs.clear();
    app.write(Batch {
        pipelines: vec![unit],
        ..Batch::default()
    })
    .await;
    assert_eq!(runs(&told(&app).await), before + 1.0);
}

#[tokio::test]
async fn counters_say_when_they_began_if_one_wants_that() {
    let mut options = everything();
    options.metrics = MetricsOptions {
        created: true,
        ..options.metrics
    };
    let app = app(options).await;
    let accept = [("accept", "application/openmetrics-text")];
    let answer = app.send("GET", "/metrics", &accept).await;
    let told = parse(answer.text(), true);
    for name in [
        "labtower_pipeline_runs",
        "labtower_pipeline_duration_seconds",
    ] {
        let samples = &family(&told, name).unwrap().samples;
        let created = format!("{name}_created");
        let mut created = samples.iter().filter(|sample| sample.name == created);
        let at = created.next().unwrap().value;
        assert_eq!(at, now().as_second() as f64);
    }
    assert!(!app.get("/metrics").await.text().contains("_created"));
}
