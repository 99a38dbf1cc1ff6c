//! Playing a pipeline through: stages, retries, manual jobs, cancellation.

use super::outcome::{Failure, PipelineFailure, build_failure};
use super::{Brief, Job, Occasion, Plan};
use crate::world::layout::{JobTemplate, Kind};
use crate::world::random::{Rng, mix};
use crate::world::status::Status;
use crate::world::time::{HOUR, MINUTE, SECOND};

/// How a run through the stages ended.
enum End {
    /// All stages are done.
    Passed(i64),
    /// A stage failed and the rest was skipped.
    Failed { at: i64, stage: u8 },
    /// A manual job holds the pipeline up.
    Blocked { at: i64, stage: u8 },
}

impl Plan {
    /// Plays the pipeline of `brief` through.
    pub(crate) fn of(brief: Brief<'_>) -> Self {
        let mut rng = Rng::new(mix(brief.seed, 1));
        if brief.occasion != Occasion::Child {
            match rng.below(1_000) {
                0..8 => return Self::without_jobs(Status::Failed),
                8..18 => return Self::without_jobs(Status::Skipped),
                _ => {}
            }
        }
        let canceled = rng.chance(35) && brief.occasion != Occasion::Child;
        let mut act = Act {
            brief,
            rng,
            jobs: Vec::new(),
        };
        act.create_jobs();
        act.play(!canceled);
        if canceled {
            act.cancel();
        }
        act.finish()
    }

    /// A pipeline that never had a job: broken configuration, or a commit that says `[ci skip]`.
    fn without_jobs(status: Status) -> Self {
        let failure = (status == Status::Failed).then_some(PipelineFailure {
            reason: "config_error",
            yaml_errors: Some("jobs:build config contains unknown keys: scirpt"),
        });
        Self {
            jobs: Vec::new(),
            moves: vec![(0, status)],
            failure,
            settled: 0,
        }
    }

    /// When the pipeline first reached an end, and which.
    pub(super) fn first_end(&self) -> Option<(i64, Status)> {
        self.moves
            .iter()
            .copied()
            .find(|(_, status)| status.is_finished() || *status == Status::Skipped)
    }
}

struct Act<'a> {
    brief: Brief<'a>,
    rng: Rng,
    /// In order of birth; `finish` puts them in id order.
    jobs: Vec<Job>,
}

