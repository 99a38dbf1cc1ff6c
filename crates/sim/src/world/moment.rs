//! The world at one instant.

use std::sync::{Arc, RwLockReadGuard};

use super::facts::{JobFacts, JobKind, PipelineFacts};
use super::layout::{Kind, Layout};
use super::pipeline::{FIRST_PIPELINE, NONE, Row, Source, State, Target};
use super::plan::{Job, Plan};
use super::project::Project;
use super::random::mix;
use super::status::Status;
use super::time::{HOUR, Time};
use super::{Branch, World};

/// The world as it looks at one instant: everything an answer says is read through it.
///
/// It holds the world's lock, so it must not live across an `.await`.
pub(crate) struct Moment<'a> {
    world: RwLockReadGuard<'a, World>,
    /// GitLab's clock.
    pub(crate) now: Time,
    /// When the world was stopped, if it was: nothing changes after that.
    frozen: Option<Time>,
    /// Up to this long after a change it is seen: milliseconds.
    late: i64,
}

impl std::ops::Deref for Moment<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl<'a> Moment<'a> {
    /// The world at `now`, which it must have been played up to.
    pub(crate) fn new(
        world: RwLockReadGuard<'a, World>,
        now: Time,
        frozen: Option<Time>,
        late: i64,
    ) -> Self {
        Self {
            world,
            now,
            frozen,
            late,
        }
    }

    /// The same moment seen without delay.
    pub(crate) fn punctual(self) -> Self {
        Self { late: 0, ..self }
    }

    /// The instant shown: `now`, or when the world was frozen.
    pub(crate) fn at(&self) -> Time {
        self.frozen.map_or(self.now, |frozen| frozen.min(self.now))
    }

    /// The instant shown of one pipeline: rows become visible late by different delays.
    fn at_of(&self, index: u32) -> Time {
        if self.late == 0 {
            return self.at();
        }
        let delay = match mix(0x1A7E, u64::from(index)) % 3 {
            0 => 0,
            1 => self.late / 2,
            _ => self.late,
        };
        let seen = self.now.plus(-delay);
        self.frozen.map_or(seen, |frozen| frozen.min(seen))
    }

    /// Whether the pipeline at this index exists by now.
    pub(crate) fn exists(&self, index: u32) -> bool {
        self.pipelines
            .get(index as usize)
            .is_some_and(|row| row.created <= self.at_of(index))
    }

    /// Index of the pipeline with this id, if it exists by now.
    pub(crate) fn pipeline_index(&self, id: u64) -> Option<u32> {
        let index = u32::try_from(id.checked_sub(FIRST_PIPELINE)?).ok()?;
        self.exists(index).then_some(index)
    }

