//! Counters and histograms of all pipelines.

use std::collections::HashMap;

use labtower_store::{DURATION_BOUNDS, QUEUE_BOUNDS, StoreError, Sum, SumKind};

use super::Context;
use crate::metrics::labels::Labels;
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    Ok(vec![
        counter(
            context,
            "labtower_pipeline_runs_total",
            SumKind::Pipelines,
            PLACE,
        )?,
        counter(
            context,
            "labtower_pipeline_finished_total",
            SumKind::PipelinesEnded,
            &[Label::Kind, Label::Source, Label::Status],
        )?,
        counter(
            context,
            "labtower_pipeline_failures_total",
            SumKind::PipelinesFailed,
            &[Label::FailureReason],
        )?,
        histogram(
            context,
            "labtower_pipeline_duration_seconds",
            SumKind::PipelinesEnded,
            PLACE,
            &DURATION_BOUNDS,
        )?,
        histogram(
            context,
            "labtower_pipeline_queue_seconds",
            SumKind::PipelinesWaited,
            PLACE,
            &QUEUE_BOUNDS,
        )?,
    ])
}

const PLACE: &[Label] = &[Label::Kind, Label::Source];

/// A label that sums can be told apart by, beside the project.
#[derive(Debug, Clone, Copy)]
pub(super) enum Label {
    Kind,
    Source,
    Stage,
    Name,
    Tags,
    Status,
    FailureReason,
}

impl Label {
    fn name(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Source => "source",
            Self::Stage => "stage",
            Self::Name => "job_name",
            Self::Tags => "tag_list",
            Self::Status => "status",
            Self::FailureReason => "failure_reason",
        }
    }

    /// What distinguishes rows by it: an id of a text, or the number of a kind.
    fn value(self, sum: &Sum) -> i64 {
        match self {
            Self::Kind => sum.ref_kind as i64,
            Self::Source => sum.source,
            Self::Stage => sum.stage,
            Self::Name => sum.name,
            Self::Tags => sum.tags,
            Self::Status => sum.status,
            Self::FailureReason => sum.failure_reason,
        }
    }
}

/// Sums by project and labels, as a counter. Projects with more stay when there is no room.
pub(super) fn counter(
    context: &mut Context<'_>,
    name: &str,
    kind: SumKind,
    labels: &[Label],
) -> Result<Table, StoreError> {
    counter_of(context, name, kind, labels, |_| true)
}

/// The same of those sums only that are wanted.
pub(super) fn counter_of(
    context: &mut Context<'_>,
    name: &str,
    kind: SumKind,
    labels: &[Label],
    wanted: impl Fn(&Sum) -> bool,
) -> Result<Table, StoreError> {
    let mut table = Table::new(&[name]);
    let count = |table: &mut Table, row, sum: &Sum| table.add(row, 0, sum.count as f64);
    fill(context, &mut table, kind, labels, wanted, count)?;
    Ok(table)
}

/// Sums by project and labels, as a histogram of `bounds`; what was not measured is left out.
pub(super) fn histogram(
    context: &mut Context<'_>,
    name: &str,
    kind: SumKind,
    labels: &[Label],
    bounds: &'static [i64],
) -> Result<Table, StoreError> {
    let mut table = Table::histogram(name, bounds);
    let measured = |sum: &Sum| sum.bucket > 0;
    let observe = |table: &mut Table, row, sum: &Sum| {
        table.observe(row, sum.bucket, sum.count, sum.seconds);
    };
    fill(context, &mut table, kind, labels, measured, observe)?;
    Ok(table)
}

fn fill(
    context: &mut Context<'_>,
    table: &mut Table,
    kind: SumKind,
    labels: &[Label],
    wanted: impl Fn(&Sum) -> bool,
    put: impl Fn(&mut Table, usize, &Sum),
) -> Result<(), StoreError> {
    type Key = (i64, [i64; 5]);
    let key = |sum: &Sum| -> Key {
        let mut values = [0; 5];
        for (place, label) in values.iter_mut().zip(labels) {
            *place = label.value(sum);
        }
        (sum.project_id.get(), values)
    };
    let mut rows: HashMap<Key, usize> = HashMap::new();
    let mut last: Option<(Key, usize)> = None;
    let mut weights: HashMap<i64, i64> = HashMap::new();
    let mut owners: Vec<i64> = Vec::new();
    let mut failure = None;
    let (reader, projects, texts) = (context.reader, &context.projects, &mut *context.texts);
    reader.sums(kind, |sum| {
        let Some(project) = projects.label(sum.project_id) else {
            return;
        };
        if !wanted(sum) {
            return;
        }
        let key = key(sum);
        // Sums of one row mostly follow each other.
        let row = match last {
            Some((known, row)) if known == key => row,
            _ => *rows.entry(key).or_insert_with(|| {
                let row: &mut Labels = table.row().written(project);
                for label in labels {
                    if let Label::Kind = label {
                        row.pair("kind", sum.ref_kind.as_str());
                        continue;
                    }
                    match texts.get(reader, label.value(sum)) {
                        Ok(text) => {
                            row.pair(label.name(), text);
                        }
                        Err(error) => failure = Some(error),
                    }
                }
                owners.push(key.0);
                owners.len() - 1
            }),
        };
        last = Some((key, row));
        *weights.entry(key.0).or_default() += sum.count as i64;
        put(table, row, sum);
    })?;
    table.weights = owners
        .iter()
        .map(|project| weights.get(project).copied().unwrap_or(0))
        .collect();
    failure.map_or(Ok(()), Err)
}
