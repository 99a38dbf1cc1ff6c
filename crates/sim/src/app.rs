//! The running simulator: what every handler shares.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::clock::Clock;
use crate::config::{Faults, SimConfig};
use crate::count::Counter;
use crate::graphql::{self, GitLabSchema, Scorer};
use crate::limit::Limiter;
use crate::resources::{Made, Webhooks};
use crate::world::{Moment, Time, World, WorldSize};

/// State of every handler.
pub(crate) type App = Arc<Simulation>;

/// The world, its clock, and everything around it.
pub(crate) struct Simulation {
    pub(crate) config: SimConfig,
    pub(crate) counter: Counter,
    /// GraphQL queries by their names.
    pub(crate) operations: Counter,
    pub(crate) limiter: Limiter,
    /// Scheme, host and port, then the relative root: `http://127.0.0.1:4000/gitlab`.
    pub(crate) url: String,
    pub(crate) schema: GitLabSchema,
    pub(crate) scorer: Scorer,
    clock: Clock,
    world: RwLock<World>,
    faults: RwLock<Arc<Faults>>,
    frozen: RwLock<Option<Time>>,
    requests: AtomicU64,
    /// Issues that callers made.
    pub(crate) made: Made,
    /// Hooks that callers made.
    pub(crate) webhooks: Webhooks,
}

impl Simulation {
    /// Makes the world; `url` is where it will be served.
    pub(crate) fn new(config: SimConfig, url: String) -> Self {
        let clock = Clock::new(config.clock);
        let skew = config.faults.clock_skew.as_millis() as i64;
        let world = World::new(&WorldSize {
            seed: config.seed,
            projects: config.projects,
            days: config.days,
            pipelines_per_day: config.pipelines_per_day,
            jobs_per_pipeline: config.jobs_per_pipeline,
            archived_projects: config.archived_projects,
            shared_projects: config.shared_projects,
            start: clock.start().plus(skew),
        });
        let schema = graphql::schema();
        Self {
            scorer: Scorer::new(&schema.sdl()),
            schema,
            counter: Counter::default(),
            operations: Counter::default(),
            limiter: Limiter::new(config.limits.clone()),
            url,
            clock,
            world: RwLock::new(world),
            faults: RwLock::new(Arc::new(config.faults.clone())),
            frozen: RwLock::new(None),
            requests: AtomicU64::new(0),
            made: Made::default(),
            webhooks: Webhooks::default(),
            config,
        }
    }

    /// GitLab's clock: skewed if so configured.
    pub(crate) fn now(&self) -> Time {
        self.clock
            .now()
            .plus(self.faults().clock_skew.as_millis() as i64)
    }

    /// The world as it is now.
    pub(crate) fn moment(&self) -> Moment<'_> {
        self.moment_at(self.now())
    }

    /// The world as it was at `now`, which is not in the future.
    pub(crate) fn moment_at(&self, now: Time) -> Moment<'_> {
        let frozen = self.frozen();
        let until = frozen.map_or(now, |frozen| frozen.min(now));
        let late = self.faults().late_rows.as_millis() as i64;
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        if world.next_event().is_none_or(|next| next > until) {
            return Moment::new(world, now, frozen, late);
        }
        drop(world);
        self.world
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .play(until);
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        Moment::new(world, now, frozen, late)
    }

    /// Moves the clock on; the world lives up to the new time.
    pub(crate) fn advance(&self, by: std::time::Duration) {
        self.clock.advance(by);
        drop(self.moment());
        self.webhooks.bell.notify_one();
    }

    /// Renames or moves a project.
    pub(crate) fn move_project(&self, id: u64, to: &str) -> bool {
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        world.move_project(id, to)
    }

    /// Stops the world (not the clock).
    pub(crate) fn freeze(&self) {
        let now = self.now();
        self.frozen
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(now);
    }

    /// A number for the next request.
    pub(crate) fn next_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts from nothing again.
    pub(crate) fn reset_requests(&self) {
        self.counter.reset();
        self.operations.reset();
    }

    /// What currently goes wrong.
    pub(crate) fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what goes wrong.
    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(faults);
    }

    fn frozen(&self) -> Option<Time> {
        *self.frozen.read().unwrap_or_else(PoisonError::into_inner)
    }
}
