//! Reads the past of projects seen for the first time: newest pipelines first, resumable at every page.
//!
//! Projects are counted 100 to a request, small ones then share a request and large ones are paged.
//! All large projects advance a page at a time, so that the newest days of every project come first.
//! The cursor of a project is stored with the rows of its page: after a kill the next page is asked for, no more.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use futures::{StreamExt, stream, stream::FuturesUnordered};
use jiff::{SignedDuration, Timestamp};
use labtower_gitlab::{GitlabError, PipelineFilter, PipelineList, Priority, ProjectCounts};
use labtower_model::ProjectId;
use labtower_store::{BackfillStage, Batch, ProjectSync, SyncState, SyncUpdate};
use tracing::{info, warn};

use crate::{
    Selection, SyncError, Syncer,
    fetch::{fetch, may_concern_one_project},
    plan::{PROJECTS_PER_REQUEST, plan_backfill},
};

/// Counting requests at once.
const CONCURRENT_COUNTS: usize = 4;

/// A piece of the past that one request reads.
#[derive(Debug, Clone)]
enum Piece {
    /// All of several small projects.
    Pack {
        ids: Vec<ProjectId>,
        from: Timestamp,
    },
    /// The next page of one project.
    Page {
        project: ProjectId,
        from: Timestamp,
        stage: BackfillStage,
        cursor: Option<String>,
        /// Whether the project has child pipelines; unknown counts as yes.
        children: bool,
    },
}

/// What became of a piece.
enum Outcome {
    Done,
    More(Piece),
    Failed(Vec<ProjectId>),
}

impl Syncer {
    /// Reads the past of every project that still lacks it; returns the projects that could not be read.
    ///
    /// # Errors
    /// When GitLab cannot be asked at all or the store fails. Calling again goes on where this stopped.
    pub(crate) async fn backfill(&self) -> Result<Vec<ProjectId>, SyncError> {
        let with_children = self.count_pending().await?;
        let rows = self.read(|reader| reader.sync_projects()).await?;
        let unread: Vec<_> = rows
            .iter()
            .filter(|row| row.state == SyncState::Backfilling)
            .collect();
        if unread.is_empty() {
            return Ok(Vec::new());
        }
        let total = rows.iter().filter_map(|row| row.backfill_total).sum();
        let done = rows.iter().map(|row| row.rows).sum();
        self.progress.backfill_begins(done, total, self.clock.now());
        info!(
            projects = unread.len(),
            pipelines = total - done.min(total),
            "backfill begins"
        );

        let mut waiting: VecDeque<Piece> = pieces(&unread, &with_children).into();
        let mut asked = FuturesUnordered::new();
        let mut failed = Vec::new();
        loop {
            while asked.len() < self.options.backfill_concurrency.max(1) {
                let Some(piece) = waiting.pop_front() else {
                    break;
                };
                asked.push(self.read_piece(piece));
            }
            match asked.next().await {
                Some(outcome) => match outcome? {
                    Outcome::Done => {}
                    Outcome::More(piece) => waiting.push_back(piece),
                    Outcome::Failed(projects) => failed.extend(projects),
                },
                None => break,
            }
        }
        info!(failed = failed.len(), "backfill pass ends");
        Ok(failed)
    }

    /// Counts the past of new projects and starts their backfill; returns those with child pipelines.
    async fn count_pending(&self) -> Result<HashMap<ProjectId, bool>, SyncError> {
        let pending: Vec<ProjectId> = self
            .read(|reader| reader.sync_projects())
            .await?
            .into_iter()
            .filter(|row| row.state == SyncState::Pending)
            .map(|row| row.project_id)
            .collect();
        let chunks: Vec<Vec<ProjectId>> = pending
            .chunks(PROJECTS_PER_REQUEST)
            .map(<[ProjectId]>::to_vec)
            .collect();
        let mut counting = stream::iter(chunks)
            .map(|ids| self.count(ids))
            .buffer_unordered(CONCURRENT_COUNTS);
        let mut with_children = HashMap::new();
        while let Some(counts) = counting.next().await {
            with_children.extend(counts?.iter().map(|c| (c.project_id, c.children > 0)));
        }
        Ok(with_children)
    }

    async fn count(&self, ids: Vec<ProjectId>) -> Result<Vec<ProjectCounts>, SyncError> {
        let now = self.gitlab_now();
        let days = SignedDuration::from_hours(24 * i64::from(self.options.backfill_days));
        let from = now.saturating_sub(days).unwrap_or(now);
        let ask = |ids: Vec<ProjectId>| async move {
            self.client.counts(&ids, from, Priority::Backfill).await
        };
        let fetched = fetch(ids, ask).await?;
        for (project, error) in fetched.failed {
            self.failed(project, error.sentence()).await?;
        }
        let mut counts = Vec::new();
        for (ids, answer) in fetched.answers {
            let counted: HashSet<_> = answer.value.iter().map(|c| c.project_id).collect();
            for absent in ids.into_iter().filter(|id| !counted.contains(id)) {
                self.verify_absent(absent).await?;
            }
            let mut sync = Vec::new();
            for count in &answer.value {
                let project_id = count.project_id;
                let total = count.pipelines + count.children;
                // Whatever changes from here on is the poll's, which starts at this watermark.
                sync.push(SyncUpdate::BackfillStarted {
                    project_id,
                    from,
                    total,
                    watermark: answer.asked_at,
                });
                if total == 0 {
                    sync.push(self.done(project_id));
                }
            }
            let batch = Batch {
                sync,
                ..Batch::default()
            };
            self.store.write(batch).await?;
            counts.extend(answer.value);
        }
        Ok(counts)
    }