impl<'a> Act<'a> {
    fn template(&self, job: usize) -> &'a JobTemplate {
        &self.brief.layout.jobs[self.jobs[job].template as usize]
    }

    fn create_jobs(&mut self) {
        let layout = self.brief.layout;
        for (index, template) in layout.jobs.iter().enumerate() {
            if self.brief.occasion.includes(template.rule) {
                self.create_job(index as u16, 0);
            }
        }
    }

    fn create_job(&mut self, template: u16, at: i64) -> usize {
        let index = self.jobs.len();
        let mut moves = Vec::with_capacity(6);
        moves.push((at, Status::Created));
        self.jobs.push(Job {
            template,
            created: at,
            moves,
            queued: None,
            started: None,
            finished: None,
            retried: None,
            failure: None,
            coverage: None,
            child: None,
            salt: mix(self.brief.seed, 0x10B + index as u64),
        });
        index
    }

    /// Runs stage after stage; people retry, play and give up as people do.
    fn play(&mut self, interventions: bool) {
        let mut end = self.run_stages(0, 0, false);
        for _ in 0..2 {
            if !interventions {
                return;
            }
            let at = match end {
                End::Failed { at, .. } if self.rng.chance(300) => {
                    at + self.rng.between(MINUTE, 90 * MINUTE)
                }
                End::Blocked { at, .. } if self.rng.chance(500) => {
                    at + self.rng.between(2 * MINUTE, 3 * HOUR)
                }
                _ => break,
            };
            end = match end {
                End::Failed { stage, .. } => self.retry(stage, at),
                End::Blocked { stage, .. } => self.unblock(stage, at),
                End::Passed(_) => break,
            };
        }
        if let End::Passed(at) = end {
            self.play_optional(at);
        }
    }

    /// The newest runs of a stage's jobs.
    fn stage_jobs(&self, stage: u8) -> Vec<usize> {
        (0..self.jobs.len())
            .filter(|job| self.jobs[*job].retried.is_none() && self.template(*job).stage == stage)
            .collect()
    }

    /// Runs every stage from `first` on. In a re-run only jobs that wait (created) take part.
    fn run_stages(&mut self, first: u8, begin: i64, again: bool) -> End {
        let mut at = begin;
        for stage in first..self.brief.layout.stages.len() as u8 {
            let jobs = self.stage_jobs(stage);
            if jobs.is_empty() {
                continue;
            }
            let start = at + self.rng.between(300, 1_500);
            for job in jobs {
                if self.status(job) != Status::Created {
                    continue;
                }
                if self.template(job).manual {
                    self.jobs[job].moves.push((start, Status::Manual));
                } else {
                    self.run(job, start, again);
                }
            }
            if let Some(end) = self.end_of_stage(stage, start, &mut at) {
                return end;
            }
        }
        End::Passed(at)
    }

    /// Looks at a stage whose jobs have all run: moves `at` to its end, or says why the pipeline stops there.
    fn end_of_stage(&mut self, stage: u8, start: i64, at: &mut i64) -> Option<End> {
        let jobs = self.stage_jobs(stage);
        let end = jobs
            .iter()
            .filter_map(|job| self.jobs[*job].finished)
            .max()
            .unwrap_or(start);
        *at = (*at).max(end);
        let blocking = |status: Status| {
            jobs.iter()
                .any(|job| self.status(*job) == status && !self.template(*job).allow_failure)
        };
        if blocking(Status::Failed) {
            let at = *at + 150;
            for later in 0..self.jobs.len() {
                if self.template(later).stage > stage && self.status(later) == Status::Created {
                    self.jobs[later].moves.push((at, Status::Skipped));
                }
            }
            return Some(End::Failed { at, stage });
        }
        blocking(Status::Manual).then_some(End::Blocked { at: *at, stage })
    }

    /// Somebody retries the failed jobs of a stage; skipped ones wait again.
    fn retry(&mut self, stage: u8, at: i64) -> End {
        for job in self.stage_jobs(stage) {
            if self.status(job) == Status::Failed && !self.template(job).allow_failure {
                self.jobs[job].retried = Some(at);
                let template = self.jobs[job].template;
                self.create_job(template, at);
            }
        }
        for job in 0..self.jobs.len() {
            if self.status(job) == Status::Skipped {
                self.jobs[job].moves.push((at, Status::Created));
            }
        }
        self.run_stages(stage, at, true)
    }

    /// Somebody plays the manual jobs that hold up a stage.
    fn unblock(&mut self, stage: u8, at: i64) -> End {
        for job in self.stage_jobs(stage) {
            if self.status(job) == Status::Manual && !self.template(job).allow_failure {
                self.run(job, at, true);
            }
        }
        let mut end = at;
        self.end_of_stage(stage, at, &mut end)
            .unwrap_or_else(|| self.run_stages(stage + 1, end, true))
    }

    /// Long after, somebody plays an optional manual job: the finished pipeline runs once more.
    fn play_optional(&mut self, end: i64) {
        for job in 0..self.jobs.len() {
            if self.status(job) == Status::Manual && self.rng.chance(300) {
                let at = end + self.rng.between(3 * MINUTE, 8 * HOUR);
                self.run(job, at, true);
            }
        }
    }

    /// Where a job stands so far.
    fn status(&self, job: usize) -> Status {
        self.jobs[job]
            .moves
            .last()
            .map_or(Status::Created, |(_, status)| *status)
    }

    /// Runs a job from `at` to its end, again by itself after the runner's failures.
    fn run(&mut self, job: usize, at: i64, again: bool) {
        match self.template(job).kind {
            Kind::Build => self.run_build(job, at, again),
            Kind::Bridge { depend } => self.run_bridge(job, at, depend),
            Kind::External => self.run_external(job, at),
        }
    }

    fn run_build(&mut self, first: usize, at: i64, again: bool) {
        let mut job = first;
        let mut at = at;
        loop {
            let template = self.template(job);
            let row = &mut self.jobs[job];
            if template.exclusive && self.rng.chance(150) {
                row.moves.push((at, Status::WaitingForResource));
                at += self.rng.between(4 * SECOND, 3 * MINUTE);
            }
            let queued = at + self.rng.between(40, 400);
            row.moves.push((queued, Status::Pending));
            row.queued = Some(queued);
            if self.rng.chance(2) {
                // No runner has its tags.
                let end = queued + HOUR + self.rng.between(0, 10 * SECOND);
                row.moves.push((end, Status::Failed));
                row.finished = Some(end);
                row.failure = Some(Failure {
                    reason: "stuck_pending_no_matching_runners",
                    exit_code: None,
                });
                return;
            }
            let wait = if self.rng.chance(60) {
                self.rng.between(20 * SECOND, 5 * MINUTE)
            } else {
                self.rng.between(300, 9 * SECOND)
            };
            let started = queued + wait;
            row.moves.push((started, Status::Running));
            row.started = Some(started);
            let slow = if self.rng.chance(80) { 1.9 } else { 1.0 };
            let seconds = f64::from(template.seconds) * self.rng.spread() * slow;
            let failures = u64::from(template.failures) / if again { 2 } else { 1 };
            let failed = self.rng.chance(failures);
            let mut ran = (seconds * 1_000.0) as i64 + 900;
            if failed {
                let mut failure = build_failure(&mut self.rng);
                if failure.reason == "job_execution_timeout" {
                    ran = HOUR + self.rng.between(0, 4 * SECOND);
                } else {
                    ran = (ran as f64 * (0.1 + 0.9 * self.rng.unit())) as i64 + 700;
                }
                if template.allow_failure {
                    failure.exit_code = failure.exit_code.map(|_| 1);
                }
                row.failure = Some(failure);
            } else if template.coverage {
                let base = 55.0 + (mix(template.seconds.into(), 7) % 40) as f64;
                row.coverage = Some(((base + self.rng.unit() * 3.0) * 100.0).round() / 100.0);
            }
            let end = started + ran;
            row.moves.push((
                end,
                if failed {
                    Status::Failed
                } else {
                    Status::Success
                },
            ));
            row.finished = Some(end);
            let by_itself = matches!(
                row.failure,
                Some(Failure {
                    reason: "runner_system_failure",
                    ..
                })
            );
            if !by_itself || self.rng.chance(350) {
                return;
            }
            row.retried = Some(end);
            let template = row.template;
            job = self.create_job(template, end);
            at = end;
        }
    }

    fn run_bridge(&mut self, job: usize, at: i64, depend: bool) {
        let pending = at + self.rng.between(40, 300);
        let child = pending + self.rng.between(300, 2_500);
        let failed = self.rng.chance(self.template(job).failures.into());
        let seed = child_seed(self.jobs[job].salt);
        let brief = Brief {
            seed,
            layout: self.brief.child_layout,
            occasion: Occasion::Child,
            ..self.brief
        };
        let row = &mut self.jobs[job];
        row.moves.push((pending, Status::Pending));
        row.queued = Some(pending);
        if failed {
            row.moves.push((child, Status::Failed));
            row.finished = Some(child);
            row.failure = Some(Failure {
                reason: "downstream_pipeline_creation_failed",
                exit_code: None,
            });
            return;
        }
        row.child = Some(child);
        if !depend {
            row.moves.push((child, Status::Success));
            row.finished = Some(child);
            return;
        }
        row.moves.push((child, Status::Running));
        row.started = Some(child);
        // The bridge mirrors how its child first ended.
        let (end, status) = Plan::of(brief)
            .first_end()
            .unwrap_or((MINUTE, Status::Success));
        let end = child + end + self.rng.between(100, 900);
        row.moves.push((
            end,
            if status == Status::Success {
                Status::Success
            } else {
                Status::Failed
            },
        ));
        row.finished = Some(end);
        if status != Status::Success {
            row.failure = Some(Failure {
                reason: "unknown_failure",
                exit_code: None,
            });
        }
    }

    fn run_external(&mut self, job: usize, at: i64) {
        let started = at + self.rng.between(200, 5 * SECOND);
        let template = self.template(job);
        let end = started + (f64::from(template.seconds) * self.rng.spread() * 1_000.0) as i64;
        let failed = self.rng.chance(template.failures.into());
        let row = &mut self.jobs[job];
        row.moves.push((at, Status::Pending));
        row.queued = Some(at);
        row.moves.push((started, Status::Running));
        row.started = Some(started);
        row.moves.push((
            end,
            if failed {
                Status::Failed
            } else {
                Status::Success
            },
        ));
        row.finished = Some(end);
        row.failure = failed.then_some(Failure {
            reason: "script_failure",
            exit_code: None,
        });
    }

    /// Somebody cancels the pipeline somewhere on its way.
    fn cancel(&mut self) {
        let end = self
            .jobs
            .iter()
            .filter_map(|job| job.finished)
            .max()
            .unwrap_or(MINUTE);
        let at = (end as f64 * (0.05 + 0.85 * self.rng.unit())) as i64 + 1;
        self.jobs.retain(|job| job.created <= at);
        for job in &mut self.jobs {
            job.moves.retain(|(moved, _)| *moved <= at);
            let gone = |time: Option<i64>| time.filter(|time| *time <= at);
            (job.queued, job.started, job.finished) =
                (gone(job.queued), gone(job.started), gone(job.finished));
            (job.retried, job.child) = (gone(job.retried), gone(job.child));
            let status = job
                .moves
                .last()
                .map_or(Status::Created, |(_, status)| *status);
            match status {
                Status::Running => {
                    let end = at + self.rng.between(500, 8 * SECOND);
                    job.moves.push((at, Status::Canceling));
                    job.moves.push((end, Status::Canceled));
                    job.finished = Some(end);
                }
                Status::Created | Status::Pending | Status::WaitingForResource => {
                    job.moves.push((at, Status::Canceled));
                    job.finished = Some(at);
                }
                _ => {}
            }
            if !matches!(status, Status::Success | Status::Failed) {
                (job.failure, job.coverage) = (None, None);
            }
        }
    }

    /// Puts jobs in id order and derives the pipeline's own status from theirs.
    fn finish(self) -> Plan {
        let mut jobs = self.jobs;
        jobs.sort_by_key(|job| job.created);
        let moves = super::read::pipeline_moves(&jobs, self.brief.layout);
        let last_job = jobs
            .iter()
            .filter_map(|job| job.moves.last())
            .map(|(at, _)| *at)
            .max();
        let last_own = moves.last().map(|(at, _)| *at);
        Plan {
            jobs,
            moves,
            failure: None,
            settled: last_job.max(last_own).unwrap_or_default(),
        }
    }
}

/// Seed of the child pipeline that the bridge with this salt starts.
pub(crate) fn child_seed(salt: u64) -> u64 {
    mix(salt, 0xC41D)
}
