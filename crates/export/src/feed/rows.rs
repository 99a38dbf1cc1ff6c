//! Streams of the feed, and the rows that changes become.

use labtower_extract::{Column, ColumnKind, Row};
use labtower_store::{Change, ChangeKind};
use xxhash_rust::xxh3::xxh3_64;

use crate::sink::Table;

/// A stream of the feed.
#[derive(Debug)]
pub struct FeedStream {
    /// Name of the stream and of its table.
    pub name: &'static str,
    /// What it has versions of.
    pub kind: ChangeKind,
    /// Its columns.
    pub columns: &'static [Column],
}

/// All of them: one for each kind of change.
pub static FEED: [FeedStream; 5] = [
    FeedStream {
        name: "feed_projects",
        kind: ChangeKind::Project,
        columns: &[
            int("id"),
            text("path_with_namespace"),
            text("name"),
            text("default_branch"),
            text("visibility"),
            bool("archived"),
            time("created_at"),
        ],
    },
    FeedStream {
        name: "feed_pipelines",
        kind: ChangeKind::Pipeline,
        columns: &[
            int("id"),
            int("iid"),
            int("project_id"),
            text("ref"),
            text("ref_kind"),
            text("sha"),
            text("source"),
            text("status"),
            text("failure_reason"),
            float("duration"),
            float("queued_duration"),
            time("created_at"),
            time("started_at"),
            time("finished_at"),
            time("updated_at"),
        ],
    },
    FeedStream {
        name: "feed_jobs",
        kind: ChangeKind::Job,
        columns: &[
            int("id"),
            int("pipeline_id"),
            text("name"),
            text("stage"),
            text("kind"),
            text("status"),
            text("failure_reason"),
            bool("allow_failure"),
            bool("retried"),
            float("duration"),
            float("queued_duration"),
            int("runner_id"),
            time("created_at"),
            time("started_at"),
            time("finished_at"),
        ],
    },
    FeedStream {
        name: "feed_merge_requests",
        kind: ChangeKind::MergeRequest,
        columns: &[
            int("id"),
            int("iid"),
            int("project_id"),
            text("title"),
            text("state"),
            text("source_branch"),
            text("target_branch"),
            time("created_at"),
            time("updated_at"),
            time("merged_at"),
        ],
    },
    FeedStream {
        name: "feed_commits",
        kind: ChangeKind::Commit,
        columns: &[
            text("sha"),
            int("project_id"),
            text("title"),
            text("author_name"),
            time("committed_at"),
        ],
    },
];

impl FeedStream {
    /// Its table.
    pub fn table(&self) -> Table<'static> {
        Table {
            stream: self.name,
            columns: self.columns,
        }
    }
}

/// The row that a change becomes. Its id is the entity's: a commit's is its `sha`, with the project before it.
pub(super) fn row(change: &Change) -> Row {
    let body = change.body.get();
    let id = match change.kind {
        ChangeKind::Commit => {
            let fields: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
            let sha = fields["sha"].as_str().unwrap_or_default();
            format!("{}/{sha}", change.project_id)
        }
        _ => change.entity_id.to_string(),
    };
    Row {
        id,
        updated_at: Some(change.recorded_at),
        hash: if change.deleted {
            0
        } else {
            xxh3_64(body.as_bytes())
        },
        deleted: change.deleted,
        body: body.to_owned(),
    }
}

const fn column(name: &'static str, kind: ColumnKind) -> Column {
    Column {
        name,
        path: name,
        kind,
    }
}

const fn int(name: &'static str) -> Column {
    column(name, ColumnKind::Int)
}

const fn text(name: &'static str) -> Column {
    column(name, ColumnKind::Text)
}

const fn float(name: &'static str) -> Column {
    column(name, ColumnKind::Float)
}

const fn bool(name: &'static str) -> Column {
    column(name, ColumnKind::Bool)
}

const fn time(name: &'static str) -> Column {
    column(name, ColumnKind::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_stream_and_columns_are_fields_of_the_model() {
        use labtower_model::samples;
        let sample = |kind| match kind {
            ChangeKind::Project => serde_json::to_value(samples::project()),
            ChangeKind::Pipeline => serde_json::to_value(samples::pipeline()),
            ChangeKind::Job => serde_json::to_value(samples::job()),
            ChangeKind::MergeRequest => serde_json::to_value(samples::merge_request()),
            ChangeKind::Commit => serde_json::to_value(samples::commit()),
        };
        for stream in &FEED {
            let sample = sample(stream.kind).unwrap();
            for column in stream.columns {
                assert!(
                    sample.get(column.path).is_some(),
                    "{}: {} in {sample}",
                    stream.name,
                    column.path
                );
            }
        }
    }
}
