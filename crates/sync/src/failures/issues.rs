//! Issues: of projects with failures, of those linked, and of trackers the user named.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{Client, GitlabError, Issue as Shown, Priority};
use labtower_store::{Batch, BlockLinks, Failures, Issue, IssueKey, Tracker, TrackerUpdate};
use tracing::{debug, warn};

use super::{Explaining, blocks, due};
use crate::{SyncError, Syncer, fetch::may_concern_one_project};

/// Projects whose issues are read in one look.
const PROJECTS_AT_ONCE: usize = 50;

/// Linked issues read one by one in one look.
const SINGLE_AT_ONCE: usize = 20;

/// A linked issue that GitLab does not show is asked for again after this.
const AGAIN: SignedDuration = SignedDuration::from_hours(6);

/// Issues that last changed longer ago are not read with the first look.
const FIRST_DAYS: i64 = 180;

/// Scope of the problem row.
const SCOPE: &str = "issues";

/// When single issues were last asked for.
pub(super) type Looked = HashMap<IssueKey, Timestamp>;

impl Syncer {
    /// Reads issues that are due.
    pub(super) async fn issues_cycle(&self, explaining: &mut Explaining) -> Result<(), SyncError> {
        let now = self.gitlab_now();
        let days = SignedDuration::from_hours(24 * i64::from(self.options.failures.days));
        let since = now.saturating_sub(days).unwrap_or(now);
        let (trackers, failing, linked) = self
            .read(move |reader| {
                Ok((
                    reader.issue_trackers()?,
                    reader.failing_projects(since)?,
                    reader.linked_issues()?,
                ))
            })
            .await?;
        let often: BTreeSet<&str> = linked
            .iter()
            .map(|key| key.project_path.as_str())
            .chain(self.options.failures.trackers.iter().map(String::as_str))
            .collect();
        let wanted: BTreeSet<&str> = often
            .iter()
            .copied()
            .chain(failing.iter().map(String::as_str))
            .collect();
        let stored: BTreeMap<&str, &Tracker> = trackers
            .iter()
            .map(|tracker| (tracker.project_path.as_str(), tracker))
            .collect();
        let interval = SignedDuration::try_from(self.options.discovery_interval)
            .unwrap_or(SignedDuration::from_mins(10));
        let due: Vec<&str> = wanted
            .into_iter()
            .filter(|path| {
                let tracker = stored.get(path).copied();
                due::issues(now, tracker, often.contains(path), interval)
            })
            .take(PROJECTS_AT_ONCE)
            .collect();
        let mut unreachable = None;
        for path in due {
            let from = stored.get(path).and_then(|tracker| tracker.watermark);
            match self.issues_of(explaining, path, from).await {
                Ok(()) => {}
                Err(SyncError::Gitlab(error)) if error.is_fatal() => return Err(error.into()),
                Err(SyncError::Gitlab(error)) => {
                    if !self.note_tracker_error(path, &error).await? {
                        unreachable = Some(error.sentence());
                        break;
                    }
                }
                Err(error) => return Err(error),
            }
        }
        if unreachable.is_none() {
            unreachable = self.single_issues(explaining, linked).await?;
        }
        let message = match unreachable {
            Some(why) => Some(why),
            None => lacking(&self.read(|reader| reader.issue_trackers()).await?),
        };
        self.keep_problem(SCOPE.to_owned(), message).await
    }

    /// Reads what changed among a project's issues.
    async fn issues_of(
        &self,
        explaining: &mut Explaining,
        path: &str,
        watermark: Option<Timestamp>,
    ) -> Result<(), SyncError> {
        let overlap = SignedDuration::try_from(self.options.overlap).unwrap_or_default();
        let mut after = match watermark {
            Some(watermark) => watermark.saturating_sub(overlap),
            None => self
                .gitlab_now()
                .saturating_sub(SignedDuration::from_hours(24 * FIRST_DAYS)),
        }
        .unwrap_or(Timestamp::UNIX_EPOCH);
        let mut page = 1;
        let mut first_asked = None;
        loop {
            let answer = self
                .client
                .issues_page(path, Some(after), page, Priority::Enrichment)
                .await?;
            let asked_at = *first_asked.get_or_insert(answer.asked_at);
            let last = answer.value.iter().map(|issue| issue.updated_at).max();
            let done = Client::is_last_issues_page(answer.value.len());
            // Rows move to the end when they change, so that later pages shift: going on from the last row's time does not.
            match last {
                Some(last) if last > after => (after, page) = (last, 1),
                _ => page += 1,
            }
            let update = TrackerUpdate {
                project_path: path.to_owned(),
                at: self.gitlab_now(),
                // What is stored up to now is stored; where the list goes on is known after a kill.
                watermark: Some(if done { asked_at } else { after.min(asked_at) }),
                refused: None,
                error: None,
            };
            let issues = answer.value.into_iter();
            let issues = issues.map(|issue| stored(issue, path)).collect();
            self.store_issues(explaining, issues, Some(update)).await?;
            if done {
                return Ok(());
            }
        }
    }

