//! Rows of `merge_requests`.

use labtower_model::MergeRequest;
use rusqlite::{OptionalExtension, params};

use super::apply::Apply;
use super::pipelines::Sha;
use crate::StoreError;
use crate::feed::ChangeKind;
use crate::prepare::Entity;

impl Apply<'_> {
    /// Writes a merge request, unless exactly that is stored already or something newer is.
    ///
    /// GitLab's `updated_at` has whole seconds here, so between equal times the later read wins.
    pub(super) fn merge_request(
        &mut self,
        request: &Entity<MergeRequest>,
        read_at: i64,
    ) -> Result<(), StoreError> {
        let value = &request.value;
        let stored: Option<(i64, i64, i64)> = self
            .conn
            .prepare_cached("SELECT hash, updated_at, read_at FROM merge_requests WHERE id = ?1")?
            .query_row([value.id.get()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .optional()?;
        if let Some((hash, updated_at, stored_read_at)) = stored {
            if hash == request.hash {
                self.written.unchanged += 1;
                return Ok(());
            }
            if (value.updated_at.as_second(), read_at) < (updated_at, stored_read_at) {
                self.written.stale += 1;
                return Ok(());
            }
        }
        self.put_merge_request(request, read_at)?;
        self.written.changed_merge_requests += 1;
        self.record(
            ChangeKind::MergeRequest,
            value.id.get(),
            value.project_id.get(),
            request.json.clone(),
        )
    }

    fn put_merge_request(
        &mut self,
        request: &Entity<MergeRequest>,
        read_at: i64,
    ) -> Result<(), StoreError> {
        let value = &request.value;
        for user in [&value.author, &value.merge_user].into_iter().flatten() {
            self.memory.users.put(self.conn, user)?;
        }
        let words = &mut self.memory.words;
        let state = words.id(self.conn, &value.state)?;
        let source_branch = words.optional(self.conn, value.source_branch.as_deref())?;
        let target_branch = words.optional(self.conn, value.target_branch.as_deref())?;
        self.conn
            .prepare_cached(
                "INSERT INTO merge_requests (id, iid, project_id, state, draft, title, source_branch, target_branch,
                   sha, merge_commit_sha, labels, author_id, merge_user_id, created_at, updated_at, merged_at,
                   closed_at, first_commit_at, commit_count, user_notes_count, read_at, hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,
                   ?21, ?22)
                 ON CONFLICT (id) DO UPDATE SET
                   iid = excluded.iid, project_id = excluded.project_id, state = excluded.state,
                   draft = excluded.draft, title = excluded.title, source_branch = excluded.source_branch,
                   target_branch = excluded.target_branch, sha = excluded.sha,
                   merge_commit_sha = excluded.merge_commit_sha, labels = excluded.labels,
                   author_id = excluded.author_id, merge_user_id = excluded.merge_user_id,
                   created_at = excluded.created_at, updated_at = excluded.updated_at,
                   merged_at = excluded.merged_at, closed_at = excluded.closed_at,
                   first_commit_at = excluded.first_commit_at, commit_count = excluded.commit_count,
                   user_notes_count = excluded.user_notes_count, read_at = excluded.read_at, hash = excluded.hash",
            )?
            .execute(params![
                value.id.get(),
                value.iid.get(),
                value.project_id.get(),
                state,
                value.draft,
                value.title,
                source_branch,
                target_branch,
                value.sha.as_deref().map(Sha::of),
                value.merge_commit_sha.as_deref().map(Sha::of),
                serde_json::to_string(&value.labels).unwrap_or_default(),
                value.author.as_ref().map(|user| user.id.get()),
                value.merge_user.as_ref().map(|user| user.id.get()),
                value.created_at.as_second(),
                value.updated_at.as_second(),
                value.merged_at.map(jiff::Timestamp::as_second),
                value.closed_at.map(jiff::Timestamp::as_second),
                value.first_commit_at.map(jiff::Timestamp::as_second),
                value.commit_count,
                value.user_notes_count,
                read_at,
                request.hash,
            ])?;
        Ok(())
    }
}