    async fn read_piece(&self, piece: Piece) -> Result<Outcome, SyncError> {
        match piece {
            Piece::Pack { ids, from } => self.read_pack(ids, from).await,
            Piece::Page { .. } => self.read_page(piece).await,
        }
    }

    async fn read_pack(&self, ids: Vec<ProjectId>, from: Timestamp) -> Result<Outcome, SyncError> {
        let ask = |ids: Vec<ProjectId>| async move {
            self.client.changed(&ids, from, Priority::Backfill).await
        };
        let fetched = fetch(ids, ask).await?;
        let mut failed = Vec::new();
        for (project, error) in fetched.failed {
            self.failed(project, error.sentence()).await?;
            failed.push(project);
        }
        for (ids, answer) in fetched.answers {
            let mut absent: HashSet<ProjectId> = ids.into_iter().collect();
            let mut batch = Batch {
                read_at: Some(answer.asked_at),
                ..Batch::default()
            };
            let mut rows = 0;
            for project in answer.value {
                absent.remove(&project.project_id);
                // What no longer fits was created since the count, so the poll reads it.
                let pipelines = project.pipelines.len() as u64;
                rows += pipelines;
                batch.sync.push(SyncUpdate::BackfillPage {
                    project_id: project.project_id,
                    stage: BackfillStage::Children,
                    cursor: None,
                    rows: pipelines,
                    requests: 0,
                });
                batch.sync.push(self.done(project.project_id));
                batch.pipelines.extend(project.pipelines);
            }
            self.write_past(batch, rows).await?;
            for project in absent {
                self.verify_absent(project).await?;
            }
        }
        Ok(if failed.is_empty() {
            Outcome::Done
        } else {
            Outcome::Failed(failed)
        })
    }

    async fn read_page(&self, piece: Piece) -> Result<Outcome, SyncError> {
        let Piece::Page {
            project,
            from,
            stage,
            cursor,
            children,
        } = piece
        else {
            return Ok(Outcome::Done);
        };
        let list = match stage {
            BackfillStage::Own => PipelineList::Own,
            BackfillStage::Children => PipelineList::Children,
        };
        let answer = self
            .client
            .pipelines_page(
                project,
                list,
                PipelineFilter::UpdatedAfter(from),
                cursor.as_deref(),
                Priority::Backfill,
            )
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(GitlabError::GraphQl { partial: false, .. }) if cursor.is_some() => {
                warn!(%project, "stored cursor refused, project read from its newest pipeline again");
                return Ok(Outcome::More(Piece::Page {
                    project,
                    from,
                    stage,
                    cursor: None,
                    children,
                }));
            }
            Err(error) if may_concern_one_project(&error) => {
                self.failed(project, error.sentence()).await?;
                return Ok(Outcome::Failed(vec![project]));
            }
            Err(error) => return Err(error.into()),
        };
        let Some(page) = answer.value else {
            self.verify_absent(project).await?;
            return Ok(Outcome::Failed(vec![project]));
        };

        let rows = page.pipelines.len() as u64;
        let following = match (stage, page.next) {
            (stage, Some(cursor)) => Some((stage, Some(cursor))),
            (BackfillStage::Own, None) if children => Some((BackfillStage::Children, None)),
            (_, None) => None,
        };
        let (next_stage, next_cursor) = following.clone().unwrap_or((stage, None));
        let mut sync = vec![SyncUpdate::BackfillPage {
            project_id: project,
            stage: next_stage,
            cursor: next_cursor,
            rows,
            requests: answer.requests,
        }];
        if following.is_none() {
            sync.push(self.done(project));
        }
        let batch = Batch {
            read_at: Some(answer.asked_at),
            pipelines: page.pipelines,
            sync,
            ..Batch::default()
        };
        self.write_past(batch, rows).await?;
        Ok(match following {
            None => Outcome::Done,
            Some((stage, cursor)) => Outcome::More(Piece::Page {
                project,
                from,
                stage,
                cursor,
                children,
            }),
        })
    }

    async fn write_past(&self, mut batch: Batch, rows: u64) -> Result<(), SyncError> {
        Selection::new(&self.options).filter(&mut batch.pipelines);
        self.store.write(batch).await?;
        self.progress.backfill_advances(rows, self.clock.now());
        Ok(())
    }

    fn done(&self, project_id: ProjectId) -> SyncUpdate {
        SyncUpdate::BackfillDone {
            project_id,
            at: self.clock.now(),
        }
    }
}

/// The pieces left of projects whose backfill has started, in this process or in one before.
fn pieces(unread: &[&ProjectSync], with_children: &HashMap<ProjectId, bool>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut untouched: BTreeMap<Timestamp, Vec<(ProjectId, u64)>> = BTreeMap::new();
    for row in unread {
        let from = row.backfill_from.unwrap_or(Timestamp::UNIX_EPOCH);
        if row.rows == 0 && row.backfill_cursor.is_none() {
            untouched
                .entry(from)
                .or_default()
                .push((row.project_id, row.backfill_total.unwrap_or(u64::MAX)));
        } else {
            pieces.push(Piece::Page {
                project: row.project_id,
                from,
                stage: row.backfill_stage.unwrap_or(BackfillStage::Own),
                cursor: row.backfill_cursor.clone(),
                children: true,
            });
        }
    }
    for (from, totals) in untouched {
        let plan = plan_backfill(&totals);
        pieces.extend(plan.paged.into_iter().map(|project| Piece::Page {
            project,
            from,
            stage: BackfillStage::Own,
            cursor: None,
            children: with_children.get(&project).copied().unwrap_or(true),
        }));
        pieces.extend(plan.packed.into_iter().map(|ids| Piece::Pack { ids, from }));
    }
    pieces
}
