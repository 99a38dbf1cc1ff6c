//! Families with a series for each status.

use crate::metrics::table::Table;

/// The statuses a family has when it is not sparse: those of gitlab-ci-pipelines-exporter.
const STATUSES: [&str; 13] = [
    "created",
    "waiting_for_resource",
    "preparing",
    "pending",
    "running",
    "success",
    "failed",
    "canceled",
    "skipped",
    "manual",
    "scheduled",
    "error",
    "success_with_warnings",
];

/// Adds the series of one thing whose status is `status`.
pub(super) fn push_status(
    table: &mut Table,
    sparse: bool,
    labels: &str,
    status: &str,
    weight: i64,
) {
    let mut push = |name: &str, value: f64| {
        table.row().written(labels).pair("status", name);
        table.set(0, Some(value));
        table.weigh(weight);
    };
    if sparse {
        push(status, 1.0);
        return;
    }
    for known in STATUSES {
        push(known, f64::from(u8::from(known == status)));
    }
    if !STATUSES.contains(&status) {
        push(status, 1.0);
    }
}

/// The status of a pipeline as the page of GitLab shows it: green with a failed job is a warning.
pub(super) fn shown_status(status: &str, warned: bool) -> &str {
    if warned {
        "success_with_warnings"
    } else {
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_status_is_true_sparse_or_not() {
        for (sparse, status, rows) in [
            (true, "failed", 1),
            (false, "failed", 13),
            (false, "canceling", 14),
        ] {
            let mut table = Table::new(&["gitlab_ci_pipeline_status"]);
            push_status(&mut table, sparse, "project=\"a\"", status, 0);
            assert_eq!(table.labels.len(), rows);
            let crate::metrics::table::Cells::Numbers(values) = &table.columns[0].cells else {
                panic!("numbers");
            };
            assert!((values.iter().sum::<f64>() - 1.0).abs() < f64::EPSILON);
        }
    }
}
