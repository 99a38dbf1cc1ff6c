//! What all collectors share, and the round through them.

use std::collections::HashMap;
use std::time::Instant;

use jiff::Timestamp;
use labtower_model::{ProjectId, RunnerId};
use labtower_store::{Reader, StoreError, Texts};

use super::heads::Heads;
use super::projects::Projects;
use super::{
    Due, Waiting, deployments, environments, info, job_totals, jobs, merge_requests,
    pipeline_totals, pipelines, queue, runners, schedules, tests, totals,
};
use crate::metrics::family::Switch;
use crate::metrics::options::MetricsOptions;
use crate::metrics::snapshot::{Outcome, Snapshot};
use crate::metrics::table::Table;

/// What a collector reads from, and what it shares with the others.
pub(in crate::metrics) struct Context<'c> {
    pub(super) reader: &'c Reader<'c>,
    pub(super) options: &'c MetricsOptions,
    pub(super) now: Timestamp,
    pub(super) texts: &'c mut Texts,
    pub(super) projects: Projects,
    pub(super) heads: Option<Heads>,
    pub(super) runners: Option<HashMap<RunnerId, String>>,
    pub(super) waiting: Vec<Waiting>,
    pub(super) due: Vec<Due>,
}

/// Reads everything that is switched on; what cannot be read is left out and told of.
///
/// # Errors
/// Not even the projects can be read.
pub(in crate::metrics) fn collect(
    reader: &Reader<'_>,
    options: &MetricsOptions,
    texts: &mut Texts,
    now: Timestamp,
    complete: bool,
) -> Result<Snapshot, StoreError> {
    let mut context = Context {
        reader,
        options,
        now,
        texts,
        projects: Projects::read(reader, options)?,
        heads: None,
        runners: None,
        waiting: Vec::new(),
        due: Vec::new(),
    };
    let mut snapshot = Snapshot::default();
    for switch in Switch::ALL {
        // Until the history is complete, what is stored would pass for the whole.
        if !complete || !options.switches.contains(&switch) || switch == Switch::Labtower {
            continue;
        }
        let begun = Instant::now();
        let outcome = read(switch, &mut context);
        let seconds = begun.elapsed().as_secs_f64();
        let success = outcome.is_ok();
        match outcome {
            Ok(tables) => snapshot.tables.extend(tables),
            Err(error) => {
                tracing::error!(collector = switch.key(), %error, "failed to read metrics");
            }
        }
        snapshot.outcomes.push(Outcome {
            switch,
            success,
            seconds,
        });
    }
    snapshot.waiting = context.waiting;
    snapshot.due = context.due;
    Ok(snapshot)
}

fn read(switch: Switch, context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    match switch {
        Switch::Totals => totals::read(context),
        Switch::Pipelines => pipelines::read(context),
        Switch::Jobs => jobs::read(context),
        Switch::TestReports => tests::read_reports(context),
        Switch::TestCases => tests::read_cases(context),
        Switch::Environments => environments::read(context),
        Switch::PipelineTotals => pipeline_totals::read(context),
        Switch::JobTotals => job_totals::read(context),
        Switch::Queue => queue::read(context),
        Switch::Schedules => schedules::read(context),
        Switch::Deployments => deployments::read(context),
        Switch::MergeRequests => merge_requests::read(context),
        Switch::Runners => runners::read(context),
        Switch::Info => info::read(context),
        // Told anew at each scrape.
        Switch::Labtower => Ok(Vec::new()),
    }
}

impl Context<'_> {
    /// The text with this id; empty for 0.
    pub(super) fn text(&mut self, id: i64) -> Result<&str, StoreError> {
        self.texts.get(self.reader, id)
    }

    /// The newest pipelines of the refs that are told, with their jobs.
    pub(super) fn heads(&mut self) -> Result<&Heads, StoreError> {
        if self.heads.is_none() {
            self.heads = Some(Heads::read(
                self.reader,
                self.options,
                self.texts,
                &self.projects,
                self.now,
            )?);
        }
        Ok(self.heads.get_or_insert_default())
    }

    /// What runners are called.
    pub(super) fn runner_names(&mut self) -> Result<&HashMap<RunnerId, String>, StoreError> {
        if self.runners.is_none() {
            let rows = self.reader.runners()?.into_iter();
            let names = rows.filter_map(|row| Some((row.runner.id, row.runner.description?)));
            self.runners = Some(names.collect());
        }
        Ok(self.runners.get_or_insert_default())
    }

    /// The path of a project that has series of its own.
    pub(super) fn path(&self, project: ProjectId) -> Option<&str> {
        self.projects.label(project)
    }
}
