//! Commits, merge requests and projects in all.

use std::collections::{BTreeMap, HashSet};

use labtower_model::ProjectId;
use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut commits = Table::new(&["gitlab_commits_total"]);
    for statistics in context.reader.project_statistics()? {
        if context.path(statistics.project_id).is_some() {
            commits
                .row()
                .plain("project_id", statistics.project_id.get());
            let count = statistics.commit_count.map(|count| count as f64);
            commits.set(0, count);
            commits.weigh(statistics.commit_count.unwrap_or(0));
        }
    }
    let (all, by_state) = merge_requests(context)?;
    let mut visibilities: BTreeMap<&str, u64> = BTreeMap::new();
    for project in &context.projects.all {
        let visibility = project.visibility.as_deref().unwrap_or("");
        *visibilities.entry(visibility).or_default() += 1;
    }
    let mut by_visibility = Table::new(&["gitlab_projects_by_visibility"]);
    for (visibility, count) in visibilities {
        by_visibility.row().pair("visibility", visibility);
        by_visibility.set(0, Some(count as f64));
    }
    let projects = context.projects.all.len() as f64;
    Ok(vec![
        commits,
        all,
        by_state,
        Table::single("gitlab_project_count", Some(projects)),
        by_visibility,
    ])
}

/// All merge requests, and those in each state. Nothing while those of some project are still being read for the
/// first time: a count of some is a wrong number.
fn merge_requests(context: &Context<'_>) -> Result<(Table, Table), StoreError> {
    let mut by_state = Table::new(&["gitlab_merge_requests_by_state"]);
    let watched: HashSet<ProjectId> = context.projects.all.iter().map(|one| one.id).collect();
    let unread = context
        .reader
        .sync_activity()?
        .into_iter()
        .filter(|sync| watched.contains(&sync.project_id))
        .any(|sync| sync.watermark.is_some() && sync.complete_at.is_none());
    let mut states: BTreeMap<String, u64> = BTreeMap::new();
    for count in context.reader.merge_request_counts()? {
        if watched.contains(&count.project_id) {
            *states.entry(count.state).or_default() += count.count;
        }
    }
    if unread {
        return Ok((Table::single("gitlab_merge_requests_total", None), by_state));
    }
    let total: u64 = states.values().sum();
    for (state, count) in states {
        by_state.row().pair("state", &state);
        by_state.set(0, Some(count as f64));
    }
    let total = Table::single("gitlab_merge_requests_total", Some(total as f64));
    Ok((total, by_state))
}
