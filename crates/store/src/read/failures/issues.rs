//! Issues, and what belongs to them.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Row, ToSql};
use serde::Serialize;

use super::json;
use crate::read::column;
use crate::{GroupId, Issue, IssueKey, LinkOrigin, Reader, StoreError, Tracker};

/// An issue that a failure belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkedIssue {
    /// The issue.
    pub key: IssueKey,
    /// Its title; absent before it was read.
    pub title: Option<String>,
    /// `opened` or `closed`; absent before it was read.
    pub state: Option<String>,
    /// Its page; absent before it was read.
    pub web_url: Option<String>,
    /// Usernames of those it is assigned to.
    pub assignees: Vec<String>,
    /// Its labels.
    pub labels: Vec<String>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// How it was linked.
    pub how: LinkOrigin,
    /// Who linked it.
    pub actor: String,
    /// When.
    pub at: Timestamp,
    /// The group that is linked; absent when the job alone is.
    pub group_id: Option<GroupId>,
}

impl LinkedIssue {
    /// The one to show: open before closed, then the link made last.
    pub(super) fn first(links: Vec<Self>) -> Option<Self> {
        links
            .into_iter()
            .max_by_key(|link| (link.state.as_deref() != Some("closed"), link.at))
    }
}

/// An issue that may be what a failure belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssueMatch {
    /// The issue.
    pub issue: Issue,
    /// How alike its title is: 0 to 1.
    pub similarity: f64,
}

const ISSUE: &str = "SELECT project_path, iid, id, title, state, labels, assignees, author, web_url, created_at, \
     updated_at, closed_at, blocks FROM issues";

const LINK: &str = "SELECT l.project_path, l.iid, i.title, i.state, i.web_url, i.assignees, i.labels, i.updated_at, \
     i.closed_at, l.how, l.actor, l.at, l.group_id FROM issue_links l \
     LEFT JOIN issues i ON i.project_path = l.project_path AND i.iid = l.iid";

impl Reader<'_> {
    /// An issue, if it was read.
    pub fn issue(&self, key: &IssueKey) -> Result<Option<Issue>, StoreError> {
        let sql = format!("{ISSUE} WHERE project_path = ?1 AND iid = ?2");
        Ok(self
            .issues_where(&sql, &[&key.project_path, &key.iid])?
            .pop())
    }

    /// Issues with known-issue blocks, by project and number; closed ones too.
    pub fn issues_with_blocks(&self) -> Result<Vec<Issue>, StoreError> {
        self.issues_where(
            &format!("{ISSUE} INDEXED BY issues_with_blocks WHERE blocks <> '[]'"),
            &[],
        )
    }

    /// Issues that failures are linked to, by project and number; read ones and others.
    pub fn linked_issues(&self) -> Result<Vec<IssueKey>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT DISTINCT project_path, iid FROM issue_links INDEXED BY issue_links_by_issue
             WHERE removed_at IS NULL ORDER BY project_path, iid",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(IssueKey {
                project_path: row.get(0)?,
                iid: row.get(1)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Issues of some projects whose titles are like a text, the most alike first; open before closed among equals.
    pub fn issues_like(
        &self,
        text: &str,
        projects: &[String],
        limit: usize,
    ) -> Result<Vec<IssueMatch>, StoreError> {
        let wanted = trigrams(text);
        if wanted.len() < 3 {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for project in projects {
            let sql = format!("{ISSUE} WHERE project_path = ?1");
            for issue in self.issues_where(&sql, &[project])? {
                let similarity = alike(&wanted, &trigrams(&issue.title));
                if similarity > 0.1 {
                    found.push(IssueMatch { issue, similarity });
                }
            }
        }
        found.sort_by(|a, b| {
            // A closed issue must be clearly more alike to come before an open one.
            let rank =
                |row: &IssueMatch| row.similarity + if row.issue.is_open() { 0.1 } else { 0.0 };
            rank(b)
                .total_cmp(&rank(a))
                .then_with(|| a.issue.key.cmp(&b.issue.key))
        });
        found.truncate(limit);
        Ok(found)
    }

    /// How far issues were read, by project.
    pub fn issue_trackers(&self) -> Result<Vec<Tracker>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT project_path, watermark, tried_at, refused, last_error, failures FROM issue_trackers
             ORDER BY project_path",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(Tracker {
                project_path: row.get(0)?,
                watermark: column::time_or_none(row, 1)?,
                tried_at: column::time(row, 2)?,
                refused: row.get(3)?,
                last_error: row.get(4)?,
                failures: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Links of single groups, as they were made; with `groups`, only theirs.
    pub(super) fn group_links(
        &self,
        groups: Option<&[i64]>,
    ) -> Result<Vec<(i64, LinkedIssue)>, StoreError> {
        let mut links = Vec::new();
        let mut take = |condition: &str, params: &[&dyn ToSql]| -> Result<(), StoreError> {
            let mut statement = self.conn.prepare_cached(&format!(
                // `+`, or SQLite walks all links for the sake of their order.
                "{LINK} WHERE l.removed_at IS NULL AND {condition} ORDER BY +l.id"
            ))?;
            let mut rows = statement.query(params)?;
            while let Some(row) = rows.next()? {
                links.push((row.get(12)?, link(row)?));
            }
            Ok(())
        };
        match groups {
            None => take("l.group_id IS NOT NULL", &[])?,
            Some(groups) => {
                for group in groups {
                    take("l.group_id = ?1", &[group])?;
                }
            }
        }
        Ok(links)
    }

    /// Links of one job alone.
    pub(super) fn job_links(&self, job: i64) -> Result<Vec<LinkedIssue>, StoreError> {
        let mut statement = self.conn.prepare_cached(&format!(
            "{LINK} WHERE l.job_id = ?1 AND l.removed_at IS NULL ORDER BY l.id"
        ))?;
        let mut rows = statement.query([job])?;
        let mut links = Vec::new();
        while let Some(row) = rows.next()? {
            links.push(link(row)?);
        }
        Ok(links)
    }

    /// Jobs from `first` to `last` with a link of their own; `None` when there are more than `most`.
    pub(super) fn linked_jobs(
        &self,
        (first, last): (i64, i64),
        most: usize,
    ) -> Result<Option<HashSet<i64>>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT job_id FROM issue_links INDEXED BY issue_links_by_job
             WHERE job_id IS NOT NULL AND removed_at IS NULL AND job_id BETWEEN ?1 AND ?2 LIMIT ?3",
        )?;
        let mut rows = statement.query((first, last, most as i64 + 1))?;
        let (mut jobs, mut seen) = (HashSet::new(), 0);
        while let Some(row) = rows.next()? {
            jobs.insert(row.get(0)?);
            seen += 1;
        }
        Ok((seen <= most).then_some(jobs))
    }

    fn issues_where(&self, sql: &str, params: &[&dyn ToSql]) -> Result<Vec<Issue>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut issues = Vec::new();
        while let Some(row) = rows.next()? {
            let text = |index: usize| row.get::<_, String>(index);
            issues.push(Issue {
                key: IssueKey {
                    project_path: row.get(0)?,
                    iid: row.get(1)?,
                },
                id: row.get(2)?,
                title: row.get(3)?,
                state: row.get(4)?,
                labels: json(&text(5)?, "the labels of an issue")?,
                assignees: json(&text(6)?, "the assignees of an issue")?,
                author: row.get(7)?,
                web_url: row.get(8)?,
                created_at: column::time(row, 9)?,
                updated_at: column::time(row, 10)?,
                closed_at: column::time_or_none(row, 11)?,
                blocks: json(&text(12)?, "the blocks of an issue")?,
            });
        }
        Ok(issues)
    }
}

