//! Merge requests and what belongs to each.

use super::talk;
use crate::column::columns;
use crate::{Reading, Shape, Stream, Tier};

/// A list of every merge request's.
const EACH: Stream = Stream {
    reading: Reading::Each {
        of: &["merge_requests"],
        shape: Shape::List,
    },
    time: Some("created_at"),
    ..Stream::PROJECT
};

/// One object for every merge request.
const DETAIL: Reading = Reading::Each {
    of: &["merge_requests"],
    shape: Shape::One,
};

pub(super) static MERGE_REQUESTS: Stream = Stream {
    name: "merge_requests",
    path: "projects/:id/merge_requests",
    query: "scope=all&state=all",
    reading: Reading::Updated {
        order: "order_by=updated_at&sort=asc",
    },
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, title: Text, description: Text, state: Text,
        draft: Bool, author.username: Text, assignees: Json, reviewers: Json, labels: Json,
        milestone.id: Int, milestone.title: Text, source_branch: Text, target_branch: Text,
        source_project_id: Int, target_project_id: Int, sha: Text, merge_commit_sha: Text,
        squash_commit_sha: Text, squash: Bool, merge_status: Text, detailed_merge_status: Text,
        has_conflicts: Bool, user_notes_count: Int, upvotes: Int, downvotes: Int,
        created_at: Time, updated_at: Time, prepared_at: Time, merged_at: Time,
        merge_user.username: Text, closed_at: Time, closed_by.username: Text, web_url: Text,
    ],
    ..Stream::PROJECT
};

pub(super) static MERGE_REQUEST_DETAILS: Stream = Stream {
    name: "merge_request_details",
    path: "projects/:id/merge_requests/:iid",
    reading: DETAIL,
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, state: Text, changes_count: Text,
        diff_refs.base_sha: Text, diff_refs.head_sha: Text, diff_refs.start_sha: Text,
        head_pipeline.id: Int, head_pipeline.status: Text, first_contribution: Bool,
        merge_error: Text, latest_build_started_at: Time, latest_build_finished_at: Time,
        first_deployed_to_production_at: Time, created_at: Time, updated_at: Time,
    ],
    ..Stream::PROJECT
};

pub(super) static MERGE_REQUEST_APPROVALS: Stream = Stream {
    name: "merge_request_approvals",
    path: "projects/:id/merge_requests/:iid/approvals",
    reading: DETAIL,
    key: &[":row_id"],
    columns: columns![approved: Bool, approved_by: Json],
    ..Stream::PROJECT
};

pub(super) static MERGE_REQUEST_APPROVAL_STATES: Stream = Stream {
    name: "merge_request_approval_states",
    path: "projects/:id/merge_requests/:iid/approval_state",
    reading: DETAIL,
    key: &[":row_id"],
    columns: columns![approval_rules_overwritten: Bool, rules: Json],
    tier: Tier::Premium,
    ..Stream::PROJECT
};

/// A commit can be in many merge requests.
pub(super) static MERGE_REQUEST_COMMITS: Stream = Stream {
    name: "merge_request_commits",
    path: "projects/:id/merge_requests/:iid/commits",
    key: &[":row_id", "id"],
    columns: columns![
        id: Text, short_id: Text, title: Text, author_name: Text, author_email: Text,
        authored_date: Time, committed_date: Time, created_at: Time, web_url: Text,
    ],
    ..EACH
};

pub(super) static MERGE_REQUEST_NOTES: Stream = Stream {
    name: "merge_request_notes",
    path: "projects/:id/merge_requests/:iid/notes",
    reading: EACH.reading,
    ..talk::NOTES
};

pub(super) static MERGE_REQUEST_DISCUSSIONS: Stream = Stream {
    name: "merge_request_discussions",
    path: "projects/:id/merge_requests/:iid/discussions",
    reading: EACH.reading,
    ..talk::DISCUSSIONS
};

