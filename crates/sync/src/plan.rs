//! What to ask next: stored state and time in, questions out; pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use labtower_model::ProjectId;
use labtower_store::{ProjectSync, SyncState};

/// Projects one request can ask for: the page size of GraphQL's `projects(ids:)`.
pub(crate) const PROJECTS_PER_REQUEST: usize = 100;

/// Projects whose watermarks are further apart than this are asked apart,
/// so that one project that cannot be read does not make its neighbours' window grow.
const WATERMARK_SPREAD: SignedDuration = SignedDuration::from_mins(10);

/// Pipelines a project may have to be packed: so many come with a change question, own and children each.
const PACKED_PIPELINES_EACH: u64 = 10;

/// Pipelines a packed question may bring in all: about one full page of a large project.
const PACKED_PIPELINES: u64 = 100;

/// One question: what changed in these projects since then?
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Question {
    pub(crate) ids: Vec<ProjectId>,
    pub(crate) updated_after: Timestamp,
}

/// The questions of one poll: every readable project with a watermark, 100 to a request.
pub(crate) fn poll_questions(projects: &[ProjectSync], overlap: Duration) -> Vec<Question> {
    let readable = projects
        .iter()
        .filter(|project| matches!(project.state, SyncState::Live | SyncState::Backfilling))
        .filter_map(|project| Some((project.watermark?, project.project_id)))
        .collect();
    questions(readable, overlap)
}

/// Questions about projects with their watermarks: 100 to a request, neighbours in time together.
pub(crate) fn questions(
    mut readable: Vec<(Timestamp, ProjectId)>,
    overlap: Duration,
) -> Vec<Question> {
    readable.sort_unstable();

    let overlap = SignedDuration::try_from(overlap).unwrap_or_default();
    let mut questions: Vec<Question> = Vec::new();
    let mut oldest = Timestamp::MIN;
    for (watermark, id) in readable {
        match questions.last_mut() {
            Some(question)
                if question.ids.len() < PROJECTS_PER_REQUEST
                    && watermark.duration_since(oldest) <= WATERMARK_SPREAD =>
            {
                question.ids.push(id);
            }
            _ => {
                oldest = watermark;
                questions.push(Question {
                    ids: vec![id],
                    updated_after: watermark.saturating_sub(overlap).unwrap_or(watermark),
                });
            }
        }
    }
    questions
}

/// How the past of counted projects is read.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct BackfillPlan {
    /// Small projects that share a request, with nothing left to page.
    pub(crate) packed: Vec<Vec<ProjectId>>,
    /// Projects read page by page.
    pub(crate) paged: Vec<ProjectId>,
}

/// Sorts projects, each with the number of its pipelines, by how their past is cheapest to read.
pub(crate) fn plan_backfill(totals: &[(ProjectId, u64)]) -> BackfillPlan {
    let mut plan = BackfillPlan::default();
    let mut pack: Vec<ProjectId> = Vec::new();
    let mut pipelines_in_pack = 0;
    for &(project, total) in totals {
        if total > PACKED_PIPELINES_EACH {
            plan.paged.push(project);
            continue;
        }
        if pack.len() == PROJECTS_PER_REQUEST || pipelines_in_pack + total > PACKED_PIPELINES {
            plan.packed.push(std::mem::take(&mut pack));
            pipelines_in_pack = 0;
        }
        pack.push(project);
        pipelines_in_pack += total;
    }
    if !pack.is_empty() {
        plan.packed.push(pack);
    }
    plan
}

/// Whole seconds until `total` is reached at the pace so far; none before anything was done.
pub(crate) fn eta_seconds(done: u64, total: u64, elapsed: Duration) -> Option<u64> {
    if done == 0 {
        return None;
    }
    let left = total.saturating_sub(done) as f64;
    Some((elapsed.as_secs_f64() * left / done as f64).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use labtower_model::samples::at;

    use super::*;

    const OVERLAP: Duration = Duration::from_secs(60);

    fn project(id: i64, watermark: i64) -> ProjectSync {
        ProjectSync {
            project_id: ProjectId(id),
            path_with_namespace: format!("group/project-{id}"),
            state: SyncState::Live,
            watermark: Some(at(watermark)),
            backfill_from: None,
            backfill_stage: None,
            backfill_cursor: None,
            backfill_total: None,
            rows: 0,
            requests: 0,
            last_success_at: None,
            last_error: None,
            failures: 0,
        }
    }

    #[test]
    fn hundred_projects_share_a_question() {
        let projects: Vec<_> = (1..=250).map(|id| project(id, 0)).collect();
        let sizes: Vec<_> = poll_questions(&projects, OVERLAP)
            .iter()
            .map(|question| question.ids.len())
            .collect();
        assert_eq!(sizes, [100, 100, 50]);
    }

    #[test]
    fn question_reaches_back_behind_its_oldest_watermark() {
        let questions = poll_questions(&[project(1, 30), project(2, 0)], OVERLAP);
        assert_eq!(
            questions,
            [Question {
                ids: vec![ProjectId(2), ProjectId(1)],
                updated_after: at(-60)
            }]
        );
    }

    #[test]
    fn project_far_behind_is_asked_alone() {
        let questions = poll_questions(&[project(1, 0), project(2, -3600)], OVERLAP);
        assert_eq!(questions.len(), 2);
        assert_eq!(questions[1].updated_after, at(-60));
    }

    #[test]
    fn pending_and_missing_projects_are_not_polled() {
        let mut pending = project(1, 0);
        pending.state = SyncState::Pending;
        let mut missing = project(2, 0);
        missing.state = SyncState::Missing;
        assert_eq!(poll_questions(&[pending, missing], OVERLAP), []);
    }

    #[test]
    fn small_projects_are_packed_and_large_ones_paged() {
        let plan = plan_backfill(&[(ProjectId(2), 10), (ProjectId(3), 11), (ProjectId(5), 1)]);
        assert_eq!(plan.packed, [vec![ProjectId(2), ProjectId(5)]]);
        assert_eq!(plan.paged, [ProjectId(3)]);
    }

    #[test]
    fn pack_never_brings_more_than_a_page_of_pipelines() {
        let many: Vec<_> = (1..=50).map(|id| (ProjectId(id), 9)).collect();
        let plan = plan_backfill(&many);
        assert!(plan.packed.iter().all(|pack| pack.len() <= 11));
        assert_eq!(plan.packed.iter().map(Vec::len).sum::<usize>(), 50);
    }

    #[test]
    fn eta_follows_the_pace() {
        assert_eq!(eta_seconds(0, 100, Duration::from_secs(10)), None);
        assert_eq!(eta_seconds(25, 100, Duration::from_secs(10)), Some(30));
        assert_eq!(eta_seconds(120, 100, Duration::from_secs(10)), Some(0));
    }
}