    /// The pipelines of a project that exist by now, newest first.
    pub(crate) fn pipelines_of(&self, project: u32) -> impl DoubleEndedIterator<Item = u32> + '_ {
        let rows = &self.projects[project as usize].pipelines;
        rows.iter()
            .rev()
            .copied()
            .filter(|index| self.exists(*index))
    }

    /// The pipeline's own columns by now; cheap.
    pub(crate) fn state(&self, index: u32) -> State {
        let row = &self.pipelines[index as usize];
        let at = self.at_of(index);
        if row.settled <= at {
            return row.last;
        }
        self.plan(row).state(row.created, at.since(row.created))
    }

    /// Everything about a pipeline but its jobs.
    pub(crate) fn pipeline(&self, index: u32) -> PipelineFacts {
        let row = &self.pipelines[index as usize];
        let project = &self.projects[row.project as usize];
        let plan = self.plan(row);
        let at = self.at_of(index).since(row.created);
        let state = plan.state(row.created, at);
        let (ref_name, ref_path) = refs(project, row.target);
        let queued = state
            .started
            .map(|started| started.since(row.created) / 1_000);
        let newest = || {
            plan.jobs
                .iter()
                .filter(|job| job.created <= at && job.retried.is_none_or(|retried| retried > at))
        };
        let covered: Vec<f64> = newest()
            .filter(|job| job.status(at) == Some(Status::Success))
            .filter_map(|job| job.coverage)
            .collect();
        let commit = &project.commits[row.commit as usize];
        let before = commit
            .parent
            .map_or_else(|| "0".repeat(40), |parent| project.sha(parent));
        let layout = self.layout(row);
        PipelineFacts {
            index,
            id: FIRST_PIPELINE + u64::from(index),
            iid: row.iid,
            project: row.project,
            project_id: project.id,
            name: pipeline_name(row),
            ref_name,
            ref_path,
            target: row.target,
            sha: project.sha(row.commit),
            before_sha: before,
            source: row.source,
            status: state.status,
            created: row.created,
            updated: state.updated,
            started: state.started,
            finished: state.finished,
            committed: Some(commit.at),
            duration: state.duration,
            queued_duration: queued.filter(|seconds| *seconds != 0),
            coverage: (!covered.is_empty()).then(|| {
                (covered.iter().sum::<f64>() / covered.len() as f64 * 100.0).round() / 100.0
            }),
            failure_reason: plan.failure.map(|failure| failure.reason),
            yaml_errors: plan.failure.and_then(|failure| failure.yaml_errors),
            user: (row.user != NONE).then_some(row.user),
            parent: (row.parent != NONE).then_some(row.parent),
            warnings: newest().any(|job| {
                layout.jobs[job.template as usize].allow_failure
                    && job.status(at) == Some(Status::Failed)
            }),
        }
    }

    /// All jobs of a pipeline that exist by now, retried ones and bridges too, by ascending id.
    pub(crate) fn jobs(&self, index: u32) -> Vec<JobFacts> {
        let row = &self.pipelines[index as usize];
        let plan = self.plan(row);
        let shared = Shared::of(self, index, row, &plan);
        let mut jobs = Vec::with_capacity(plan.jobs.len());
        let mut block = row.first_block;
        while block != NONE {
            let ids = &self.blocks[block as usize];
            for offset in 0..ids.rows {
                let number = ids.first_row + offset;
                let id = ids.first_id + u64::from(offset);
                jobs.extend(self.job_facts(&shared, number, id));
            }
            block = ids.next;
        }
        jobs
    }

    /// The job with this id, if it exists by now.
    pub(crate) fn job(&self, id: u64) -> Option<JobFacts> {
        let after = self.blocks.partition_point(|block| block.first_id <= id);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        let offset = u16::try_from(id - block.first_id)
            .ok()
            .filter(|offset| *offset < block.rows)?;
        let row = &self.pipelines[block.pipeline as usize];
        self.exists(block.pipeline).then_some(())?;
        let plan = self.plan(row);
        let shared = Shared::of(self, block.pipeline, row, &plan);
        self.job_facts(&shared, block.first_row + offset, id)
    }

    /// The project's builds that exist by now (retried ones too, no bridges), newest first; lazy.
    pub(crate) fn jobs_of(&self, project: u32) -> impl Iterator<Item = JobFacts> + '_ {
        self.jobs_before(project, u64::MAX)
    }

    /// [`Moment::jobs_of`] with ids below `before`.
    pub(crate) fn jobs_before(
        &self,
        project: u32,
        before: u64,
    ) -> impl Iterator<Item = JobFacts> + '_ {
        let blocks = &self.projects[project as usize].blocks;
        let end = blocks.partition_point(|block| self.blocks[*block as usize].first_id < before);
        blocks[..end].iter().rev().flat_map(move |block| {
            let ids = &self.blocks[*block as usize];
            let row = &self.pipelines[ids.pipeline as usize];
            let mut jobs = Vec::new();
            if self.exists(ids.pipeline) {
                let plan = self.plan(row);
                let shared = Shared::of(self, ids.pipeline, row, &plan);
                for offset in (0..ids.rows).rev() {
                    let id = ids.first_id + u64::from(offset);
                    jobs.extend(self.job_facts(&shared, ids.first_row + offset, id));
                }
            }
            jobs.into_iter()
                .filter(move |job| job.kind == JobKind::Build && job.id < before)
        })
    }

    /// When something last happened in a project: moves at most once an hour, as GitLab's does.
    pub(crate) fn last_activity(&self, project: u32) -> Time {
        let newest = self.pipelines_of(project).next();
        newest.map_or(self.projects[project as usize].created, |index| {
            let created = self.pipelines[index as usize].created;
            Time(created.0.div_euclid(HOUR) * HOUR)
        })
    }

    /// The layout a pipeline's jobs come from.
    pub(crate) fn layout_of(&self, index: u32) -> &Layout {
        self.layout(&self.pipelines[index as usize])
    }

    fn job_facts(&self, shared: &Shared<'_>, number: u16, id: u64) -> Option<JobFacts> {
        let Shared {
            index: pipeline,
            row,
            plan,
            at,
            ..
        } = *shared;
        let job: &Job = &plan.jobs[number as usize];
        let offset = at.since(row.created);
        let status = job.status(offset)?;
        let layout = self.layout(row);
        let template = &layout.jobs[job.template as usize];
        let seen = |time: Option<i64>| {
            time.filter(|time| *time <= offset)
                .map(|time| row.created.plus(time))
        };
        let (queued, started, finished) = (seen(job.queued), seen(job.started), seen(job.finished));
        let failure = job.failure.filter(|_| status == Status::Failed);
        let runner = started
            .filter(|_| template.kind == Kind::Build)
            .map(|_| self.runner_for(row, job.salt, template.tags));
        Some(JobFacts {
            id,
            pipeline,
            project: row.project,
            kind: match template.kind {
                Kind::Build => JobKind::Build,
                Kind::Bridge { .. } => JobKind::Bridge,
                Kind::External => JobKind::External,
            },
            ref_name: Arc::clone(&shared.ref_name),
            name: Arc::clone(&template.name),
            stage: layout.stages[template.stage as usize],
            stage_index: template.stage,
            status,
            created: row.created.plus(job.created),
            queued,
            started,
            finished,
            duration_ms: started.map(|started| finished.unwrap_or(at).since(started)),
            queued_ms: queued.map(|queued| started.unwrap_or(at).since(queued)),
            coverage: job.coverage.filter(|_| status == Status::Success),
            allow_failure: template.allow_failure,
            manual: template.manual,
            retried: job.retried.is_some_and(|retried| retried <= offset),
            failure_reason: failure.map(|failure| failure.reason),
            exit_code: failure.and_then(|failure| failure.exit_code),
            tags: template.tags,
            runner,
            runner_id: runner.map(|runner| self.runners[runner as usize].id),
            downstream: job
                .child
                .filter(|child| *child <= offset)
                .and_then(|_| self.child_of(row, number)),
            user: (row.user != NONE).then_some(row.user),
            artifacts: template.artifacts
                && finished.is_some()
                && matches!(status, Status::Success | Status::Failed),
            tests: template.tests
                && finished.is_some()
                && matches!(status, Status::Success | Status::Failed),
            environment: template.environment,
            salt: job.salt,
        })
    }

    /// The child pipeline that a bridge started, if it is visible by now.
    fn child_of(&self, row: &Row, number: u16) -> Option<u32> {
        let mut child = row.first_child;
        while child != NONE {
            let candidate = &self.pipelines[child as usize];
            if candidate.parent_job == number {
                return self.exists(child).then_some(child);
            }
            child = candidate.next_sibling;
        }
        None
    }

    /// A runner that has the tags and may run the project's jobs.
    fn runner_for(&self, row: &Row, salt: u64, tags: &[&str]) -> u32 {
        let group = self.projects[row.project as usize].group;
        let count = self.runners.len() as u64;
        let fits = |index: &u64| {
            let runner = &self.runners[*index as usize];
            runner.online
                && !runner.paused
                && tags.iter().all(|tag| runner.tags.contains(tag))
                && match runner.kind {
                    super::RunnerKind::Instance => true,
                    super::RunnerKind::Group(of) => self.is_within(group, of),
                }
        };
        // The first that fits, from anywhere on.
        let start = salt % count.max(1);
        let found = (start..count).chain(0..start).find(fits);
        found.unwrap_or_default() as u32
    }
}

