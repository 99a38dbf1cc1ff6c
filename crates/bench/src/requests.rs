//! How many requests a backfill and an idle poll cost, by the simulator's own count.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Result;
use labtower_gitlab::{Client, ClientConfig};
use labtower_model::SystemClock;
use labtower_sim::{Sim, SimConfig};
use labtower_store::{Store, StoreOptions};
use labtower_sync::{SyncOptions, Syncer};
use serde_json::{Value, json};

/// The size of the world to read.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Projects in the simulated GitLab.
    #[arg(long, default_value_t = 1000)]
    projects: usize,
    /// Days of history.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// Pipelines a day and project, on average.
    #[arg(long, default_value_t = 4.0)]
    pipelines_per_day: f64,
}

/// Backfills a fresh store, freezes the world, polls until nothing runs any more, and counts one idle poll.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let config = SimConfig {
        projects: args.projects,
        days: args.days,
        pipelines_per_day: args.pipelines_per_day,
        ..SimConfig::default()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into()).await?;
    sim.freeze();
    let clock = Arc::new(SystemClock);
    let folder = tempfile::tempdir()?;
    let store = Store::open(
        &folder.path().join("pipelines.db"),
        &StoreOptions::default(),
        clock.clone(),
    )?;
    let client = Client::new(
        ClientConfig::new(sim.url().parse()?, sim.token().into()),
        clock.clone(),
    )?;
    let options = SyncOptions {
        groups: vec!["acme".to_owned()],
        archived: true,
        backfill_days: args.days + 1,
        ..SyncOptions::default()
    };
    let syncer = Syncer::new(client, store.clone(), options, clock);

    let started = std::time::Instant::now();
    let summary = syncer.once().await?;
    let seconds = started.elapsed().as_secs_f64();
    let spent: u64 = sim.requests().values().sum();
    let by_endpoint = sim.requests();

    let mut own: BTreeMap<u64, u64> = BTreeMap::new();
    let mut children: BTreeMap<u64, u64> = BTreeMap::new();
    for pipeline in sim.truth().pipelines {
        let is_child = pipeline.source.as_deref() == Some("parent_pipeline");
        let counts = if is_child { &mut children } else { &mut own };
        *counts.entry(pipeline.project_id).or_default() += 1;
    }
    let pages = |counts: &BTreeMap<u64, u64>| counts.values().map(|n| n.div_ceil(100)).sum::<u64>();
    let projects = summary.discovery.projects as u64;
    let reference = projects.div_ceil(100) + pages(&own) + pages(&children);

    let mut idle = Vec::new();
    for _ in 0..3 {
        sim.reset_requests();
        syncer.poll_cycle().await?;
        idle.push(sim.requests().values().sum::<u64>());
    }
    Ok(json!({
        "projects": projects,
        "pipelines": own.values().chain(children.values()).sum::<u64>(),
        "backfill_requests": spent,
        "backfill_reference": reference,
        "backfill_ratio": spent as f64 / reference as f64,
        "backfill_ratio_bar": 1.25,
        "backfill_seconds": seconds,
        "requests_by_endpoint": by_endpoint,
        "poll_requests": idle,
        "idle_poll_reference": projects.div_ceil(100),
    }))
}
