//! How many requests a backfill and an idle poll cost, by the simulator's own count.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use anyhow::{Result, ensure};
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

/// Pipelines a day and project of a GitLab where nothing runs most of the time.
const IDLE_PIPELINES_PER_DAY: f64 = 0.001;

/// Backfills a large world, then polls one where nothing happens.
pub(crate) async fn run(args: &Args) -> Result<Value> {
    let world = World::start(args.projects, args.days, args.pipelines_per_day).await?;
    let started = Instant::now();
    let (discovery, failed) = world.syncer.history().await?;
    let seconds = started.elapsed().as_secs_f64();
    ensure!(failed.is_empty(), "projects failed: {failed:?}");
    let by_endpoint = world.sim.requests();
    let spent: u64 = by_endpoint.values().sum();

    let mut own: BTreeMap<u64, u64> = BTreeMap::new();
    let mut children: BTreeMap<u64, u64> = BTreeMap::new();
    for pipeline in world.sim.truth().pipelines {
        let is_child = pipeline.source.as_deref() == Some("parent_pipeline");
        let counts = if is_child { &mut children } else { &mut own };
        *counts.entry(pipeline.project_id).or_default() += 1;
    }
    let pages = |counts: &BTreeMap<u64, u64>| counts.values().map(|n| n.div_ceil(100)).sum::<u64>();
    let batches = (discovery.projects as u64).div_ceil(100);
    let reference = batches + pages(&own) + pages(&children);

    let idle = World::start(args.projects, 1, IDLE_PIPELINES_PER_DAY).await?;
    idle.syncer.once().await?;
    idle.syncer.activity_backfill().await?;
    idle.sim.reset_requests();
    idle.syncer.poll_cycle().await?;
    let polled: u64 = idle.sim.requests().values().sum();
    idle.syncer.activity_cycle().await?;
    let with_activity: u64 = idle.sim.requests().values().sum();
    let running = idle.store.read(|reader| reader.running_pipelines())?.len();
    Ok(json!({
        "projects": discovery.projects,
        "pipelines": own.values().chain(children.values()).sum::<u64>(),
        "backfill_requests": spent,
        "backfill_reference": reference,
        "backfill_ratio": spent as f64 / reference as f64,
        "backfill_ratio_bar": 1.25,
        "backfill_seconds": seconds,
        "requests_by_endpoint": by_endpoint,
        "idle_poll_requests": polled,
        "idle_poll_bar": batches,
        "idle_poll_running_pipelines": running,
        "idle_poll_with_activity_requests": with_activity,
        "idle_poll_with_activity_bar": 2 * batches,
    }))
}

struct World {
    sim: Sim,
    syncer: Syncer,
    store: Store,
    _folder: tempfile::TempDir,
}

impl World {
    /// A world that stands still from its start, and an empty store to read it into.
    async fn start(projects: usize, days: u32, pipelines_per_day: f64) -> Result<Self> {
        let config = SimConfig {
            projects,
            days,
            pipelines_per_day,
            ..SimConfig::default()
        };
        let sim = Sim::start(config, ([127, 0, 0, 1], 0).into()).await?;
        sim.freeze();
        let clock = Arc::new(SystemClock);
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("pipelines.db");
        let store = Store::open(&path, &StoreOptions::default(), clock.clone())?;
        let config = ClientConfig::new(sim.url().parse()?, sim.token().into());
        let client = Client::new(config, clock.clone())?;
        let options = SyncOptions {
            groups: vec!["acme".to_owned()],
            archived: true,
            backfill_days: days + 1,
            ..SyncOptions::default()
        };
        Ok(Self {
            syncer: Syncer::new(client, store.clone(), options, clock),
            sim,
            store,
            _folder: folder,
        })
    }
}
