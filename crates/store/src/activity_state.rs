//! How far merge requests and commits were read, per project; written together with the rows it speaks of.

use jiff::Timestamp;
use labtower_model::ProjectId;

/// One step of reading a project's activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityUpdate {
    /// The first page of the list of all merge requests was stored. Changes are polled from the watermark on.
    Started {
        /// The project.
        project_id: ProjectId,
        /// GitLab's clock before the page was asked for.
        watermark: Timestamp,
        /// Where the list goes on; absent when that was all.
        cursor: Option<String>,
        /// When the page was stored.
        at: Timestamp,
    },
    /// One more page of that list was stored.
    Page {
        /// The project.
        project_id: ProjectId,
        /// Where the list goes on; absent when that was all.
        cursor: Option<String>,
        /// When the page was stored.
        at: Timestamp,
    },
    /// All merge requests that changed up to the watermark were stored.
    Polled {
        /// The project.
        project_id: ProjectId,
        /// GitLab's clock; an older one than stored is ignored.
        watermark: Timestamp,
    },
    /// Commits of the default branch were read.
    CommitsRead {
        /// The project.
        project_id: ProjectId,
        /// All commits committed since then are stored.
        from: Timestamp,
        /// GitLab's count of commits that made us read.
        counted: Option<i64>,
        /// The count that the stored commits stand for: it may be ahead of GitLab's, which lags.
        covered: Option<i64>,
        /// GitLab's `lastActivityAt` that made us read.
        last_activity_at: Option<Timestamp>,
        /// GitLab's clock before they were read.
        read_at: Timestamp,
    },
}

/// How far one project's activity was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivitySync {
    /// The project.
    pub project_id: ProjectId,
    /// GitLab's clock: every change of a merge request up to here was read; absent before the first page.
    pub watermark: Option<Timestamp>,
    /// Where the list of all merge requests goes on.
    pub backfill_cursor: Option<String>,
    /// When that list was read to its end.
    pub complete_at: Option<Timestamp>,
    /// Commits committed since then are stored; absent when none were read yet.
    pub commits_from: Option<Timestamp>,
    /// GitLab's count of commits when they were last read.
    pub commits_counted: Option<i64>,
    /// The count that the stored commits stand for.
    pub commits_covered: Option<i64>,
    /// GitLab's clock when commits were last read.
    pub commits_read_at: Option<Timestamp>,
    /// GitLab's `lastActivityAt` then.
    pub last_activity_at: Option<Timestamp>,
}