pub(super) static MERGE_REQUEST_VERSIONS: Stream = Stream {
    name: "merge_request_versions",
    path: "projects/:id/merge_requests/:iid/versions",
    columns: columns![
        id: Int, merge_request_id: Int, head_commit_sha: Text, base_commit_sha: Text,
        start_commit_sha: Text, patch_id_sha: Text, state: Text, real_size: Text,
        created_at: Time,
    ],
    ..EACH
};

pub(super) static MERGE_REQUEST_PIPELINES: Stream = Stream {
    name: "merge_request_pipelines",
    path: "projects/:id/merge_requests/:iid/pipelines",
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, sha: Text, ref: Text, status: Text, source: Text,
        created_at: Time, updated_at: Time, web_url: Text,
    ],
    ..EACH
};

pub(super) static MERGE_REQUEST_REVIEWERS: Stream = Stream {
    name: "merge_request_reviewers",
    path: "projects/:id/merge_requests/:iid/reviewers",
    key: &[":row_id", "user.id"],
    columns: columns![user.id: Int, user.username: Text, state: Text, created_at: Time],
    ..EACH
};

pub(super) static MERGE_REQUEST_CLOSES_ISSUES: Stream = Stream {
    name: "merge_request_closes_issues",
    path: "projects/:id/merge_requests/:iid/closes_issues",
    key: &[":row_id", "id"],
    time: Some("updated_at"),
    columns: columns![
        id: Int, iid: Int, project_id: Int, title: Text, state: Text, created_at: Time,
        updated_at: Time, closed_at: Time,
    ],
    ..EACH
};

pub(super) static MERGE_REQUEST_PARTICIPANTS: Stream = Stream {
    name: "merge_request_participants",
    path: "projects/:id/merge_requests/:iid/participants",
    reading: EACH.reading,
    ..talk::PARTICIPANTS
};

pub(super) static MERGE_REQUEST_AWARD_EMOJI: Stream = Stream {
    name: "merge_request_award_emoji",
    path: "projects/:id/merge_requests/:iid/award_emoji",
    reading: EACH.reading,
    ..talk::AWARD_EMOJI
};

/// One request for each note: off.
pub(super) static MERGE_REQUEST_NOTE_AWARD_EMOJI: Stream = Stream {
    name: "merge_request_note_award_emoji",
    path: "projects/:id/merge_requests/:noteable_iid/notes/:row_id/award_emoji",
    reading: Reading::Each {
        of: &["merge_request_notes"],
        shape: Shape::List,
    },
    off: true,
    ..talk::AWARD_EMOJI
};

pub(super) static MERGE_REQUEST_STATE_EVENTS: Stream = Stream {
    name: "merge_request_state_events",
    path: "projects/:id/merge_requests/:iid/resource_state_events",
    reading: EACH.reading,
    ..talk::STATE_EVENTS
};

pub(super) static MERGE_REQUEST_LABEL_EVENTS: Stream = Stream {
    name: "merge_request_label_events",
    path: "projects/:id/merge_requests/:iid/resource_label_events",
    reading: EACH.reading,
    ..talk::LABEL_EVENTS
};

pub(super) static MERGE_REQUEST_MILESTONE_EVENTS: Stream = Stream {
    name: "merge_request_milestone_events",
    path: "projects/:id/merge_requests/:iid/resource_milestone_events",
    reading: EACH.reading,
    ..talk::MILESTONE_EVENTS
};

/// The code itself, and much of it: off.
pub(super) static MERGE_REQUEST_DIFFS: Stream = Stream {
    name: "merge_request_diffs",
    path: "projects/:id/merge_requests/:iid/diffs",
    key: &[":row_id", "old_path", "new_path"],
    time: None,
    columns: columns![
        new_path: Text, old_path: Text, new_file: Bool, renamed_file: Bool, deleted_file: Bool,
        generated_file: Bool, too_large: Bool, diff: Text,
    ],
    off: true,
    ..EACH
};
