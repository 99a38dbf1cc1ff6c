//! Tables to text, against a copy of that text.

use std::hint::black_box;
use std::time::Instant;

use labtower_serve::metrics::{Format, Table, WriteOptions, write};
use serde_json::{Value, json};

use super::quantile;

/// Families over the same label sets, as those of refs and jobs are.
const FAMILIES: [&str; 20] = [
    "gitlab_ci_pipeline_coverage",
    "gitlab_ci_pipeline_duration_seconds",
    "gitlab_ci_pipeline_id",
    "gitlab_ci_pipeline_queued_duration_seconds",
    "gitlab_ci_pipeline_timestamp",
    "gitlab_ci_pipeline_run_count",
    "gitlab_ci_pipeline_job_duration_seconds",
    "gitlab_ci_pipeline_job_id",
    "gitlab_ci_pipeline_job_queued_duration_seconds",
    "gitlab_ci_pipeline_job_timestamp",
    "gitlab_ci_pipeline_test_report_total_time",
    "gitlab_ci_pipeline_test_report_total_count",
    "gitlab_ci_pipeline_test_report_failed_count",
    "gitlab_ci_environment_deployment_duration_seconds",
    "gitlab_ci_environment_deployment_job_id",
    "gitlab_ci_environment_deployment_timestamp",
    "labtower_pipeline_runs_total",
    "labtower_job_runs_total",
    "labtower_merge_requests",
    "labtower_pipelines",
];

pub(super) fn run(series: usize, rounds: usize) -> Value {
    let options = WriteOptions {
        format: Format::Prometheus,
        max_series: usize::MAX,
        disabled: Vec::new(),
        created: None,
    };
    let tables = [table(series / FAMILIES.len())];
    let mut body = Vec::new();
    write(&mut body, &tables, &options);
    let mut copy = vec![0; body.len()];
    let mut out = Vec::with_capacity(body.len());
    let (mut copies, mut renders, mut fresh) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        copies.push(milliseconds(|| {
            copy.copy_from_slice(black_box(&body));
            black_box(&copy);
        }));
        renders.push(milliseconds(|| {
            out.clear();
            write(&mut out, black_box(&tables), &options);
            black_box(&out);
        }));
        fresh.push(milliseconds(|| {
            let mut out = Vec::new();
            write(&mut out, black_box(&tables), &options);
            black_box(&out);
        }));
    }
    for times in [&mut copies, &mut renders, &mut fresh] {
        times.sort_by(f64::total_cmp);
    }
    let (copy, render) = (quantile(&copies, 0.5), quantile(&renders, 0.5));
    json!({
        "series": series,
        "bytes": body.len(),
        "copy_ms": copy,
        "render_ms": render,
        "render_into_a_new_buffer_ms": quantile(&fresh, 0.5),
        "render_per_copy": render / copy,
    })
}

fn table(rows: usize) -> Table {
    let mut table = Table::new(&FAMILIES);
    for row in 0..rows {
        let project = format!("org/team-{}/service-{row}", row % 97);
        let labels = table.row().pair("project", &project);
        labels.pair("kind", "branch").pair("ref", "main");
        labels.pair("source", "push");
        for column in 0..FAMILIES.len() {
            let value = match column % 4 {
                0 => (row % 100) as f64 + 0.25,
                1 => (row % 3600) as f64,
                2 => (row * 31 + 1_000_000) as f64,
                _ => (row + 1_795_176_000) as f64,
            };
            table.set(column, Some(value));
        }
    }
    table
}

fn milliseconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64() * 1000.0
}
