//! The task that looks at what happened and tells it.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::body::{body, branch};
use super::deliver::{Delivery, deliver};
use super::happening::{Happening, What};
use super::hook::{Hook, Owner};
use super::registry::Tally;
use super::stories::Stories;
use super::trigger::Trigger;
use super::watch::Watch;
use crate::app::{App, Simulation};
use crate::world::{Moment, Time};

/// Between two looks, unless somebody moves the clock: real time.
const TICK: Duration = Duration::from_millis(100);

/// Webhooks that wait to be sent; while they are so many nothing further is looked at.
const QUEUE: usize = 1_000;

/// Things that are put into words at once.
const BATCH: usize = 50;

/// What has been seen of the world.
#[derive(Debug)]
pub(crate) struct Eyes {
    watch: Watch,
    stories: Stories,
}

impl Eyes {
    /// Opened at a moment: nothing before it is told.
    pub(crate) fn new(moment: &Moment<'_>) -> Self {
        Self {
            watch: Watch::new(moment),
            stories: Stories::new(moment),
        }
    }

    fn look(&mut self, moment: &Moment<'_>) -> Vec<Happening> {
        let mut found = self.watch.look(moment);
        found.extend(self.stories.look(moment));
        found
    }

    fn at(&self) -> Time {
        let stories = self.stories.at().unwrap_or(self.watch.at());
        stories.min(self.watch.at())
    }
}

/// Tells hooks what happens, until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let work = async { tokio::join!(watch(&app, queue), deliver(&app, waiting)) };
    tokio::select! {
        () = stop.cancelled() => {}
        _ = work => {}
    }
}

async fn watch(app: &App, queue: mpsc::Sender<Delivery>) {
    loop {
        if !app.webhooks.is_some() {
            app.webhooks.bell.notified().await;
        }
        let looking = Arc::clone(app);
        let Ok((found, seen)) = tokio::task::spawn_blocking(move || look(&looking)).await else {
            return;
        };
        for batch in found.chunks(BATCH) {
            let (writing, batch) = (Arc::clone(app), batch.to_vec());
            let written = tokio::task::spawn_blocking(move || {
                let deliveries = batch.iter().flat_map(|it| deliveries(&writing, it));
                deliveries.collect::<Vec<_>>()
            });
            for delivery in written.await.unwrap_or_default() {
                Tally::count(&app.webhooks.tally.pending);
                if queue.send(delivery).await.is_err() {
                    return;
                }
            }
        }
        app.webhooks.told(seen);
        // Rung or not, time has gone on.
        let _ = tokio::time::timeout(TICK, app.webhooks.bell.notified()).await;
    }
}

/// What happened since the last look, and up to when everything has been seen.
fn look(app: &Simulation) -> (Vec<Happening>, Option<Time>) {
    let moment = app.moment().punctual();
    let mut eyes = app.webhooks.eyes();
    let Some(eyes) = eyes.as_mut() else {
        return (Vec::new(), None);
    };
    let found = eyes.look(&moment);
    (found, Some(eyes.at()))
}

/// What is sent because of something that happened, to all hooks that want it.
fn deliveries(app: &Simulation, happening: &Happening) -> Vec<Delivery> {
    let moment = app.moment_at(happening.at).punctual();
    let branch = branch(&moment, happening);
    let mut triggers = vec![happening.what.trigger()];
    if matches!(happening.what, What::Push(_)) {
        triggers.push(Trigger::RepositoryUpdate);
    }
    let mut found = Vec::new();
    for trigger in triggers {
        let hooks: Vec<(u64, Owner)> = app
            .webhooks
            .all()
            .iter()
            .filter(|hook: &&Hook| {
                // Hooks of projects and groups can set it, but it is never sent to them.
                let is_told = trigger != Trigger::RepositoryUpdate || hook.owner == Owner::Instance;
                is_told && hook.wants(&moment, happening.project, trigger, branch.as_deref())
            })
            .map(|hook| (hook.id, hook.owner))
            .collect();
        let event = app.webhooks.number();
        for (hook, owner) in hooks {
            let to_system = owner == Owner::Instance;
            if let Some(body) = body(app, &moment, happening, trigger, to_system) {
                found.push(Delivery {
                    hook,
                    trigger,
                    to_system,
                    event,
                    number: app.webhooks.number(),
                    body,
                });
            }
        }
    }
    found
}

impl super::Webhooks {
    /// The eyes, closed while there is no hook.
    fn eyes(&self) -> std::sync::MutexGuard<'_, Option<Eyes>> {
        self.eyes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the eyes, if they are closed.
    pub(crate) fn open_eyes(&self, moment: &Moment<'_>) {
        self.eyes().get_or_insert_with(|| Eyes::new(moment));
    }
}
