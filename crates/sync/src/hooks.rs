//! Webhooks become rows: what waits in the inbox is read, put onto what is stored, and written together with the mark
//! that it was.
//!
//! Order does not matter: a pipeline or job only moves on, and what the API says wins over what an event said.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::hooks::{self, Event, Hook, HookError, JobHook, What};
use labtower_model::{PipelineId, PipelineWithJobs, Project, ProjectId};
use labtower_store::{Batch, HookOutcome, InboxUpdate, SyncUpdate, Waiting};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::warn;

use crate::{Selection, SyncError, Syncer, tags::KnownTags};

/// Webhooks applied in one transaction.
const AT_ONCE: usize = 1_000;

/// Between two looks while nobody says that one came: orphans grow old meanwhile.
const TICK: Duration = Duration::from_secs(5);

/// Longest wait for an answer of GitLab before webhooks are applied; those of a GitLab that is down wait no longer.
const LEARNING: Duration = Duration::from_secs(10);

/// Between two looks whether there is one.
const LOOK: Duration = Duration::from_millis(20);

/// A job whose pipeline is not stored waits so long for it.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Settled webhooks are known for so long, for GitLab to send them again.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Between two looks for those to forget.
const FORGET_INTERVAL: Duration = Duration::from_secs(3600);

/// What is asked for because of webhooks is asked for no more often: some of it is asked of all projects at once.
const ASK_INTERVAL: Duration = Duration::from_secs(10);

/// What was read of the inbox and could not be settled yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// Greatest number looked at.
    after: i64,
    /// Jobs without their pipeline.
    orphans: Vec<Orphan>,
    tags: KnownTags,
}

#[derive(Debug)]
struct Orphan {
    id: i64,
    received_at: Timestamp,
    job: Box<JobHook>,
}

/// What a look at the inbox comes to.
#[derive(Default)]
struct Applied {
    pipelines: BTreeMap<PipelineId, PipelineWithJobs>,
    projects: BTreeMap<ProjectId, Project>,
    /// Projects whose pipelines were told of, and whether single jobs were.
    told: HashMap<ProjectId, bool>,
    asks: HashSet<What>,
    settled: Vec<InboxUpdate>,
}

impl Applied {
    fn settle(&mut self, id: i64, outcome: HookOutcome) {
        self.settled.push(InboxUpdate::Settled {
            id,
            outcome,
            error: None,
        });
    }
}

impl Syncer {
    /// Applies webhooks for ever.
    pub(crate) async fn hooks_loop(&self) -> Result<(), SyncError> {
        self.learn_gitlabs_time().await;
        let mut forget_at = Instant::now();
        loop {
            if self.hooks_cycle().await? == 0 {
                // Woken or not, there may be something to do.
                let _ = timeout(TICK, self.store.received()).await;
            }
            if Instant::now() >= forget_at {
                let before = self.clock.now().saturating_sub(REMEMBERED);
                let before = before.unwrap_or(Timestamp::UNIX_EPOCH);
                self.note(SyncUpdate::Inbox(InboxUpdate::Forget { before }))
                    .await?;
                forget_at = Instant::now() + FORGET_INTERVAL;
            }
        }
    }

    /// Waits until an answer has told GitLab's time, as far as there is one: what webhooks tell is written as of a time
    /// at which the API's answers that follow are newer, and our own clock may be ahead.
    async fn learn_gitlabs_time(&self) {
        let deadline = Instant::now() + LEARNING;
        while self.client.server_now().is_none() && Instant::now() < deadline {
            sleep(LOOK).await;
        }
    }

    /// Applies webhooks that wait; returns how many it looked at for the first time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn hooks_cycle(&self) -> Result<usize, SyncError> {
        let mut inbox = self.inbox.lock().await;
        let after = inbox.after;
        let waiting = self
            .read(move |reader| reader.waiting_hooks(after, AT_ONCE))
            .await?;
        let looked_at = waiting.len();
        let last = waiting.last().map_or(after, |hook| hook.id);
        if waiting.is_empty() && inbox.orphans.is_empty() {
            return Ok(0);
        }
        let parse = |hook: Waiting| {
            let event = hooks::parse(&hook.body);
            (hook, event)
        };
        let mut events: Vec<(Waiting, Result<Event, HookError>)> =
            tokio::task::spawn_blocking(move || waiting.into_iter().map(parse).collect()).await?;
        self.add_tags(&mut events, &mut inbox.tags).await?;

