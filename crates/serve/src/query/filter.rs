//! Which rows a request asks for.

use labtower_model::PipelineId;
use labtower_store::{Filter, JobFilter};

use super::{Params, integer};
use crate::error::ApiError;

/// Filter of the statistics: projects, refs, exclusions, sources and time; `status` is not read, as ever.
///
/// # Errors
/// A time that cannot be read.
pub(crate) fn stats_filter(params: &Params) -> Result<Filter, ApiError> {
    let mut exclude_projects = params.list("exclude_projects");
    // The exporter's own dashboard misspells this key in one panel, and means it.
    exclude_projects.extend(params.list("exclude_projects:csv"));
    Ok(Filter {
        projects: params.list("project_name"),
        exclude_projects,
        refs: params.list("ref_name"),
        statuses: Vec::new(),
        sources: params.list("source"),
        from: params.instant("from_ts")?,
        to: params.instant("to_ts")?,
    })
}

/// Filter of pipelines: as for statistics, and by status.
///
/// What runs now is asked for without a time range: `status=running` ignores it.
///
/// # Errors
/// A time that cannot be read.
pub(crate) fn pipeline_filter(params: &Params) -> Result<Filter, ApiError> {
    let mut filter = stats_filter(params)?;
    filter.statuses = statuses(params);
    if filter.statuses == ["running"] {
        filter.from = None;
        filter.to = None;
    }
    Ok(filter)
}

/// Filter of jobs: `status` and times are those of the job.
///
/// # Errors
/// A time or a pipeline id that cannot be read.
pub(crate) fn job_filter(params: &Params) -> Result<JobFilter, ApiError> {
    let pipeline_id = params
        .one("pipeline_id")
        .map(|value| integer("pipeline_id", value))
        .transpose()?
        .map(PipelineId);
    Ok(JobFilter {
        filter: pipeline_filter(params)?,
        names: params.list("name"),
        stages: params.list("stage"),
        failure_reasons: params.list("failure_reason"),
        pipeline_id,
    })
}

/// Statuses in GitLab's lower case, whichever case they were sent in.
fn statuses(params: &Params) -> Vec<String> {
    let mut statuses = params.list("status");
    for status in &mut statuses {
        status.make_ascii_lowercase();
    }
    statuses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &[(&str, &str)]) -> Params {
        Params::new(
            query
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn dashboard_without_a_choice_filters_nothing_but_time() {
        let filter = pipeline_filter(&params(&[
            ("from_ts", "1795000000"),
            ("to_ts", "1795176000"),
            ("project_name", "All"),
            ("ref_name", "All"),
            ("exclude_projects", " "),
            ("unheard_of", "x"),
        ]))
        .unwrap();
        assert!(filter.projects.is_empty() && filter.refs.is_empty());
        assert!(filter.exclude_projects.is_empty());
        assert_eq!(filter.from.unwrap().as_second(), 1_795_000_000);
        assert_eq!(filter.to.unwrap().as_second(), 1_795_176_000);
    }

    #[test]
    fn misspelt_exclusion_of_the_old_dashboard_is_honoured() {
        let filter = stats_filter(&params(&[("exclude_projects:csv", "a/b, c/d")])).unwrap();
        assert_eq!(filter.exclude_projects, ["a/b", "c/d"]);
    }

    #[test]
    fn running_pipelines_have_no_time_range() {
        let query = [("status", "running"), ("from_ts", "1"), ("to_ts", "2")];
        let filter = pipeline_filter(&params(&query)).unwrap();
        assert_eq!((filter.from, filter.to), (None, None));
        let query = [("status", "failed"), ("from_ts", "1"), ("to_ts", "2")];
        let filter = pipeline_filter(&params(&query)).unwrap();
        assert!(filter.from.is_some() && filter.to.is_some());
    }

    #[test]
    fn statistics_do_not_read_a_status() {
        let filter = stats_filter(&params(&[("status", "failed")])).unwrap();
        assert!(filter.statuses.is_empty());
    }

    #[test]
    fn bad_pipeline_id_is_an_error() {
        let error = job_filter(&params(&[("pipeline_id", "x1")])).unwrap_err();
        assert!(error.message().contains("`x1`"));
    }
}
