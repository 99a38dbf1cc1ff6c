//! What people do: each action is one transaction with its row of the audit trail.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};
use serde_json::{Value, json};

use super::super::Session;
use super::super::counters::Counters;
use super::super::words::Words;
use super::{create, groups, issues, links, undo};
use crate::{Acted, Action, GroupId, IssueKey, LinkOrigin, StoreError, Subject};

/// What an action did, for the audit trail.
pub(super) struct Done {
    pub(super) action: &'static str,
    pub(super) subject: String,
    pub(super) detail: Value,
    pub(super) group: Option<GroupId>,
    /// The row of the audit trail that this completes; absent for one of its own.
    pub(super) completes: Option<i64>,
}

/// An action under way.
pub(super) struct Acting<'a> {
    pub(super) conn: &'a Connection,
    pub(super) actor: &'a str,
    pub(super) now: i64,
}

impl Session {
    /// Does what a person wants done.
    pub(in crate::write) fn act(
        &mut self,
        actor: &str,
        action: &Action,
    ) -> Result<Acted, StoreError> {
        let now = self.now();
        let tx = self
            .conn
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let acting = Acting {
            conn: &tx,
            actor,
            now,
        };
        let done = acting.act(action)?;
        let audit = match done.completes {
            Some(row) => {
                tx.prepare_cached("UPDATE audit SET detail = ?2 WHERE id = ?1")?
                    .execute(params![row, done.detail.to_string()])?;
                row
            }
            None => tx.prepare_cached(
                "INSERT INTO audit (at, actor, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .insert(params![now, actor, done.action, done.subject, done.detail.to_string()])?,
        };
        if let Action::Undo { audit: undone } = action {
            tx.prepare_cached("UPDATE audit SET undone_by = ?2 WHERE id = ?1")?
                .execute([*undone, audit])?;
        }
        let (generation, seq) = (self.generation + 1, self.seq + 1);
        Counters::save(&tx, generation, seq)?;
        tx.commit()?;
        self.generation = generation;
        self.seq = seq;
        self.counters.publish(generation, seq);
        Ok(Acted {
            audit,
            group: done.group,
        })
    }
}

impl Acting<'_> {
    fn act(&self, action: &Action) -> Result<Done, StoreError> {
        match action {
            Action::Assign {
                subjects,
                issue,
                known,
                how,
            } => {
                if let Some(known) = known {
                    issues::put(self.conn, known)?;
                }
                self.assign(subjects, issue, *how)
            }
            Action::Unassign { subjects, issue } => self.unassign(subjects, issue),
            Action::Classify {
                subjects,
                category,
                whose,
                note,
            } => self.classify(
                subjects,
                category.as_deref(),
                whose.as_deref(),
                note.as_deref(),
            ),
            Action::WrongReason { job, note } => {
                let subject = self.existing(Subject::Job(*job))?;
                let id = self.judge(subject, (None, None), true, note.as_deref())?;
                let mut detail = json!({ "judgements": [id], "note": note });
                // What it was wrong about, even if other rules speak later.
                if let Some((headline, kind, name, version)) = self.said_of(*job)? {
                    detail["headline"] = json!(headline);
                    detail["decided_kind"] = json!(kind);
                    detail["decided_name"] = json!(name);
                    detail["version"] = json!(version);
                }
                Ok(done("wrong_reason", subject.to_string(), detail))
            }
            Action::Merge { from, into } => self.merge(*from, *into),
            Action::Split {
                group,
                signatures,
                jobs,
            } => {
                let jobs: Vec<i64> = jobs.iter().map(|job| job.get()).collect();
                self.split(*group, signatures, &jobs)
            }
            Action::Rename { group, title } => {
                let group = self.root(*group)?;
                let was: Option<String> = self.conn.query_row(
                    "SELECT title FROM failure_groups WHERE id = ?1",
                    [group.0],
                    |row| row.get(0),
                )?;
                self.set_group(group, "title", title.as_deref())?;
                let detail = json!({ "group": group, "was": was, "is": title });
                Ok(done("rename", Subject::Group(group).to_string(), detail))
            }
            Action::Mute { group, until } => {
                let group = self.root(*group)?;
                let was: Option<i64> = self.conn.query_row(
                    "SELECT muted_until FROM failure_groups WHERE id = ?1",
                    [group.0],
                    |row| row.get(0),
                )?;
                let until = until.map(jiff::Timestamp::as_second);
                self.set_group(group, "muted_until", until)?;
                let detail = json!({ "group": group, "was": was, "is": until });
                Ok(done("mute", Subject::Group(group).to_string(), detail))
            }
            Action::AskForIssue {
                subjects,
                project_path,
                title,
                another,
            } => create::ask(self, subjects, (project_path, title), *another),
            Action::IssueAnswer {
                audit,
                subjects,
                made,
            } => create::answer(self, *audit, subjects, made),
            Action::Undo { audit } => undo::undo(self, *audit),
        }
    }

