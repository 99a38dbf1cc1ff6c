//! The store equals the simulator's truth after a backfill and an hour of life, whatever goes wrong on the way.

use std::{sync::Arc, time::Duration};

use labtower_gitlab::{Client, ClientConfig};
use labtower_model::samples::at;
use labtower_sim::{Faults, Limits, Sim, SimClock, SimConfig, Throttle};
use labtower_store::{Store, StoreOptions};
use labtower_sync::{FailureOptions, SyncError, SyncOptions, Syncer};

use crate::{app::WorldClock, truth::assert_store_equals_truth};

/// Two polls are this far apart, in the simulator's time.
pub(crate) const STEP: Duration = Duration::from_secs(30);

/// Polls in an hour.
pub(crate) const STEPS: usize = 120;

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) syncer: Syncer,
    pub(crate) store: Store,
    _folder: tempfile::TempDir,
}

/// A world whose failures are left alone: that is another test's matter, and costs time.
pub(crate) async fn world(limits: Limits, faults: Faults) -> World {
    let failures = FailureOptions {
        enabled: false,
        ..FailureOptions::default()
    };
    world_with(limits, faults, failures).await
}

pub(crate) async fn world_with(limits: Limits, faults: Faults, failures: FailureOptions) -> World {
    let config = SimConfig {
        seed: 7,
        projects: 30,
        days: 4,
        pipelines_per_day: 12.0,
        clock: SimClock::Manual { start: at(0) },
        limits,
        faults,
        ..SimConfig::default()
    };
    let sim = Sim::start(config, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(WorldClock(sim.clone()));
    let path = folder.path().join("pipelines.db");
    let store = Store::open(&path, &StoreOptions::default(), clock.clone()).unwrap();
    let client = ClientConfig::new(sim.url().parse().unwrap(), sim.token().into());
    let options = SyncOptions {
        groups: vec!["acme".to_owned()],
        archived: true,
        backfill_days: 4,
        failures,
        ..SyncOptions::default()
    };
    let client = Client::new(client, clock.clone()).unwrap();
    World {
        syncer: Syncer::new(client, store.clone(), options, clock),
        sim,
        store,
        _folder: folder,
    }
}

impl World {
    pub(crate) async fn backfill(&self) {
        loop {
            match self.syncer.once().await {
                Ok(mut summary) => {
                    // Parts that failed are due again later than this loop runs.
                    summary.delivery_failed = 0;
                    if !summary.is_partial() {
                        return;
                    }
                }
                Err(SyncError::Gitlab(_)) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    pub(crate) async fn poll(&self) {
        match self.syncer.poll_cycle().await {
            Ok(_) | Err(SyncError::Gitlab(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// Fails if anything was asked of GitLab since its counts began anew, or written since this generation.
    pub(crate) fn assert_idle_since(&self, generation: u64) {
        let requests = self.sim.requests().into_iter();
        let requests: Vec<_> = requests.filter(|(_, count)| *count > 0).collect();
        assert_eq!(requests, []);
        assert_eq!(self.store.generation(), generation);
    }

    /// Time goes on while nothing changes, until late rows have come in and a poll found nothing to fail.
    pub(crate) async fn settle(&self) {
        self.sim.freeze();
        let mut clean = 0;
        while clean < 6 {
            self.sim.advance(STEP);
            match self.syncer.poll_cycle().await {
                Ok(cycle) if cycle.failed == 0 => clean += 1,
                Ok(_) | Err(SyncError::Gitlab(_)) => clean = 0,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

async fn live_an_hour(limits: Limits, faults: Faults) {
    let world = world(limits, faults).await;
    world.backfill().await;
    let before = world.store.read(|reader| reader.totals()).unwrap();
    for _ in 0..STEPS {
        world.sim.advance(STEP);
        world.poll().await;
    }
    world.settle().await;
    let after = world.store.read(|reader| reader.totals()).unwrap();
    assert!(
        after.pipelines > before.pipelines,
        "an hour brings pipelines"
    );
    assert_store_equals_truth(&world.store, &world.sim.truth());
}

async fn live_through(scenario: &str) {
    let (_, faults) = Faults::scenarios()
        .iter()
        .find(|(name, _)| *name == scenario)
        .unwrap_or_else(|| panic!("no scenario `{scenario}`"));
    live_an_hour(Limits::default(), faults.clone()).await;
}

/// A test for each named scenario, so that they run side by side and fail by name.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            live_through(stringify!($name)).await;
        })*

        #[test]
        fn every_scenario_is_lived_through() {
            let tested = [$(stringify!($name)),*];
            for (name, _) in Faults::scenarios() {
                assert!(tested.contains(name), "scenario `{name}` has no test");
            }
        }
    };
}

#[tokio::test]
async fn limits() {
    let limits = Limits {
        user: Some(Throttle {
            requests: 40,
            window: Duration::from_secs(1),
        }),
        ..Limits::default()
    };
    live_an_hour(limits, Faults::default()).await;
}

scenarios! {
    none latency too_many_requests server_errors resets truncated malformed slow_bodies clock_ahead clock_behind
    late_rows duplicated_pages shifted_pages graphql_timeouts webhooks everything
}
