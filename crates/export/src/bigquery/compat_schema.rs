//! The tables that `gitlab-data-export` 0.4 made: names, columns, types.

use super::dataset::Table;
use super::field::{Field, Kind};

/// Table of the ends of whole runs.
pub(super) const CHECKPOINTS: &str = "Checkpoints";
/// The column that is ours: the row as GitLab wrote it, so that no field of it is lost.
pub(super) const RAW: &str = "raw";
/// All four tables, and that of checkpoints, are partitioned by the day of this.
const PARTITION: &str = "updated_at";

/// A stream that has a table of this shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Epics,
    Milestones,
    Issues,
    MergeRequests,
}

/// The streams that the tool copies.
pub(super) const STREAMS: [&str; 5] = [
    "epics",
    "group_milestones",
    "project_milestones",
    "issues",
    "merge_requests",
];

impl Shape {
    pub(super) const ALL: [Self; 4] = [
        Self::Epics,
        Self::Milestones,
        Self::Issues,
        Self::MergeRequests,
    ];

    /// The shape of a stream; `None` if `gitlab-data-export` did not know it.
    pub(super) fn of(stream: &str) -> Option<Self> {
        Some(match stream {
            "epics" => Self::Epics,
            // Of groups and of projects: the table says whose in its columns.
            "group_milestones" | "project_milestones" => Self::Milestones,
            "issues" => Self::Issues,
            "merge_requests" => Self::MergeRequests,
            _ => return None,
        })
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Epics => "Epics",
            Self::Milestones => "Milestones",
            Self::Issues => "Issues",
            Self::MergeRequests => "MergeRequests",
        }
    }

    /// The table, with our column last.
    pub(super) fn table(self) -> Table {
        let mut fields = match self {
            Self::Epics => epics(),
            Self::Milestones => milestones(),
            Self::Issues => issues(),
            Self::MergeRequests => merge_requests(),
        };
        fields.push(Field::new(RAW, Kind::String));
        table(self.name(), fields)
    }
}

/// The table of checkpoints.
pub(super) fn checkpoints() -> Table {
    table(
        CHECKPOINTS,
        vec![time("updated_at").required(), text("job_id").required()],
    )
}

fn table(name: &str, fields: Vec<Field>) -> Table {
    Table {
        name: name.to_owned(),
        fields,
        partition: Some(PARTITION),
        clustering: &[],
    }
}

fn text(name: &'static str) -> Field {
    Field::new(name, Kind::String)
}

fn int(name: &'static str) -> Field {
    Field::new(name, Kind::Integer)
}

fn flag(name: &'static str) -> Field {
    Field::new(name, Kind::Boolean)
}

fn time(name: &'static str) -> Field {
    Field::new(name, Kind::Timestamp)
}

fn day(name: &'static str) -> Field {
    Field::new(name, Kind::Date)
}

fn record(name: &'static str, fields: Vec<Field>) -> Field {
    Field::new(name, Kind::Record(fields))
}

