//! Series that carry the labels that change.

use labtower_store::StoreError;

use super::Context;
use crate::metrics::table::Table;

pub(super) fn read(context: &mut Context<'_>) -> Result<Vec<Table>, StoreError> {
    let mut projects = Table::new(&["labtower_project_info"]);
    for project in context.projects.shown() {
        let Some(label) = context.projects.label(project.id) else {
            continue;
        };
        let row = projects.row().written(label);
        row.plain("project_id", project.id.get());
        row.pair(
            "default_branch",
            project.default_branch.as_deref().unwrap_or(""),
        );
        row.pair("visibility", project.visibility.as_deref().unwrap_or(""));
        row.plain("archived", project.archived);
        row.pair("topics", &project.topics.join(","));
        row.pair("web_url", project.web_url.as_deref().unwrap_or(""));
        projects.set(0, Some(1.0));
    }
    let mut pipelines = Table::new(&["labtower_pipeline_info"]);
    context.heads()?;
    let heads = context.heads.take().unwrap_or_default();
    for head in &heads.list {
        let pipeline = &head.pipeline;
        let source = context.texts.get(context.reader, pipeline.source)?;
        let Some(project) = context.projects.label(pipeline.project_id) else {
            continue;
        };
        let row = pipelines.row().written(project);
        row.pair("kind", pipeline.ref_kind.as_str());
        row.pair("ref", &head.ref_name);
        row.plain("pipeline_id", pipeline.pipeline_id.get());
        row.pair("source", source);
        row.pair("sha", pipeline.sha.as_deref().unwrap_or(""));
        row.pair("username", pipeline.username.as_deref().unwrap_or(""));
        pipelines.set(0, Some(1.0));
        pipelines.weigh(head.weight());
    }
    context.heads = Some(heads);
    let mut runners = Table::new(&["labtower_runner_info"]);
    for row in context.reader.runners()? {
        let (runner, details) = (row.runner, row.details);
        let labels = runners.row().plain("runner_id", runner.id.get());
        labels.pair("description", runner.description.as_deref().unwrap_or(""));
        labels.pair("runner_type", runner.runner_type.as_deref().unwrap_or(""));
        labels.pair("status", runner.status.as_deref().unwrap_or(""));
        labels.plain("paused", runner.paused);
        let tags = details.map(|details| details.tags.join(","));
        labels.pair("tag_list", tags.as_deref().unwrap_or(""));
        runners.set(0, Some(1.0));
    }
    Ok(vec![projects, pipelines, runners])
}
