//! Why a pipeline took as long as it did: the chain of jobs that decided when it ended.

use jiff::Timestamp;

/// When a job waited and ran, and where it stands in the pipeline.
#[derive(Debug, Clone, PartialEq)]
pub struct JobTimes {
    /// Place of its stage, from 0.
    pub stage: usize,
    /// When it could have started: its start less the time it waited for a runner.
    pub ready_at: Timestamp,
    /// When it started.
    pub started_at: Timestamp,
    /// When it finished.
    pub finished_at: Timestamp,
}

/// One link of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Place of the job in what was given.
    pub job: usize,
    /// Between the end of the job before (or the pipeline's beginning) and being ready: what GitLab or people took, seconds.
    pub idle: i64,
    /// Waiting for a runner: seconds.
    pub queued: i64,
    /// Running: seconds.
    pub ran: i64,
}

/// GitLab starts a job a little before or after it notes that the one before has finished: seconds.
const SLACK: i64 = 2;

/// The longest chain from the pipeline's beginning to its last job's end, in order.
///
/// GitLab's API does not tell which job waited for which (`needs` or the order of stages), so it is inferred:
/// a job was held up by the job of its own or an earlier stage that finished last before it became ready.
/// The steps together last as long as the pipeline did, from `began_at` to the last end.
pub fn critical_path(began_at: Timestamp, jobs: &[JobTimes]) -> Vec<Step> {
    let mut path = Vec::new();
    let mut next = (0..jobs.len()).max_by_key(|job| (jobs[*job].finished_at, *job));
    while let Some(job) = next {
        let before = held_up_by(job, jobs);
        let times = &jobs[job];
        let from = before.map_or(began_at, |other| jobs[other].finished_at);
        let ready_at = times
            .ready_at
            .clamp(from.min(times.started_at), times.started_at);
        path.push(Step {
            job,
            idle: seconds(from, ready_at),
            queued: seconds(ready_at, times.started_at),
            ran: seconds(times.started_at, times.finished_at),
        });
        next = before;
    }
    path.reverse();
    path
}

/// The job whose end let `job` become ready. It began earlier, so that a chain of them ends.
fn held_up_by(job: usize, jobs: &[JobTimes]) -> Option<usize> {
    let times = &jobs[job];
    (0..jobs.len())
        .filter(|other| {
            let other = &jobs[*other];
            other.stage <= times.stage
                && other.started_at < times.started_at
                && other.finished_at.as_second() <= times.ready_at.as_second() + SLACK
        })
        .max_by_key(|other| (jobs[*other].finished_at, *other))
}

fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    (to.as_second() - from.as_second()).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn job(stage: usize, ready: i64, started: i64, finished: i64) -> JobTimes {
        JobTimes {
            stage,
            ready_at: at(ready),
            started_at: at(started),
            finished_at: at(finished),
        }
    }

    fn step(job: usize, idle: i64, queued: i64, ran: i64) -> Step {
        Step {
            job,
            idle,
            queued,
            ran,
        }
    }

    #[test]
    fn the_slowest_of_each_stage_makes_the_chain() {
        let jobs = [
            job(0, 1, 5, 60),
            job(0, 1, 6, 100),
            job(1, 101, 140, 200),
            job(1, 101, 102, 150),
        ];
        let path = critical_path(at(0), &jobs);
        assert_eq!(path, [step(1, 1, 5, 94), step(2, 1, 39, 60)]);
        let total: i64 = path
            .iter()
            .map(|step| step.idle + step.queued + step.ran)
            .sum();
        assert_eq!(total, 200);
    }

    #[test]
    fn a_job_that_needs_only_one_of_the_stage_before_is_not_held_up_by_the_others() {
        let jobs = [job(0, 0, 1, 30), job(0, 0, 1, 90), job(1, 31, 35, 300)];
        let path = critical_path(at(0), &jobs);
        let chain: Vec<usize> = path.iter().map(|step| step.job).collect();
        assert_eq!(chain, [0, 2]);
    }

    #[test]
    fn a_retry_waits_for_the_attempt_before_it_and_a_manual_job_for_people() {
        let jobs = [
            job(0, 0, 1, 50),
            job(0, 52, 53, 100),
            job(1, 4000, 4010, 4100),
        ];
        let path = critical_path(at(0), &jobs);
        assert_eq!(
            path,
            [step(0, 0, 1, 49), step(1, 2, 1, 47), step(2, 3900, 10, 90)]
        );
    }

    #[test]
    fn odd_times_end_too() {
        assert_eq!(critical_path(at(0), &[]), []);
        // Two of the same instant, one that ends before it starts, one ready after it started.
        let odd = [
            job(0, 5, 5, 5),
            job(0, 5, 5, 5),
            job(0, 9, 8, 7),
            job(1, 50, 20, 30),
        ];
        let path = critical_path(at(0), &odd);
        assert!(path.len() <= odd.len());
        assert!(
            path.iter()
                .all(|step| step.idle >= 0 && step.queued >= 0 && step.ran >= 0)
        );
    }
}