fn texts(names: &[&'static str]) -> Vec<Field> {
    names.iter().map(|name| text(name)).collect()
}

/// A person as lists show them.
fn person(name: &'static str) -> Field {
    let mut fields = vec![int("id")];
    fields.extend(texts(&[
        "name",
        "username",
        "state",
        "avatar_url",
        "web_url",
    ]));
    record(name, fields)
}

fn references() -> Field {
    record("references", texts(&["short", "relative", "full"]))
}

fn time_stats() -> Field {
    record(
        "time_stats",
        vec![
            int("time_estimate"),
            int("total_time_spent"),
            text("human_time_estimate"),
            text("human_total_time_spent"),
        ],
    )
}

fn task_completion_status() -> Field {
    record(
        "task_completion_status",
        vec![int("count"), int("completed_count")],
    )
}

/// Since 0.4.1. We leave it empty: notes are a stream of their own.
fn notes() -> Field {
    let mut author = vec![int("id")];
    author.extend(texts(&["username", "email", "name", "state"]));
    author.push(time("created_at"));
    let fields = vec![
        int("id"),
        text("body"),
        text("attachment"),
        record("author", author),
        time("created_at"),
        time("updated_at"),
        flag("system"),
        int("noteable_id"),
        text("noteable_type"),
        int("project_id"),
        int("noteable_iid"),
        flag("resolvable"),
        flag("confidential"),
        flag("internal"),
        flag("imported"),
        text("imported_from"),
    ];
    record("notes", fields).repeated()
}

/// What every table begins with.
fn identity() -> Vec<Field> {
    vec![
        time("data_date").required(),
        int("id").required(),
        int("iid").required(),
    ]
}

fn epics() -> Vec<Field> {
    let mut fields = identity();
    fields.extend([
        text("group_name").required(),
        int("group_id"),
        int("parent_id"),
        int("parent_iid"),
        text("title"),
        text("description"),
        text("state"),
        flag("confidential"),
        text("web_url"),
        text("reference"),
        references(),
        person("author"),
        day("start_date"),
        flag("start_date_is_fixed"),
        day("start_date_fixed"),
        day("start_date_from_milestones"),
        day("start_date_from_inherited_source"),
        day("end_date"),
        day("due_date"),
        flag("due_date_is_fixed"),
        day("due_date_fixed"),
        day("due_date_from_milestones"),
        day("due_date_from_inherited_source"),
        time("created_at").required(),
        time("updated_at").required(),
        time("closed_at"),
        text("labels").repeated(),
        int("upvotes"),
        int("downvotes"),
        text("color"),
        record("_links", texts(&["self", "epic_issues", "group", "parent"])),
        notes(),
    ]);
    fields
}

fn milestones() -> Vec<Field> {
    let mut fields = identity();
    fields.extend([
        text("location").required(),
        int("location_id").required(),
        text("location_name").required(),
        text("title").required(),
        text("description"),
        day("due_date"),
        day("start_date"),
        text("state").required(),
        time("updated_at").required(),
        time("created_at").required(),
        flag("expired"),
        text("web_url"),
    ]);
    fields
}

fn merge_requests() -> Vec<Field> {
    let milestone = vec![
        int("id"),
        int("iid"),
        int("project_id"),
        text("title"),
        text("description"),
        text("state"),
        time("created_at"),
        time("updated_at"),
        day("due_date"),
        day("start_date"),
        text("web_url"),
    ];
    let mut fields = identity();
    fields.extend([
        int("project_id").required(),
        text("project_name").required(),
        text("title"),
        text("description"),
        text("state"),
        person("merge_user"),
        time("merged_at"),
        person("closed_by"),
        time("closed_at"),
        time("created_at").required(),
        time("updated_at").required(),
        text("target_branch"),
        text("source_branch"),
        int("upvotes"),
        int("downvotes"),
        person("author").required(),
        person("assignee"),
        person("assignees").repeated(),
        person("reviewers").repeated(),
        int("source_project_id"),
        int("target_project_id"),
        text("labels").repeated(),
        flag("draft"),
        flag("work_in_progress"),
        record("milestone", milestone),
        flag("merge_when_pipeline_succeeds"),
        text("merge_status"),
        text("detailed_merge_status"),
        text("sha"),
        text("merge_commit_sha"),
        text("squash_commit_sha"),
        int("user_notes_count"),
        flag("discussion_locked"),
        flag("should_remove_source_branch"),
        flag("force_remove_source_branch"),
        flag("allow_collaboration"),
        flag("allow_maintainer_to_push"),
        text("web_url"),
        references(),
        time_stats(),
        flag("squash"),
        task_completion_status(),
        notes(),
    ]);
    fields
}

fn issues() -> Vec<Field> {
    let milestone = vec![
        int("project_id"),
        text("description"),
        text("state"),
        day("due_date"),
        int("iid"),
        time("created_at"),
        text("title"),
        int("id"),
        time("updated_at"),
    ];
    let epic = vec![
        int("id").required(),
        int("iid").required(),
        text("title").required(),
        text("url").required(),
        int("group_id").required(),
    ];
    let iteration = vec![
        int("id"),
        int("iid"),
        int("sequence"),
        int("group_id"),
        text("title"),
        text("description"),
        int("state"),
        time("created_at"),
        time("updated_at"),
        day("start_date"),
        day("due_date"),
        text("web_url"),
    ];
    let links = texts(&[
        "self",
        "notes",
        "award_emoji",
        "project",
        "closed_as_duplicate_of",
    ]);
    let mut fields = identity();
    fields.extend([
        text("state").required(),
        text("type"),
        text("title"),
        text("description"),
        person("author").required(),
        record("milestone", milestone),
        int("project_id").required(),
        text("project_name").required(),
        person("assignees").repeated(),
        person("assignee"),
        time("updated_at").required(),
        time("closed_at"),
        person("closed_by"),
        time("created_at").required(),
        int("moved_to_id"),
        text("labels").repeated(),
        int("upvotes"),
        int("downvotes"),
        int("merge_requests_count"),
        int("user_notes_count"),
        day("due_date"),
        text("web_url"),
        int("weight"),
        record("epic", epic),
        record("iteration", iteration),
        references(),
        time_stats(),
        flag("has_tasks"),
        text("task_status"),
        flag("confidential"),
        flag("discussion_locked"),
        text("issue_type"),
        text("severity"),
        record("_links", links),
        task_completion_status(),
        notes(),
    ]);
    fields
}
