//! The jobs of a pipeline over time, drawn.

use jiff::Timestamp;

use super::{Job, PipelineDetail};
use crate::web::pages::draw::tenth;
use crate::web::pages::value::Seconds;

/// Jobs drawn at most; the table has all.
const DRAWN: usize = 250;
/// Height of a job's lane.
const LANE: f64 = 17.0;
/// Where bars begin: names stand before.
const LEFT: f64 = 250.0;
/// Width of the drawing.
const WIDTH: f64 = 1100.0;

/// Jobs over time, drawn.
#[derive(Debug)]
pub(super) struct Lanes {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) jobs: Vec<Lane>,
    /// Where each stage begins, and its name.
    pub(super) stages: Vec<(f64, String)>,
    /// Places and words of the time axis.
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) hidden: usize,
}

/// One job.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) y: f64,
    pub(super) name: String,
    pub(super) title: String,
    pub(super) class: &'static str,
    pub(super) critical: bool,
    pub(super) queue: Option<(f64, f64)>,
    pub(super) run: Option<(f64, f64)>,
}

impl Lanes {
    /// Draws the jobs of a pipeline; those that run now end at `now`.
    pub(super) fn new(detail: &PipelineDetail, now: Timestamp) -> Self {
        let begin = detail.created_at.0.as_second();
        let total = detail.total_seconds.0.max(1.0);
        let x = |at: i64| {
            let share = ((at - begin) as f64 / total).clamp(0.0, 1.0);
            tenth(LEFT + share * (WIDTH - LEFT - 4.0))
        };
        let mut lanes = Vec::new();
        let mut stages: Vec<(f64, String)> = Vec::new();
        let mut y = 18.0;
        let mut stage = None;
        for job in detail.jobs.iter().take(DRAWN) {
            if stage != Some(&job.stage) {
                stage = Some(&job.stage);
                y += 16.0;
                stages.push((y - 4.0, job.stage.clone().unwrap_or_default()));
            }
            lanes.push(Lane::new(job, y, now, &x));
            y += LANE;
        }
        let ticks = (0..=4)
            .map(|quarter| {
                let at = total * f64::from(quarter) / 4.0;
                (x(begin + at as i64), Seconds(at).to_string())
            })
            .collect();
        Self {
            width: WIDTH,
            height: y + 6.0,
            jobs: lanes,
            stages,
            ticks,
            hidden: detail.jobs.len().saturating_sub(DRAWN),
        }
    }
}

impl Lane {
    fn new(job: &Job, y: f64, now: Timestamp, x: &impl Fn(i64) -> f64) -> Self {
        let started = job.started_at.map(|at| at.0.as_second());
        let ended = job.finished_at.map_or(now, |at| at.0).as_second();
        let waited = job.queued.0.map_or(0, |seconds| seconds.0.round() as i64);
        let span = |from: i64, to: i64| {
            let (from, to) = (x(from), x(to));
            (from, tenth((to - from).max(0.5)))
        };
        let shown: String = job.name.chars().take(36).collect();
        Self {
            y,
            name: shown,
            title: format!(
                "{}: {}, waited {}, ran {}",
                job.name, job.status, job.queued, job.duration
            ),
            class: job.sign().class,
            critical: job.critical,
            queue: started
                .filter(|_| waited > 0)
                .map(|started| span(started - waited, started)),
            run: started.map(|started| span(started, ended)),
        }
    }

    pub(super) fn text_y(&self) -> f64 {
        self.y + 12.0
    }

    pub(super) fn bar_y(&self) -> f64 {
        self.y + 3.0
    }
}