/// What all jobs of a pipeline have in common.
struct Shared<'a> {
    index: u32,
    row: &'a Row,
    plan: &'a Plan,
    /// The instant shown.
    at: Time,
    ref_name: Arc<str>,
}

impl<'a> Shared<'a> {
    fn of(moment: &Moment<'_>, index: u32, row: &'a Row, plan: &'a Plan) -> Self {
        let (ref_name, _) = refs(&moment.projects[row.project as usize], row.target);
        Self {
            index,
            row,
            plan,
            at: moment.at_of(index),
            ref_name: ref_name.into(),
        }
    }
}

impl World {
    /// The layout a pipeline's jobs come from.
    pub(crate) fn layout(&self, row: &Row) -> &Layout {
        let project = &self.projects[row.project as usize];
        if row.source == Source::ParentPipeline {
            &project.child_layout
        } else {
            &project.layout
        }
    }
}

/// Raw ref and full path of the source ref.
fn refs(project: &Project, target: Target) -> (String, String) {
    match target {
        Target::Default => (
            project.default_branch.to_owned(),
            format!("refs/heads/{}", project.default_branch),
        ),
        Target::Branch(iid) => {
            let branch = project.branch(Branch::Feature(iid));
            let path = format!("refs/heads/{branch}");
            (branch, path)
        }
        Target::Tag(index) => {
            let tag = Project::tag(index);
            let path = format!("refs/tags/{tag}");
            (tag, path)
        }
        // GitLab's source ref of a merge request pipeline is the source branch.
        Target::MergeRequest(iid) => (
            format!("refs/merge-requests/{iid}/head"),
            format!("refs/heads/{}", project.branch(Branch::Feature(iid))),
        ),
    }
}

/// `workflow:name`: nightly pipelines have one, and one in nine projects names all of its pipelines.
fn pipeline_name(row: &Row) -> Option<&'static str> {
    match row.source {
        Source::Schedule => Some("Nightly 🌙"),
        _ if row.project % 9 == 1 => Some(match row.target {
            Target::Default => "Release pipeline",
            Target::Tag(_) => "Tag pipeline",
            Target::Branch(_) | Target::MergeRequest(_) => "Änderung prüfen",
        }),
        _ => None,
    }
}
