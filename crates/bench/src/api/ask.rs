//! Asking, and timing the answers.

use std::time::Instant;

use anyhow::Result;
use labtower_store::{Page, Store};
use rand::{SeedableRng, rngs::SmallRng};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::Args;
use super::history::History;
use super::mix::{Endpoint, MIXES, Question};

/// Times of one question: milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    question: String,
    p50_ms: f64,
    pub(super) p99_ms: f64,
    max_ms: f64,
    /// Processor time, of the asking thread or over HTTP of client and server together:
    /// on a busy machine the figure to trust.
    pub(super) cpu_p99_ms: f64,
    /// Mean rows, or bytes, of an answer.
    mean_size: f64,
}

/// Asks every question `args.rounds` times with the same random parameters in every run.
pub(super) fn ask(
    args: &Args,
    history: &History,
    cpu: ClockId,
    answer: impl Fn(&Question) -> Result<usize>,
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for endpoint in Endpoint::ALL {
        for mix in MIXES {
            let question = format!("{} {}", endpoint.path(), mix.name);
            let wanted = args
                .only
                .as_ref()
                .is_none_or(|only| question.contains(only));
            if !wanted || (mix.list_only && !matches!(endpoint, Endpoint::Pipelines)) {
                continue;
            }
            let mut rng = SmallRng::seed_from_u64(2);
            let mut times = Vec::with_capacity(args.rounds);
            let mut cpu_times = Vec::with_capacity(args.rounds);
            let mut size = 0;
            for _ in 0..args.rounds {
                let asked = Question {
                    endpoint,
                    filter: (mix.filter)(history, &mut rng),
                };
                let (started, cpu_started) = (Instant::now(), cpu_ms(cpu));
                size += answer(&asked)?;
                cpu_times.push(cpu_ms(cpu) - cpu_started);
                times.push(started.elapsed().as_secs_f64() * 1000.0);
            }
            times.sort_by(f64::total_cmp);
            cpu_times.sort_by(f64::total_cmp);
            figures.push(Figure {
                question,
                p50_ms: quantile(&times, 0.5),
                p99_ms: quantile(&times, 0.99),
                max_ms: quantile(&times, 1.0),
                cpu_p99_ms: quantile(&cpu_times, 0.99),
                mean_size: size as f64 / args.rounds as f64,
            });
        }
    }
    Ok(figures)
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1) as f64 * q).round() as usize;
    let exact = sorted.get(at).copied().unwrap_or_default();
    (exact * 1000.0).round() / 1000.0
}

/// Processor time used so far: milliseconds.
fn cpu_ms(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// Rows of the store's own answer.
pub(super) fn of_store(store: &Store, question: &Question) -> Result<usize> {
    let filter = &question.filter;
    let rows = store.read(|reader| match question.endpoint {
        Endpoint::Summary => reader.summary(filter).map(|_| 1),
        Endpoint::Projects => reader.project_stats(filter).map(|rows| rows.len()),
        Endpoint::Trend => reader.trend(filter).map(|rows| rows.len()),
        Endpoint::Pipelines => reader
            .pipelines(filter, &Page::default())
            .map(|rows| rows.len()),
    })?;
    Ok(rows)
}