    fn assign(
        &self,
        subjects: &[Subject],
        issue: &IssueKey,
        how: LinkOrigin,
    ) -> Result<Done, StoreError> {
        let mut added = Vec::new();
        for subject in subjects {
            let subject = self.existing(*subject)?;
            added.extend(links::add(
                self.conn, subject, issue, how, self.actor, self.now,
            )?);
        }
        let detail = json!({ "issue": issue.to_string(), "links": added });
        Ok(done("assign", names(subjects), detail))
    }

    fn unassign(&self, subjects: &[Subject], issue: &IssueKey) -> Result<Done, StoreError> {
        let mut removed = Vec::new();
        for subject in subjects {
            let linked = match self.existing(*subject)? {
                // What was merged into a group shows its links there.
                Subject::Group(group) => self
                    .below(group)?
                    .into_iter()
                    .map(|group| links::of(self.conn, Subject::Group(GroupId(group)), issue))
                    .collect::<Result<Vec<_>, _>>()?
                    .concat(),
                job @ Subject::Job(_) => links::of(self.conn, job, issue)?,
            };
            for link in linked {
                links::set_removed(self.conn, link, Some(self.now))?;
                removed.push(link);
            }
        }
        let detail = json!({ "issue": issue.to_string(), "links": removed });
        Ok(done("unassign", names(subjects), detail))
    }

    fn classify(
        &self,
        subjects: &[Subject],
        category: Option<&str>,
        whose: Option<&str>,
        note: Option<&str>,
    ) -> Result<Done, StoreError> {
        let mut words = Words::default();
        let ids = (
            words.optional(self.conn, category)?,
            words.optional(self.conn, whose)?,
        );
        let mut judgements = Vec::new();
        for subject in subjects {
            let subject = self.existing(*subject)?;
            judgements.push(self.judge(subject, ids, false, note)?);
            self.rejudge(subject)?;
        }
        let detail = json!({
            "category": category, "whose": whose, "note": note, "judgements": judgements,
        });
        Ok(done("classify", names(subjects), detail))
    }

