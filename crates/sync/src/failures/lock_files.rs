//! How dependencies differ between a failed run and the last green one: from what both logs print, else from lock files.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Mutex,
};

use labtower_explain::Explanation;
use labtower_gitlab::Priority;
use labtower_model::ProjectId;
use labtower_store::{ChangeOrigin, DependencyChange, DependencyChanges, JobToExplain, Package};

use super::{convert::packages, green::Green, lock_parse};
use crate::{SyncError, Syncer};

/// Files asked for in one look.
const REQUESTS: usize = 60;

/// Differences kept.
const MOST: usize = 500;

/// Versions by name; one name may have several.
pub(super) type Versions = BTreeMap<String, BTreeSet<String>>;

/// What was learnt of lock files in one look.
#[derive(Default)]
pub(super) struct LockFiles {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    requests: usize,
    /// The lock file each project has; `None` for none.
    paths: HashMap<ProjectId, Option<&'static str>>,
    /// What files say, by project, path and commit.
    files: HashMap<(ProjectId, &'static str, String), Option<Versions>>,
}

impl LockFiles {
    fn with<T>(&self, f: impl FnOnce(&mut Inner) -> T) -> T {
        f(&mut self
            .inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Syncer {
    /// What differs from the green run; `None` if that cannot be told.
    pub(super) async fn changes(
        &self,
        job: &JobToExplain,
        green: &Green,
        explanation: &Explanation,
        lock_files: &LockFiles,
    ) -> Result<Option<DependencyChanges>, SyncError> {
        let green_job_id = green.job_id;
        let (images, printed) = parted(packages(explanation));
        let (old_images, was) = parted(green.versions.clone());
        // A run that died early has not printed what comes later.
        let images = differences(&old_images, &images, false);
        if !printed.is_empty() && !was.is_empty() {
            let mut changes = images;
            changes.extend(differences(&was, &printed, false));
            return Ok(Some(DependencyChanges {
                green_job_id,
                origin: ChangeOrigin::Log,
                changes,
            }));
        }
        let locked = self.locked(job, green, lock_files).await?;
        let images_told = !images.is_empty();
        let (origin, changes) = match locked {
            Some((path, changes)) => (ChangeOrigin::LockFile(path.to_owned()), changes),
            None if images_told => (ChangeOrigin::Log, Vec::new()),
            None => return Ok(None),
        };
        Ok(Some(DependencyChanges {
            green_job_id,
            origin,
            changes: images.into_iter().chain(changes).collect(),
        }))
    }

    /// What differs in the lock file at the commits of the two runs, and where it is; `None` if that cannot be told.
    async fn locked(
        &self,
        job: &JobToExplain,
        green: &Green,
        lock_files: &LockFiles,
    ) -> Result<Option<(&'static str, Vec<DependencyChange>)>, SyncError> {
        let shas = green
            .candidate
            .as_ref()
            .and_then(|candidate| candidate.sha.clone())
            .zip(job.sha.clone());
        let Some((old, new)) = shas.filter(|(old, new)| old != new) else {
            return Ok(None);
        };
        let Some(path) = self.lock_file_of(job.project_id, &new, lock_files).await? else {
            return Ok(None);
        };
        let is = self
            .lock_file(job.project_id, path, &new, lock_files)
            .await?;
        let was = self
            .lock_file(job.project_id, path, &old, lock_files)
            .await?;
        let (Some(was), Some(is)) = (was, is) else {
            return Ok(None);
        };
        Ok(Some((path, differences(&was, &is, true))))
    }

    /// The lock file a project has, found by trying.
    async fn lock_file_of(
        &self,
        project: ProjectId,
        sha: &str,
        lock_files: &LockFiles,
    ) -> Result<Option<&'static str>, SyncError> {
        if let Some(known) = lock_files.with(|inner| inner.paths.get(&project).copied()) {
            return Ok(known);
        }
        for path in lock_parse::PATHS {
            let file = self.lock_file(project, path, sha, lock_files).await?;
            if file.is_some() {
                lock_files.with(|inner| inner.paths.insert(project, Some(path)));
                return Ok(Some(path));
            }
            if lock_files.with(|inner| inner.requests >= REQUESTS) {
                return Ok(None);
            }
        }
        lock_files.with(|inner| inner.paths.insert(project, None));
        Ok(None)
    }

    async fn lock_file(
        &self,
        project: ProjectId,
        path: &'static str,
        sha: &str,
        lock_files: &LockFiles,
    ) -> Result<Option<Versions>, SyncError> {
        let key = (project, path, sha.to_owned());
        let known = lock_files.with(|inner| {
            let known = inner.files.get(&key).cloned();
            inner.requests += usize::from(known.is_none());
            known.or_else(|| (inner.requests > REQUESTS).then_some(None))
        });
        if let Some(known) = known {
            return Ok(known);
        }
        let answer = self
            .client
            .raw_file(project, path, sha, Priority::Enrichment)
            .await;
        let file = match answer {
            Ok(answer) => answer.value,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => {
                tracing::debug!(%project, path, %error, "lock file could not be read");
                None
            }
        };
        let found = file.and_then(|bytes| lock_parse::versions(path, &bytes));
        lock_files.with(|inner| inner.files.insert(key, found.clone()));
        Ok(found)
    }
}

/// Images and packages apart: every log names its image, whether it prints packages or not.
fn parted(packages: Vec<Package>) -> (Versions, Versions) {
    let is_image = |package: &Package| package.version.starts_with("sha256:");
    let (images, packages) = packages.into_iter().partition(is_image);
    (versions(images), versions(packages))
}

fn versions(packages: Vec<Package>) -> Versions {
    let mut versions = Versions::new();
    for package in packages {
        versions
            .entry(package.name)
            .or_default()
            .insert(package.version);
    }
    versions
}

/// What differs, by name; what is gone only if `complete`.
fn differences(was: &Versions, is: &Versions, complete: bool) -> Vec<DependencyChange> {
    let joined = |versions: Option<&BTreeSet<String>>| {
        versions.map(|set| {
            set.iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        })
    };
    let names: BTreeSet<&String> = was.keys().chain(is.keys()).collect();
    let changes = names.into_iter().filter_map(|name| {
        let (old, new) = (was.get(name), is.get(name));
        let differs = old != new && (complete || new.is_some());
        differs.then(|| DependencyChange {
            name: name.clone(),
            was: joined(old),
            is: joined(new),
        })
    });
    changes.take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[(&str, &str)]) -> Versions {
        let package = |(name, version): &(&str, &str)| Package {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
        };
        versions(list.iter().map(package).collect())
    }

    #[test]
    fn what_differs_is_named_with_both_versions() {
        let was = of(&[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("d", "2")]);
        let is = of(&[("a", "1"), ("b", "2"), ("d", "2"), ("e", "1")]);
        let show = |complete| {
            let changes = differences(&was, &is, complete);
            let show = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let rows = changes
                .iter()
                .map(|row| format!("{}: {} > {}", row.name, show(&row.was), show(&row.is)));
            rows.collect::<Vec<_>>()
        };
        assert_eq!(
            show(true),
            ["b: 1 > 2", "c: 1 > -", "d: 1, 2 > 2", "e: - > 1"]
        );
        // A log that broke off does not say what is gone.
        assert_eq!(show(false), ["b: 1 > 2", "d: 1, 2 > 2", "e: - > 1"]);
    }
}
