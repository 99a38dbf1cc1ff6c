//! Environments, deployments, schedules, runners and test reports equal the simulator's truth, and cost nothing when idle.

use std::{collections::BTreeMap, time::Duration};

use labtower_sim::{Faults, Limits, TestCounts, TrueDelivery};
use labtower_store::{Filter, Page, Reader, Store, StoreError};
use labtower_sync::SyncError;
use serde_json::{Value, json};

use crate::correctness::{STEP, STEPS, World, world};

const HOUR: Duration = Duration::from_secs(3600);

/// Rows by table and id.
type Facts = BTreeMap<(&'static str, i64), Value>;

impl World {
    /// One look at what belongs to pipelines, if the token is accepted.
    async fn deliver(&self) {
        match self.syncer.delivery_cycle().await {
            Ok(()) | Err(SyncError::Gitlab(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Looks again and again while the world stands still, until nothing is left to retry.
    async fn deliver_all(&self) {
        for _ in 0..12 {
            self.sim.advance(STEP * 10);
            self.poll().await;
            self.deliver().await;
        }
    }
}

async fn live_an_hour(faults: Faults) {
    let world = world(Limits::default(), faults).await;
    world.backfill().await;
    for _ in 0..STEPS {
        world.sim.advance(STEP);
        world.poll().await;
        world.deliver().await;
    }
    world.settle().await;
    world.deliver_all().await;
    let truth = true_facts(&world.sim.delivery());
    assert_same(
        &world.store.read(stored_facts).unwrap(),
        &truth,
        &["test report", "suite", "artifacts"],
    );
    // Environments of projects that had none are looked for once an hour.
    world.sim.advance(HOUR);
    world.deliver_all().await;
    assert_same(
        &world.store.read(stored_facts).unwrap(),
        &truth,
        &["deployment"],
    );
    // Lists without a sign of change are read once a day.
    world.sim.advance(HOUR * 25);
    world.deliver_all().await;
    let tables = [
        "environment",
        "deployment",
        "schedule",
        "runner",
        "test report",
        "suite",
        "artifacts",
    ];
    assert_same(&world.store.read(stored_facts).unwrap(), &truth, &tables);
    for table in tables {
        let rows = truth.keys().filter(|(name, _)| *name == table).count();
        assert!(rows > 0, "the world has no {table}");
    }
}

#[tokio::test]
async fn delivery_equals_the_truth_after_an_hour() {
    live_an_hour(Faults::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn delivery_equals_the_truth_after_an_hour_of_every_kind_of_failure() {
    let lives: Vec<_> = Faults::scenarios()
        .iter()
        .map(|(name, faults)| (name, tokio::spawn(live_an_hour(faults.clone()))))
        .collect();
    for (name, life) in lives {
        assert!(life.await.is_ok(), "scenario `{name}`");
    }
}

#[tokio::test]
async fn cycles_that_are_broken_off_anywhere_lose_nothing() {
    let faults = Faults {
        latency: Duration::from_millis(3),
        ..Faults::default()
    };
    let world = world(Limits::default(), faults).await;
    for cut in 0..30 {
        let _ = tokio::time::timeout(Duration::from_millis(cut * 40), world.syncer.once()).await;
    }
    world.backfill().await;
    for cut in 0..STEPS as u64 {
        world.sim.advance(STEP);
        world.poll().await;
        let life = Duration::from_millis(cut * 7 % 90);
        // Whether it ended by itself does not matter.
        let _ = tokio::time::timeout(life, world.deliver()).await;
    }
    world.settle().await;
    world.sim.advance(HOUR);
    world.deliver_all().await;
    let truth = true_facts(&world.sim.delivery());
    let stored = world.store.read(stored_facts).unwrap();
    assert_same(&stored, &truth, &["deployment", "test report", "suite"]);
}

#[tokio::test]
async fn idle_cycle_asks_nothing_and_writes_nothing() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.settle().await;
    world.deliver_all().await;
    world.sim.reset_requests();
    let generation = world.store.generation();
    for _ in 0..10 {
        world.sim.advance(STEP);
        world.deliver().await;
    }
    world.assert_idle_since(generation);
}

#[tokio::test]
async fn steady_life_costs_few_requests() {
    let world = world(Limits::default(), Faults::default()).await;
    world.backfill().await;
    world.sim.reset_requests();
    for _ in 0..STEPS {
        world.sim.advance(STEP);
        world.poll().await;
    }
    let polls: u64 = world.sim.requests().values().sum();
    world.sim.reset_requests();
    for _ in 0..STEPS {
        world.sim.advance(STEP);
        world.poll().await;
        world.deliver().await;
    }
    let all: u64 = world.sim.requests().values().sum();
    // Every project of this small world is busy: several pipelines an hour, with deployments.
    assert!(all < polls * 3, "{polls} became {all}");
}

/// Fails unless every finished pipeline has its true test report.
pub(crate) fn assert_reports_equal_truth(store: &Store, truth: &TrueDelivery) {
    let stored = store.read(stored_facts).unwrap();
    assert_same(&stored, &true_facts(truth), &["test report", "suite"]);
}

fn stored_facts(reader: &Reader<'_>) -> Result<Facts, StoreError> {
    let mut facts = Facts::new();
    for row in reader.environments()? {
        let fact = json!({ "project": row.project_id, "name": row.name, "state": row.state, "tier": row.tier });
        facts.insert(("environment", row.id.get()), fact);
    }
    let from = jiff::Timestamp::UNIX_EPOCH;
    for row in reader.deployments(from, jiff::Timestamp::MAX)? {
        let fact = json!({
            "iid": row.iid, "project": row.project_id, "environment": row.environment_id, "status": row.status,
            "ref": row.ref_name, "sha": row.sha, "created": row.created_at, "updated": row.updated_at,
            "finished": row.finished_at, "job": row.job_id, "pipeline": row.pipeline_id,
        });
        facts.insert(("deployment", row.id.get()), fact);
    }
    for row in reader.pipeline_schedules()? {
        let fact = json!({
            "project": row.project_id, "description": row.description, "active": row.active,
            "next": row.next_run_at, "last": row.last_pipeline_id,
        });
        facts.insert(("schedule", row.id.get()), fact);
    }
    for row in reader.runners()? {
        let looked_at = row.details.is_some();
        let fact = json!({ "status": row.runner.status, "looked at": looked_at });
        facts.insert(("runner", row.runner.id.get()), fact);
    }
    let mut page = Page {
        limit: 1000,
        before: None,
    };
    loop {
        let rows = reader.pipelines(&Filter::default(), &page)?;
        let Some(last) = rows.last() else { break };
        page.before = Some((last.created_at, last.id.get()));
        for row in rows {
            let Some(report) = reader.test_report(row.id)? else {
                continue;
            };
            // A pipeline that was retried keeps the report of its first end until its second.
            if !["success", "failed", "canceled", "skipped"].contains(&row.status.as_str()) {
                continue;
            }
            let id = row.id.get();
            facts.insert(("test report", id), json!(report.total));
            let suites: Vec<_> = report
                .suites
                .iter()
                .map(|suite| json!([suite.name, suite.counts]))
                .collect();
            facts.insert(("suite", id), json!(suites));
            let artifacts = reader.artifacts_of(row.id)?;
            let sizes: Vec<_> = artifacts.iter().map(|one| (one.job_id, one.size)).collect();
            facts.insert(("artifacts", id), json!(sizes));
        }
    }
    Ok(facts)
}

fn true_facts(truth: &TrueDelivery) -> Facts {
    let mut facts = Facts::new();
    let id = u64::cast_signed;
    for row in &truth.environments {
        let fact = json!({ "project": row.project_id, "name": row.name, "state": row.state, "tier": row.tier });
        facts.insert(("environment", id(row.id)), fact);
    }
    for row in &truth.deployments {
        let fact = json!({
            "iid": row.iid, "project": row.project_id, "environment": row.environment_id, "status": row.status,
            "ref": row.ref_name, "sha": row.sha, "created": row.created_at, "updated": row.updated_at,
            "finished": row.finished_at, "job": row.job_id, "pipeline": row.pipeline_id,
        });
        facts.insert(("deployment", id(row.id)), fact);
    }
    for row in &truth.schedules {
        let fact = json!({
            "project": row.project_id, "description": row.description, "active": row.active,
            "next": row.next_run_at, "last": row.last_pipeline_id,
        });
        facts.insert(("schedule", id(row.id)), fact);
    }
    for (runner, status) in &truth.runners {
        facts.insert(
            ("runner", id(*runner)),
            json!({ "status": status, "looked at": true }),
        );
    }
    for row in &truth.test_reports {
        facts.insert(("test report", id(row.pipeline_id)), json!(row.total));
        let suites: Vec<(String, TestCounts)> = row.suites.clone();
        facts.insert(("suite", id(row.pipeline_id)), json!(suites));
        facts.insert(("artifacts", id(row.pipeline_id)), json!(row.artifacts));
    }
    facts
}

/// Fails unless these tables hold the same rows.
fn assert_same(stored: &Facts, truth: &Facts, tables: &[&str]) {
    let mut differences = Vec::new();
    for (key, fact) in truth.iter().filter(|(key, _)| tables.contains(&key.0)) {
        match stored.get(key) {
            None => differences.push(format!("lost {key:?}: {fact}")),
            Some(found) if found != fact => {
                differences.push(format!("{key:?}\n  stored {found}\n  truth  {fact}"));
            }
            Some(_) => {}
        }
    }
    for (key, fact) in stored.iter().filter(|(key, _)| tables.contains(&key.0)) {
        if !truth.contains_key(key) {
            differences.push(format!("invented {key:?}: {fact}"));
        }
    }
    assert!(
        differences.is_empty(),
        "{} differences:\n{}",
        differences.len(),
        differences[..differences.len().min(10)].join("\n")
    );
}
