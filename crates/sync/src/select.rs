//! Which projects and refs the user asked for; pure.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use labtower_model::{PipelineWithJobs, Project};
use regex::Regex;

use crate::SyncOptions;

/// Glob patterns over full project paths: `*` within one path part, `**` across parts.
#[derive(Debug, Clone, Default)]
pub struct Patterns {
    set: GlobSet,
}

impl Patterns {
    /// Compiles the patterns.
    ///
    /// # Errors
    /// The first pattern that is not a glob, with the reason.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, globset::Error> {
        let mut builder = GlobSetBuilder::new();
        for pattern in patterns {
            builder.add(
                GlobBuilder::new(pattern.as_ref())
                    .literal_separator(true)
                    .build()?,
            );
        }
        Ok(Self {
            set: builder.build()?,
        })
    }

    fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Whether a full project path matches one of them.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// The part of the options that picks projects and pipelines.
#[derive(Debug, Clone, Copy)]
pub struct Selection<'a> {
    options: &'a SyncOptions,
}

impl<'a> Selection<'a> {
    /// The selection the options describe.
    pub fn new(options: &'a SyncOptions) -> Self {
        Self { options }
    }

    /// Whether the project is to be read.
    pub fn wants(&self, project: &Project) -> bool {
        let path = project.path_with_namespace.as_str();
        (self.options.archived || !project.archived)
            && (self.options.include.is_empty() || self.options.include.matches(path))
            && !self.options.exclude.matches(path)
    }

    /// Whether pipelines of a ref are to be read.
    pub fn wants_ref(&self, ref_name: Option<&str>) -> bool {
        let pattern = self.options.branch_filter.as_ref();
        pattern.is_none_or(|pattern| wants_ref(pattern, ref_name))
    }

    /// Drops pipelines whose ref the user does not want.
    pub fn filter(&self, pipelines: &mut Vec<PipelineWithJobs>) {
        pipelines.retain(|unit| self.wants_ref(unit.pipeline.ref_name.as_deref()));
    }
}

/// A pipeline without a ref is judged as the empty name.
fn wants_ref(pattern: &Regex, ref_name: Option<&str>) -> bool {
    pattern.is_match(ref_name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use labtower_model::samples;

    use super::*;

    fn options() -> SyncOptions {
        SyncOptions::default()
    }

    #[test]
    fn without_patterns_every_active_project_is_wanted() {
        let options = options();
        let mut project = samples::project();
        assert!(Selection::new(&options).wants(&project));
        project.archived = true;
        assert!(!Selection::new(&options).wants(&project));
    }

    #[test]
    fn exclude_wins_over_include() {
        let mut options = options();
        options.include = Patterns::new(&["platform/**"]).unwrap();
        let project = samples::project();
        assert!(Selection::new(&options).wants(&project));
        options.exclude = Patterns::new(&["platform/tools/*"]).unwrap();
        assert!(!Selection::new(&options).wants(&project));
    }

    #[test]
    fn star_stays_within_one_path_part() {
        let mut options = options();
        options.include = Patterns::new(&["platform/*"]).unwrap();
        assert!(!Selection::new(&options).wants(&samples::project()));
    }

    #[test]
    fn branch_filter_keeps_matching_refs_only() {
        let mut options = options();
        options.branch_filter = Some(Regex::new("^(main|v.*)$").unwrap());
        let mut pipelines = vec![samples::pipeline_with_jobs(), samples::pipeline_with_jobs()];
        pipelines[1].pipeline.ref_name = Some("feature".to_owned());
        Selection::new(&options).filter(&mut pipelines);
        assert_eq!(pipelines.len(), 1);
    }
}
