//! A real Prometheus that scrapes a labtower on the simulator: every panel and rule finds data.

use std::collections::BTreeSet;
use std::time::Duration;

use labtower_cli::RULES;
use labtower_cli::dashboards::{Question, dashboards};
use labtower_serve::metrics::families;
use labtower_sim::{Limits, SimConfig, Throttle};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::app::{App, PATIENCE, get, running};
use crate::prometheus::{Prometheus, installed, promtool};
use crate::rules::names;
use crate::webhooks;

/// A world in which a minute of a test is most of a day, so that something of everything happens.
fn busy_world() -> SimConfig {
    SimConfig {
        projects: 8,
        days: 3,
        pipelines_per_day: 40.0,
        clock: running(600.0),
        // So wide that it never holds anything up; what is left of it is told.
        limits: Limits {
            user: Some(Throttle {
                requests: 100_000,
                window: Duration::from_secs(60),
            }),
            ..Limits::default()
        },
        ..SimConfig::default()
    }
}

/// A question with Grafana's variables filled in: everything is chosen, and the time range is what there is.
fn filled(expression: &str) -> String {
    let mut filled = expression
        .replace("$__range", "1m")
        .replace("$__rate_interval", "1m");
    for name in ["project", "kind", "source", "stage", "tag_list", "tier"] {
        filled = filled.replace(&format!("\"${name}\""), "\".*\"");
    }
    assert!(
        !filled.contains("\"$") || filled.contains("\"$1\""),
        "{filled}"
    );
    filled
}

/// Whether an answer has a number in it.
fn has_number(series: &[Value]) -> bool {
    series.iter().any(|sample| {
        let text = sample["value"][1].as_str().unwrap();
        text.parse::<f64>().unwrap().is_finite()
    })
}

/// Asks until there is an answer; `false` when there is none in time.
async fn finds_data(prometheus: &Prometheus, expression: &str, until: Instant) -> bool {
    while !has_number(&prometheus.query(expression).await) {
        if Instant::now() > until {
            return false;
        }
        sleep(Duration::from_millis(500)).await;
    }
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_prometheus_finds_data_for_every_panel_and_rule() {
    let (Some(program), Some(tool)) = (installed("prometheus"), installed("promtool")) else {
        return;
    };
    let app = App::start_with(busy_world(), |options| {
        options.webhooks.token = Some(webhooks::TOKEN.into());
    })
    .await;
    app.ready().await;
    let unknown = serde_json::json!({"object_kind": "a_kind_of_tomorrow"});
    assert_eq!(webhooks::send(&app, &unknown).await, 200);
    let plain = reqwest::Client::builder().no_gzip().build().unwrap();
    let scrape = get(&plain, &format!("{}/metrics", app.service.url())).await;
    let checked = promtool(&tool, &["check", "metrics"], &scrape.text);
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    let url = app.service.url();
    let target = url.strip_prefix("http://").unwrap();
    // Groups with an interval of their own would keep us waiting.
    let rules = RULES.replace("    interval: 4m\n", "");
    assert_ne!(rules, RULES);
    let prometheus = Prometheus::start(&program, target, &rules).await;
    prometheus.until("labtower_build_info").await;

    let until = Instant::now() + PATIENCE;
    let mut empty = Vec::new();
    let questions: Vec<Question> = dashboards()
        .iter()
        .flat_map(|board| board.questions())
        .collect();
    for question in questions {
        let expression = filled(&question.expression);
        // A rare one must be a question that Prometheus takes, and no more.
        let patience = if question.rare { Instant::now() } else { until };
        if !finds_data(&prometheus, &expression, patience).await && !question.rare {
            empty.push(format!("{}: {expression}", question.panel));
        }
    }
    assert!(empty.is_empty(), "no data:\n{}", empty.join("\n"));

    rules_are_evaluated(&prometheus).await;
    rules_find_data(&prometheus).await;
    every_family_is_served(&prometheus).await;
    drop(prometheus);
    app.stop().await;
}

/// Families that this world has no reason to serve.
const ABSENT: [&str; 9] = [
    // Off unless switched on.
    "gitlab_ci_pipeline_test_case_execution_time",
    "gitlab_ci_pipeline_test_case_status",
    // There only while it matters.
    "labtower_backfill_eta_seconds",
    "labtower_series_dropped",
    "labtower_pipeline_failures_total",
    // Only with a sink.
    "labtower_sink_failures",
    "labtower_sink_lag_seconds",
    "labtower_sink_last_success_timestamp_seconds",
    "labtower_sink_rows_total",
];

/// Prometheus has been told of every family, with or without a series.
async fn every_family_is_served(prometheus: &Prometheus) {
    let began = Instant::now();
    loop {
        let answer = prometheus.api("metadata", &[]).await.json();
        let told = answer["data"].as_object().unwrap();
        let missing: Vec<&str> = families()
            .filter(|family| !told.contains_key(family.name))
            .filter(|family| !told.contains_key(family.openmetrics_name()))
            .map(|family| family.name)
            .filter(|name| !ABSENT.contains(name))
            .collect();
        if missing.is_empty() {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "not served: {missing:?}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Every rule was evaluated without an error.
async fn rules_are_evaluated(prometheus: &Prometheus) {
    let began = Instant::now();
    loop {
        let answer = prometheus.api("rules", &[]).await.json();
        let groups = answer["data"]["groups"].as_array().unwrap();
        let rules: Vec<&Value> = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().unwrap())
            .collect();
        assert!(rules.len() > 10, "{answer}");
        let waiting = rules.iter().any(|rule| rule["health"] == "unknown");
        if !waiting {
            for rule in rules {
                assert_eq!(rule["health"], "ok", "{rule}");
            }
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{answer}");
        sleep(Duration::from_millis(200)).await;
    }
}

/// Every record has a number, and every family an alert speaks of is there.
async fn rules_find_data(prometheus: &Prometheus) {
    let answer = prometheus.api("rules", &[]).await.json();
    let groups = answer["data"]["groups"].as_array().unwrap();
    let rules = groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap());
    let mut wanted = BTreeSet::new();
    for rule in rules {
        let name = rule["name"].as_str().unwrap();
        if rule["type"] == "recording" {
            wanted.insert(name);
        }
        let asked = names(rule["query"].as_str().unwrap());
        wanted.extend(asked.filter(|name| !ABSENT.contains(name)));
    }
    let until = Instant::now() + PATIENCE;
    for name in wanted {
        assert!(finds_data(prometheus, name, until).await, "{name}");
    }
}
