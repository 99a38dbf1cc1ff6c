//! Which projects need not be polled often, because their webhooks tell everything.
//!
//! A project is trusted once a webhook told of one of its pipelines. It is polled all the same at a longer interval,
//! which finds what a webhook should have told and did not: then it is polled as often as others, for an hour at first
//! and twice as long each time. The state is of this process; after a start every project is polled.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use labtower_model::ProjectId;
use tokio::time::Instant;

/// A project that was not told of everything is not trusted for so long.
const FIRST_DISTRUST: Duration = Duration::from_secs(3600);

/// The longest it is not.
const LAST_DISTRUST: Duration = Duration::from_secs(24 * 3600);

/// What is known of the webhooks of projects.
#[derive(Debug, Default)]
pub(crate) struct Hooked {
    projects: Mutex<HashMap<ProjectId, Trust>>,
}

#[derive(Debug)]
struct Trust {
    /// Webhooks tell of single jobs too.
    jobs: bool,
    polled_at: Option<Instant>,
    /// How often something was missed.
    misses: u32,
    distrusted_until: Option<Instant>,
}

impl Hooked {
    /// Webhooks told of pipelines of these projects, and of single jobs where that is said.
    pub(crate) fn told(&self, projects: HashMap<ProjectId, bool>, now: Instant) {
        let mut trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        for (project, jobs) in projects {
            let trust = trusts.entry(project).or_insert(Trust {
                jobs,
                polled_at: None,
                misses: 0,
                distrusted_until: None,
            });
            trust.jobs |= jobs;
            // What was missed is missed; what comes now may end the distrust when its time is over.
            if trust.distrusted_until.is_some_and(|until| until <= now) {
                trust.distrusted_until = None;
            }
        }
    }

    /// A poll found what no webhook had told.
    pub(crate) fn missed(&self, project: ProjectId, now: Instant) {
        let mut trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trust) = trusts.get_mut(&project) {
            let distrust = FIRST_DISTRUST * 2_u32.pow(trust.misses.min(8));
            trust.misses += 1;
            trust.distrusted_until = Some(now + distrust.min(LAST_DISTRUST));
        }
    }

    /// A poll read everything of a project.
    pub(crate) fn polled(&self, project: ProjectId, now: Instant) {
        let mut trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(trust) = trusts.get_mut(&project) {
            trust.polled_at = Some(now);
        }
    }

    /// Projects to be left out of a poll: trusted, and polled less than `interval` ago. With each is said whether its
    /// running pipelines can be left out too.
    pub(crate) fn rested(&self, interval: Duration, now: Instant) -> HashMap<ProjectId, bool> {
        let trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        trusts
            .iter()
            .filter(|(_, trust)| trust.distrusted_until.is_none())
            .filter(|(_, trust)| trust.polled_at.is_some_and(|at| now - at < interval))
            .map(|(project, trust)| (*project, trust.jobs))
            .collect()
    }

    /// Whether webhooks are believed to tell everything of a project.
    pub(crate) fn trusts(&self, project: ProjectId) -> bool {
        let trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let trust = trusts.get(&project);
        trust.is_some_and(|trust| trust.distrusted_until.is_none())
    }

    /// How many projects are trusted.
    pub(crate) fn trusted(&self) -> u64 {
        let trusts = self.projects.lock().unwrap_or_else(PoisonError::into_inner);
        let trusted = |trust: &&Trust| trust.distrusted_until.is_none();
        trusts.values().filter(trusted).count() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: ProjectId = ProjectId(7);
    const INTERVAL: Duration = Duration::from_secs(600);

    #[test]
    fn a_project_that_is_told_of_is_polled_seldom() {
        let (hooked, now) = (Hooked::default(), Instant::now());
        hooked.polled(PROJECT, now);
        assert!(hooked.rested(INTERVAL, now).is_empty());
        hooked.told(HashMap::from([(PROJECT, false)]), now);
        assert!(
            hooked.rested(INTERVAL, now).is_empty(),
            "a poll has to follow"
        );
        hooked.polled(PROJECT, now);
        let rested = |after| hooked.rested(INTERVAL, now + Duration::from_secs(after));
        assert_eq!(rested(599).len(), 1);
        assert_eq!(rested(600).len(), 0);
        assert_eq!(hooked.trusted(), 1);
    }

    #[test]
    fn one_that_misses_something_is_polled_often_ever_longer() {
        let (hooked, now) = (Hooked::default(), Instant::now());
        let after = |hours: u64| now + Duration::from_secs(hours * 3600);
        let told = |hours| hooked.told(HashMap::from([(PROJECT, true)]), after(hours));
        told(0);
        hooked.polled(PROJECT, now);
        hooked.missed(PROJECT, now);
        told(0);
        assert!(hooked.rested(INTERVAL, now).is_empty());
        told(1);
        hooked.polled(PROJECT, after(1));
        assert_eq!(hooked.rested(INTERVAL, after(1)).len(), 1);
        hooked.missed(PROJECT, after(1));
        told(2);
        hooked.polled(PROJECT, after(2));
        assert!(hooked.rested(INTERVAL, after(2)).is_empty());
        told(3);
        assert_eq!(hooked.rested(INTERVAL, after(2)).len(), 1);
    }
}
