//! The runner tags of jobs that webhooks tell of, which they do not tell: those of the last job of the same name.
//!
//! Metrics count jobs by their tags, and a job that changed its tags later would have been counted under both.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use labtower_gitlab::hooks::{Event, Hook, HookError};
use labtower_model::{Job, ProjectId};
use labtower_store::Waiting;
use tokio::time::Instant;

use crate::{SyncError, Syncer};

/// What was found is believed for so long.
const BELIEVED: Duration = Duration::from_secs(600);

/// Names that are remembered at most.
const MOST: usize = 50_000;

/// Tags by project and name of the job; nothing where no such job is stored.
#[derive(Debug, Default)]
pub(crate) struct KnownTags {
    of: HashMap<(ProjectId, String), Option<Vec<String>>>,
    since: Option<Instant>,
}

impl Syncer {
    /// Puts tags into jobs of webhooks.
    pub(crate) async fn add_tags(
        &self,
        events: &mut [(Waiting, Result<Event, HookError>)],
        known: &mut KnownTags,
    ) -> Result<(), SyncError> {
        let old = known.since.is_none_or(|since| since.elapsed() > BELIEVED);
        if old || known.of.len() > MOST {
            known.of.clear();
            known.since = Some(Instant::now());
        }
        let key = |job: &Job| (job.project_id, job.name.clone());
        let mut unknown: HashSet<(ProjectId, String)> = HashSet::new();
        each_job(events, |job| {
            let key = key(job);
            if !known.of.contains_key(&key) {
                unknown.insert(key);
            }
        });
        if !unknown.is_empty() {
            let found = self
                .read(move |reader| {
                    let mut found = Vec::with_capacity(unknown.len());
                    for (project, name) in unknown {
                        let tags = reader.last_tags(project, &name)?;
                        found.push(((project, name), tags));
                    }
                    Ok(found)
                })
                .await?;
            known.of.extend(found);
        }
        each_job(events, |job| {
            if let Some(Some(tags)) = known.of.get(&key(job)) {
                job.tags.clone_from(tags);
            }
        });
        Ok(())
    }
}

fn each_job(events: &mut [(Waiting, Result<Event, HookError>)], mut what: impl FnMut(&mut Job)) {
    for event in events
        .iter_mut()
        .filter_map(|(_, event)| event.as_mut().ok())
    {
        match &mut event.hook {
            Hook::Pipeline(hook) => hook.jobs_mut().for_each(&mut what),
            Hook::Job(hook) => what(&mut hook.job),
            Hook::Changed(_) | Hook::Other => {}
        }
    }
}
