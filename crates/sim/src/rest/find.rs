//! Finding the project or group a path names.

use super::error::ApiError;
use crate::app::Simulation;
use crate::world::Moment;

impl Simulation {
    /// Index of the project that `:id` names: a number, or a full path (already decoded).
    ///
    /// # Errors
    /// 404 for unknown and hidden projects, 301 for the old path of a renamed one, 500 for the failing one.
    pub(crate) fn project(&self, moment: &Moment<'_>, id: &str) -> Result<u32, ApiError> {
        let found = match id.parse::<u64>() {
            Ok(id) => moment.project_index(id),
            Err(_) => moment.project_at(id),
        };
        let index = found.ok_or_else(|| ApiError::not_found("Project"))?;
        let project = &moment.projects[index as usize];
        let faults = self.faults();
        if faults.forbidden_projects.contains(&project.id) {
            return Err(ApiError::not_found("Project"));
        }
        if faults.failing_project == Some(project.id) {
            return Err(ApiError::internal());
        }
        if project
            .old_path
            .as_deref()
            .is_some_and(|old| old.eq_ignore_ascii_case(id))
        {
            return Err(ApiError::moved(format!(
                "{}/api/v4/projects/{}",
                self.url, project.id
            )));
        }
        Ok(index)
    }

    /// Index of the group that `:id` names.
    ///
    /// # Errors
    /// 404 for unknown groups.
    #[expect(
        clippy::unused_self,
        reason = "read beside its siblings, which need it"
    )]
    pub(crate) fn group(&self, moment: &Moment<'_>, id: &str) -> Result<u32, ApiError> {
        moment
            .group_index(id)
            .ok_or_else(|| ApiError::not_found("Group"))
    }

    /// Index of the pipeline with this id in this project.
    ///
    /// # Errors
    /// 404 for pipelines of other projects and unknown ones.
    #[expect(
        clippy::unused_self,
        reason = "read beside its siblings, which need it"
    )]
    pub(crate) fn pipeline(
        &self,
        moment: &Moment<'_>,
        project: u32,
        id: &str,
    ) -> Result<u32, ApiError> {
        id.parse::<u64>()
            .ok()
            .and_then(|id| moment.pipeline_index(id))
            .filter(|index| moment.pipelines[*index as usize].project == project)
            .ok_or_else(|| ApiError::not_found(""))
    }
}