        // Before what is stored is read: whatever the API says later wins.
        let read_at = self.gitlab_now();
        let mut orphans = std::mem::take(&mut inbox.orphans);
        let known = self.known_to(&events, &orphans).await?;
        let mut applied = Applied::default();
        for (hook, event) in events {
            self.apply_hook(hook, event, &known, &mut applied, &mut orphans);
        }
        inbox.orphans = self.apply_orphans(orphans, &known, &mut applied);
        let asks = std::mem::take(&mut applied.asks);
        let told = std::mem::take(&mut applied.told);
        let written = self.write_hooks(applied, read_at).await;
        if let Err(error) = written {
            // Nothing of it was written: everything is looked at again.
            inbox.after = 0;
            inbox.orphans = Vec::new();
            return Err(error);
        }
        inbox.after = last;
        drop(inbox);
        self.hooked.told(told, Instant::now());
        self.ask_for(&asks);
        Ok(looked_at)
    }

    /// What is stored of what webhooks speak of.
    async fn known_to(
        &self,
        events: &[(Waiting, Result<Event, HookError>)],
        orphans: &[Orphan],
    ) -> Result<Known, SyncError> {
        let mut pipelines: BTreeSet<PipelineId> = orphans
            .iter()
            .map(|orphan| orphan.job.job.pipeline_id)
            .collect();
        let mut projects: BTreeSet<ProjectId> = orphans
            .iter()
            .map(|orphan| orphan.job.job.project_id)
            .collect();
        for event in events.iter().filter_map(|(_, event)| event.as_ref().ok()) {
            let (pipeline, project) = match &event.hook {
                Hook::Pipeline(hook) => (Some(hook.id()), hook.project_id()),
                Hook::Job(hook) => (Some(hook.job.pipeline_id), hook.job.project_id),
                Hook::Changed(changed) => (None, changed.project_id),
                Hook::Other => continue,
            };
            pipelines.extend(pipeline);
            projects.insert(project);
        }
        let (pipelines, projects) = self
            .read(move |reader| {
                let pipelines = reader.whole_pipelines(&pipelines)?;
                Ok((pipelines, reader.watched(&projects)?))
            })
            .await?;
        Ok(Known {
            pipelines,
            projects,
        })
    }

    fn apply_hook(
        &self,
        hook: Waiting,
        event: Result<Event, HookError>,
        known: &Known,
        applied: &mut Applied,
        orphans: &mut Vec<Orphan>,
    ) {
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                warn!(id = hook.id, kind = hook.kind, %error, "webhook cannot be read");
                applied.settled.push(InboxUpdate::Settled {
                    id: hook.id,
                    outcome: HookOutcome::Unreadable,
                    error: Some(error.to_string()),
                });
                return;
            }
        };
        match event.hook {
            Hook::Pipeline(told) => {
                let project = told.project_id();
                if !self.wants_hook(project, event.project.as_ref(), known) {
                    return applied.settle(hook.id, HookOutcome::Ignored);
                }
                applied.told.entry(project).or_default();
                let id = told.id();
                let before = applied.pipelines.get(&id).or(known.pipelines.get(&id));
                let outcome = match told.onto(before) {
                    Some(whole) => self.put(whole, event.project, known, applied),
                    None => HookOutcome::Stale,
                };
                applied.settle(hook.id, outcome);
            }
            Hook::Job(job) => {
                if !self.wants_hook(job.job.project_id, event.project.as_ref(), known) {
                    return applied.settle(hook.id, HookOutcome::Ignored);
                }
                applied.told.insert(job.job.project_id, true);
                orphans.push(Orphan {
                    id: hook.id,
                    received_at: hook.received_at,
                    job,
                });
            }
            Hook::Changed(changed) => {
                let outcome = if known.projects.contains(&changed.project_id) {
                    applied.asks.insert(changed.what);
                    HookOutcome::Noted
                } else if changed.what == What::Project {
                    applied.asks.insert(What::Project);
                    HookOutcome::Noted
                } else {
                    HookOutcome::Ignored
                };
                applied.settle(hook.id, outcome);
            }
            Hook::Other => applied.settle(hook.id, HookOutcome::Ignored),
        }
    }

    /// Puts jobs onto their pipelines, after those that came with them; returns the ones that have to wait.
    fn apply_orphans(
        &self,
        orphans: Vec<Orphan>,
        known: &Known,
        applied: &mut Applied,
    ) -> Vec<Orphan> {
        let now = self.clock.now();
        let mut waiting = Vec::new();
        for orphan in orphans {
            let id = orphan.job.job.pipeline_id;
            let before = applied.pipelines.get(&id).or(known.pipelines.get(&id));
            let outcome = match before {
                Some(whole) => match orphan.job.onto_pipeline(whole) {
                    Some(whole) => self.put(whole, None, known, applied),
                    None => HookOutcome::Stale,
                },
                None if now.duration_since(orphan.received_at) < PATIENCE => {
                    waiting.push(orphan);
                    continue;
                }
                None => HookOutcome::Orphaned,
            };
            applied.settle(orphan.id, outcome);
        }
        waiting
    }

    /// Whether a webhook is about a project that is watched; without any choice of projects, those that send are.
    fn wants_hook(&self, id: ProjectId, project: Option<&Project>, known: &Known) -> bool {
        known.projects.contains(&id)
            || self.options.is_webhook_only()
                && project.is_some_and(|project| Selection::new(&self.options).wants(project))
    }

    fn put(
        &self,
        whole: PipelineWithJobs,
        project: Option<Project>,
        known: &Known,
        applied: &mut Applied,
    ) -> HookOutcome {
        let ref_name = whole.pipeline.ref_name.as_deref();
        if !Selection::new(&self.options).wants_ref(ref_name) {
            return HookOutcome::Ignored;
        }
        if let Some(project) = project.filter(|project| !known.projects.contains(&project.id)) {
            applied.projects.insert(project.id, project);
        }
        applied.pipelines.insert(whole.pipeline.id, whole);
        HookOutcome::Applied
    }

    async fn write_hooks(&self, applied: Applied, read_at: Timestamp) -> Result<(), SyncError> {
        self.store
            .write(Batch {
                read_at: Some(read_at),
                projects: applied.projects.into_values().collect(),
                pipelines: applied.pipelines.into_values().collect(),
                sync: applied.settled.into_iter().map(SyncUpdate::Inbox).collect(),
                ..Batch::default()
            })
            .await?;
        Ok(())
    }

    /// Wakes whoever reads what webhooks only hint at.
    fn ask_for(&self, asks: &HashSet<What>) {
        for what in asks {
            match what {
                What::Commits | What::MergeRequests => self.wake.activity.notify_one(),
                What::Deployments => self.wake.delivery.notify_one(),
                What::Issues => self.wake.failures.notify_one(),
                What::Project => self.wake.discovery.notify_one(),
                // No page or metric has them; exports find them by themselves.
                What::Releases => {}
            }
        }
    }
}

/// What is stored of what webhooks speak of.
struct Known {
    pipelines: HashMap<PipelineId, PipelineWithJobs>,
    projects: HashSet<ProjectId>,
}

/// What webhooks can make happen before its time.
#[derive(Debug, Default)]
pub(crate) struct Wake {
    pub(crate) activity: tokio::sync::Notify,
    pub(crate) delivery: tokio::sync::Notify,
    pub(crate) failures: tokio::sync::Notify,
    pub(crate) discovery: tokio::sync::Notify,
}

/// Waits until a moment, or until woken; never less than what keeps a burst of webhooks from being a burst of requests.
pub(crate) async fn until(next: Instant, woken: &tokio::sync::Notify) {
    sleep(ASK_INTERVAL.min(next.saturating_duration_since(Instant::now()))).await;
    tokio::select! {
        () = sleep_until(next) => {}
        () = woken.notified() => {}
    }
}
