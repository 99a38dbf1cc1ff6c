//! Which failures of a project are known from others, and which issues its groups have.

use std::collections::HashSet;

use jiff::Timestamp;
use labtower_model::ProjectId;
use rusqlite::OptionalExtension;
use serde::Serialize;

use crate::{GroupId, IssueKey, Reader, StoreError};

/// An issue that a group is linked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupIssue {
    /// The group, as it was asked for.
    pub group_id: GroupId,
    /// The issue.
    pub key: IssueKey,
    /// Its title; absent before it was read.
    pub title: Option<String>,
    /// `opened` or `closed`; absent before it was read.
    pub state: Option<String>,
    /// Its page; absent before it was read.
    pub web_url: Option<String>,
}

impl Reader<'_> {
    /// Those of the groups that failed in another project too since then, and that no issue is linked to.
    pub fn groups_elsewhere(
        &self,
        groups: &[GroupId],
        project: ProjectId,
        since: Timestamp,
    ) -> Result<HashSet<GroupId>, StoreError> {
        let roots = self.roots()?;
        // The newest failures of a group that is everywhere are of other projects: few rows are read.
        let mut statement = self.conn.prepare_cached(
            "SELECT 1 FROM failed_jobs INDEXED BY failed_jobs_by_group
             WHERE group_id = ?1 AND created_at >= ?2 AND project_id <> ?3
               AND NOT EXISTS (SELECT 1 FROM issue_links WHERE group_id = ?1 AND removed_at IS NULL)
             ORDER BY created_at DESC LIMIT 1",
        )?;
        let mut found = HashSet::new();
        for group in groups {
            for member in roots.members(roots.of(group.0)) {
                let params = (member, since.as_second(), project.get());
                let row: Option<i64> = statement.query_row(params, |row| row.get(0)).optional()?;
                if row.is_some() {
                    found.insert(*group);
                }
            }
        }
        Ok(found)
    }

    /// Issues that groups are linked to, in the order of the groups.
    pub fn issues_of_groups(&self, groups: &[GroupId]) -> Result<Vec<GroupIssue>, StoreError> {
        let roots = self.roots()?;
        let mut statement = self.conn.prepare_cached(
            "SELECT l.project_path, l.iid, i.title, i.state, i.web_url
             FROM issue_links l INDEXED BY issue_links_by_group
             LEFT JOIN issues i ON i.project_path = l.project_path AND i.iid = l.iid
             WHERE l.group_id = ?1 AND l.removed_at IS NULL ORDER BY l.id",
        )?;
        let mut issues = Vec::new();
        for group in groups {
            for member in roots.members(roots.of(group.0)) {
                let rows = statement.query_map([member], |row| {
                    Ok(GroupIssue {
                        group_id: *group,
                        key: IssueKey {
                            project_path: row.get(0)?,
                            iid: row.get(1)?,
                        },
                        title: row.get(2)?,
                        state: row.get(3)?,
                        web_url: row.get(4)?,
                    })
                })?;
                for issue in rows {
                    issues.push(issue?);
                }
            }
        }
        Ok(issues)
    }
}