    /// Writes what somebody said; category and whose are words.
    fn judge(
        &self,
        subject: Subject,
        (category, whose): (Option<i64>, Option<i64>),
        wrong: bool,
        note: Option<&str>,
    ) -> Result<i64, StoreError> {
        let (group, job) = links::columns(subject);
        Ok(self
            .conn
            .prepare_cached(
                "INSERT INTO judgements (group_id, job_id, category, whose, wrong, note, actor, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .insert(params![
                group, job, category, whose, wrong, note, self.actor, self.now
            ])?)
    }

    /// Lets what people say of a subject show on the failures it means.
    pub(super) fn rejudge(&self, subject: Subject) -> Result<(), StoreError> {
        match subject {
            Subject::Job(job) => groups::judge(self.conn, job.get()),
            Subject::Group(group) => groups::judge_all(self.conn, group.0),
        }
    }

    /// Headline of a job, what decided it, and the version of that.
    fn said_of(
        &self,
        job: labtower_model::JobId,
    ) -> Result<Option<(String, String, String, String)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT r.headline, k.text, n.text, v.text FROM reasons r JOIN words k ON k.id = r.decided_kind
             JOIN words n ON n.id = r.decided_name JOIN words v ON v.id = r.version WHERE r.job_id = ?1",
        )?;
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        Ok(select.query_row([job.get()], row).optional()?)
    }

    fn merge(&self, from: GroupId, into: GroupId) -> Result<Done, StoreError> {
        let (from, into) = (self.root(from)?, self.root(into)?);
        if from == into {
            return Err(impossible(format!("group {from} is group {into} already")));
        }
        self.set_group(from, "merged_into", Some(into.0))?;
        self.rejudge(Subject::Group(from))?;
        let detail = json!({ "from": from, "into": into });
        Ok(done("merge", Subject::Group(from).to_string(), detail))
    }

    fn split(
        &self,
        group: GroupId,
        signatures: &[crate::SignatureKey],
        jobs: &[i64],
    ) -> Result<Done, StoreError> {
        let group = self.root(group)?;
        let old = self.below(group)?;
        let new: i64 = self
            .conn
            .prepare_cached(
                "INSERT INTO failure_groups (pattern, category, whose, first_seen, last_seen, created_at)
                 SELECT pattern, category, whose, first_seen, last_seen, ?2 FROM failure_groups WHERE id = ?1",
            )?
            .insert([group.0, self.now])?;
        let mut moved = 0;
        for (index, key) in signatures.iter().enumerate() {
            let hash = key.hash.to_be_bytes();
            let pattern: Option<(i64, String)> = self
                .conn
                .prepare_cached(
                    "SELECT group_id, pattern FROM signatures WHERE version = ?1 AND hash = ?2",
                )?
                .query_row(params![key.version, hash], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((_, pattern)) = pattern.filter(|(owner, _)| old.contains(owner)) else {
                return Err(impossible(format!("group {group} has no such signature")));
            };
            if index == 0 {
                self.set_group(GroupId(new), "pattern", Some(pattern))?;
            }
            self.conn
                .prepare_cached(
                    "UPDATE signatures SET group_id = ?3, how = 'manual' WHERE version = ?1 AND hash = ?2",
                )?
                .execute(params![key.version, hash, new])?;
            for owner in &old {
                moved += self
                    .conn
                    .prepare_cached(
                        "UPDATE failed_jobs SET group_id = ?3 WHERE group_id = ?4 AND EXISTS (
                           SELECT 1 FROM reasons r WHERE r.job_id = failed_jobs.job_id
                             AND r.signature_version = ?1 AND r.signature = ?2)",
                    )?
                    .execute(params![key.version, hash, new, owner])?;
            }
        }
        for job in jobs {
            let owner: Option<i64> = self
                .conn
                .prepare_cached("SELECT group_id FROM failed_jobs WHERE job_id = ?1")?
                .query_row([job], |row| row.get(0))
                .optional()?
                .flatten();
            if owner.is_some_and(|owner| old.contains(&owner)) {
                moved += self
                    .conn
                    .prepare_cached("UPDATE failed_jobs SET group_id = ?2 WHERE job_id = ?1")?
                    .execute([*job, new])?;
            }
        }
        if moved == 0 && signatures.is_empty() {
            return Err(impossible(format!("nothing of group {group} was chosen")));
        }
        self.conn
            .prepare_cached(
                "UPDATE failure_groups SET (first_seen, last_seen) = (
                   SELECT coalesce(min(created_at), first_seen), coalesce(max(created_at), last_seen)
                   FROM failed_jobs WHERE group_id = ?1)
                 WHERE id = ?1",
            )?
            .execute([new])?;
        self.rejudge(Subject::Group(GroupId(new)))?;
        let detail = json!({ "group": group, "new": new, "moved": moved });
        let mut done = done("split", Subject::Group(group).to_string(), detail);
        done.group = Some(GroupId(new));
        Ok(done)
    }

    pub(super) fn set_group<T: rusqlite::ToSql>(
        &self,
        group: GroupId,
        column: &str,
        value: Option<T>,
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(&format!(
                "UPDATE failure_groups SET {column} = ?2 WHERE id = ?1"
            ))?
            .execute(params![group.0, value])?;
        Ok(())
    }

    /// A group and all that were merged into it.
    pub(super) fn below(&self, group: GroupId) -> Result<Vec<i64>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "WITH RECURSIVE down (id) AS (
               SELECT ?1 UNION SELECT g.id FROM failure_groups g JOIN down ON g.merged_into = down.id)
             SELECT id FROM down",
        )?;
        let ids = select.query_map([group.0], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// The group a group was merged into in the end.
    fn root(&self, group: GroupId) -> Result<GroupId, StoreError> {
        let root = groups::root(self.conn, group.0)?;
        root.map(GroupId)
            .ok_or_else(|| impossible(format!("there is no group {group}")))
    }

    /// The subject as it is stored; a merged group is the one it went into.
    pub(super) fn existing(&self, subject: Subject) -> Result<Subject, StoreError> {
        match subject {
            Subject::Group(group) => Ok(Subject::Group(self.root(group)?)),
            Subject::Job(job) => {
                let there: bool = self
                    .conn
                    .prepare_cached("SELECT EXISTS (SELECT 1 FROM failed_jobs WHERE job_id = ?1)")?
                    .query_row([job.get()], |row| row.get(0))?;
                if there {
                    Ok(subject)
                } else {
                    Err(impossible(format!("there is no failed job {job}")))
                }
            }
        }
    }
}

/// What was done, without a new group.
pub(super) fn done(action: &'static str, subject: String, detail: Value) -> Done {
    Done {
        action,
        subject,
        detail,
        group: None,
        completes: None,
    }
}

/// The action makes no sense as things are.
pub(super) fn impossible(detail: String) -> StoreError {
    StoreError::Impossible { detail }
}

pub(super) fn names(subjects: &[Subject]) -> String {
    let names: Vec<String> = subjects.iter().map(ToString::to_string).collect();
    names.join(", ")
}