    /// Reads linked issues that no list has shown; returns why GitLab cannot be asked, if so.
    async fn single_issues(
        &self,
        explaining: &mut Explaining,
        linked: Vec<IssueKey>,
    ) -> Result<Option<String>, SyncError> {
        let now = self.gitlab_now();
        let looked = &mut explaining.looked;
        looked.retain(|_, at| now.duration_since(*at) < AGAIN);
        let unread: Vec<IssueKey> = linked
            .into_iter()
            .filter(|key| !looked.contains_key(key))
            .collect();
        if unread.is_empty() {
            return Ok(None);
        }
        let unread = self
            .read(move |reader| {
                let mut missing = Vec::new();
                for key in unread {
                    if reader.issue(&key)?.is_none() {
                        missing.push(key);
                    }
                }
                Ok(missing)
            })
            .await?;
        for key in unread.into_iter().take(SINGLE_AT_ONCE) {
            let asked = self
                .client
                .issue(&key.project_path, key.iid, Priority::Enrichment)
                .await;
            explaining.looked.insert(key.clone(), now);
            match asked {
                Ok(answer) => {
                    let issue = answer.value.map(|issue| Issue {
                        // Linked by this name, whatever GitLab calls its project now.
                        key: key.clone(),
                        ..stored(issue, &key.project_path)
                    });
                    self.store_issues(explaining, issue.into_iter().collect(), None)
                        .await?;
                }
                Err(error) if error.is_fatal() => return Err(error.into()),
                Err(error) if may_concern_one_project(&error) => {
                    warn!(issue = %key, %error, "issue could not be read");
                }
                Err(error) => return Ok(Some(error.sentence())),
            }
        }
        Ok(None)
    }

    /// Stores issues, and the links that their blocks make if those changed: in one transaction, so that no kill
    /// comes in between.
    async fn store_issues(
        &self,
        explaining: &mut Explaining,
        issues: Vec<Issue>,
        tracker: Option<TrackerUpdate>,
    ) -> Result<(), SyncError> {
        let keys: Vec<IssueKey> = issues.iter().map(|issue| issue.key.clone()).collect();
        let before = self
            .read(move |reader| {
                let mut blocks = HashMap::new();
                for key in keys {
                    let stored = reader.issue(&key)?;
                    blocks.insert(key, stored.map(|issue| issue.blocks).unwrap_or_default());
                }
                Ok(blocks)
            })
            .await?;
        let changed: Vec<Issue> = issues
            .iter()
            .filter(|issue| before.get(&issue.key) != Some(&issue.blocks))
            .cloned()
            .collect();
        let blocks: Vec<BlockLinks> = if changed.is_empty() {
            Vec::new()
        } else {
            self.block_links(&changed).await?
        };
        let read_again = !blocks.is_empty();
        let failures = Failures {
            issues,
            blocks,
            trackers: tracker.into_iter().collect(),
            ..Failures::default()
        };
        self.store
            .write(Batch {
                failures,
                ..Batch::default()
            })
            .await?;
        if read_again {
            explaining.blocks = None;
        }
        Ok(())
    }

    /// Notes why a project's issues could not be read; false where the reason is not the project's.
    async fn note_tracker_error(&self, path: &str, error: &GitlabError) -> Result<bool, SyncError> {
        let mut update = TrackerUpdate {
            project_path: path.to_owned(),
            at: self.gitlab_now(),
            watermark: None,
            refused: None,
            error: None,
        };
        match error {
            GitlabError::Forbidden { .. } | GitlabError::NotFound { .. } => {
                debug!(path, %error, "issues not shown, skipped");
                update.refused = Some(error.sentence());
            }
            error if may_concern_one_project(error) => {
                warn!(path, %error, "issues of a project could not be read");
                update.error = Some(error.sentence());
            }
            _ => return Ok(false),
        }
        let failures = Failures {
            trackers: vec![update],
            ..Failures::default()
        };
        self.store
            .write(Batch {
                failures,
                ..Batch::default()
            })
            .await?;
        Ok(true)
    }
}

/// An issue as it is stored; its project is named as we asked for it.
fn stored(issue: Shown, path: &str) -> Issue {
    let blocks = issue
        .description
        .as_deref()
        .map(blocks::of_description)
        .unwrap_or_default();
    Issue {
        key: IssueKey {
            project_path: path.to_owned(),
            iid: issue.iid,
        },
        id: issue.id,
        title: issue.title,
        state: issue.state,
        labels: issue.labels,
        assignees: issue.assignees,
        author: issue.author,
        web_url: issue.web_url,
        created_at: issue.created_at,
        updated_at: issue.updated_at,
        closed_at: issue.closed_at,
        blocks,
    }
}

/// How many projects' issues could not be read, in words.
fn lacking(trackers: &[Tracker]) -> Option<String> {
    let failed: Vec<_> = trackers.iter().filter(|row| row.failures > 0).collect();
    let first = failed.first()?;
    Some(format!(
        "issues of {} projects could not be read, the first is {}: {}",
        failed.len(),
        first.project_path,
        first.last_error.as_deref().unwrap_or("unknown"),
    ))
}