fn link(row: &Row<'_>) -> Result<LinkedIssue, StoreError> {
    let list = |index: usize| -> Result<Vec<String>, StoreError> {
        let text: Option<String> = row.get(index)?;
        text.map_or_else(|| Ok(Vec::new()), |text| json(&text, "a list of an issue"))
    };
    let how: String = row.get(9)?;
    Ok(LinkedIssue {
        key: IssueKey {
            project_path: row.get(0)?,
            iid: row.get(1)?,
        },
        title: row.get(2)?,
        state: row.get(3)?,
        web_url: row.get(4)?,
        assignees: list(5)?,
        labels: list(6)?,
        updated_at: column::time_or_none(row, 7)?,
        closed_at: column::time_or_none(row, 8)?,
        how: LinkOrigin::parse(&how),
        actor: row.get(10)?,
        at: column::time(row, 11)?,
        group_id: row.get::<_, Option<i64>>(12)?.map(GroupId),
    })
}

/// Three letters in a row, of words in lower case, each counted once.
fn trigrams(text: &str) -> HashSet<[char; 3]> {
    let mut found = HashSet::new();
    for word in text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
    {
        let letters: Vec<char> = std::iter::once(' ')
            .chain(word.chars().flat_map(char::to_lowercase))
            .chain(std::iter::once(' '))
            .collect();
        found.extend(
            letters
                .windows(3)
                .map(|three| [three[0], three[1], three[2]]),
        );
    }
    found
}

/// How much of the shorter text the longer one has, weighed with how much they share: 0 to 1.
fn alike(a: &HashSet<[char; 3]>, b: &HashSet<[char; 3]>) -> f64 {
    let shared = a.intersection(b).count() as f64;
    let (shorter, all) = (a.len().min(b.len()).max(1), (a.len() + b.len()) as f64);
    if shared < 3.0 {
        return 0.0;
    }
    0.5 * shared / shorter as f64 + 0.5 * 2.0 * shared / all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_words_in_another_order_are_alike_and_others_not() {
        let of = |a: &str, b: &str| alike(&trigrams(a), &trigrams(b));
        assert!(of("Connection refused by db:5432", "db refuses connections") > 0.4);
        assert!(of("Connection refused by db:5432", "Add a dark theme") < 0.1);
        assert!((of("Same title", "same TITLE") - 1.0).abs() < 1e-9);
    }
}
