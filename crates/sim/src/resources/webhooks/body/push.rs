//! Push Hook, Tag Push Hook, and the same of system hooks.

use serde_json::{Value, json};

use super::people;
use crate::app::Simulation;
use crate::world::{Branch, Moment, Project};

/// What was before a branch or tag was made.
fn nothing() -> String {
    "0".repeat(40)
}

/// What a push moved: before, after, ref.
fn moved(project: &Project, commit: u32) -> (String, String, String) {
    let row = &project.commits[commit as usize];
    // The first commit of a branch makes it.
    let parent = row
        .parent
        .filter(|parent| project.commits[*parent as usize].branch == row.branch);
    let before = parent.map_or_else(nothing, |parent| project.sha(parent));
    let ref_name = format!("refs/heads/{}", project.branch(row.branch));
    (before, project.sha(commit), ref_name)
}

/// A commit was pushed to its branch. System hooks never tell commits.
pub(super) fn push(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    commit: u32,
    to_system: bool,
) -> Value {
    let project = &moment.projects[index as usize];
    let row = &project.commits[commit as usize];
    let (before, after, ref_name) = moved(project, commit);
    let mut json = common(app, moment, index, row.author, "push", to_system);
    json["before"] = before.into();
    json["checkout_sha"] = after.as_str().into();
    json["after"] = after.into();
    json["ref"] = ref_name.into();
    json["ref_protected"] = (row.branch == Branch::Default).into();
    json["total_commits_count"] = 1.into();
    if !to_system {
        let mut shown = people::commit(app, moment, index, commit);
        shown["added"] = json!([]);
        shown["modified"] = json!(["src/main.rs"]);
        shown["removed"] = json!([]);
        json["commits"] = json!([shown]);
    }
    json
}

/// A tag was pushed.
pub(super) fn tag_push(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    tag: u32,
    to_system: bool,
) -> Value {
    let project = &moment.projects[index as usize];
    let commit = project.tags[tag as usize].commit;
    let author = project.commits[commit as usize].author;
    let mut json = common(app, moment, index, author, "tag_push", to_system);
    json["before"] = nothing().into();
    json["after"] = project.sha(commit).into();
    json["checkout_sha"] = project.sha(commit).into();
    json["ref"] = format!("refs/tags/{}", Project::tag(tag)).into();
    json["ref_protected"] = true.into();
    json["total_commits_count"] = 0.into();
    json
}

/// What system hooks tell of any push.
pub(super) fn repository_update(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    commit: u32,
) -> Value {
    let project = &moment.projects[index as usize];
    let author = &moment.users[project.commits[commit as usize].author as usize];
    let (before, after, ref_name) = moved(project, commit);
    json!({
        "event_name": "repository_update",
        "user_id": author.id,
        "user_name": author.name,
        "user_email": "",
        "user_avatar": null,
        "project_id": project.id,
        "project": people::project_with_old_names(app, moment, index),
        "changes": [{ "before": before, "after": after, "ref": ref_name }],
        "refs": [ref_name],
    })
}

fn common(
    app: &Simulation,
    moment: &Moment<'_>,
    index: u32,
    user: u32,
    kind: &str,
    to_system: bool,
) -> Value {
    let user = &moment.users[user as usize];
    let mut json = json!({
        "event_name": kind,
        "user_id": user.id,
        "user_name": user.name,
        "user_username": user.username,
        "user_email": "",
        "user_avatar": null,
        "project_id": moment.projects[index as usize].id,
        "project": people::project_with_old_names(app, moment, index),
        "repository": people::repository(app, moment, index),
        "commits": [],
    });
    if !to_system {
        json["object_kind"] = kind.into();
    }
    json
}
