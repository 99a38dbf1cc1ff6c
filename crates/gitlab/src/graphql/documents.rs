//! The texts we send.

/// A GraphQL document: an operation and the fragments it uses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Document {
    operation: &'static str,
    fragments: &'static str,
}

impl Document {
    /// The text, without the lines that only explain it.
    pub(crate) fn text(self) -> String {
        [self.operation, self.fragments]
            .into_iter()
            .flat_map(str::lines)
            .filter(|line| !line.trim_start().starts_with('#'))
            .flat_map(|line| [line.trim(), "\n"])
            .collect()
    }
}

/// The fields of a pipeline and of a job: the same in every document, so that each reads whole entities.
const FRAGMENTS: &str = include_str!("fragments.graphql");

/// Changed or running pipelines of up to 100 projects.
pub(crate) const CHANGED: Document = with_fragments(include_str!("changed.graphql"));
/// One page of one project's pipelines.
pub(crate) const PIPELINES_PAGE: Document = with_fragments(include_str!("pipelines_page.graphql"));
/// One page of one pipeline's jobs.
pub(crate) const JOBS_PAGE: Document = with_fragments(include_str!("jobs_page.graphql"));
/// Numbers of pipelines of up to 100 projects.
pub(crate) const COUNTS: Document = alone(include_str!("counts.graphql"));
/// What pipelines there are in a window, of up to 100 projects.
pub(crate) const LISTED: Document = alone(include_str!("listed.graphql"));
/// Test reports in numbers of up to 100 projects.
pub(crate) const TEST_REPORTS: Document = alone(include_str!("test_reports.graphql"));
/// Merge requests and statistics of up to 100 projects.
pub(crate) const ACTIVITY: Document = alone(include_str!("activity.graphql"));
/// The complexity limit.
pub(crate) const LIMIT: Document = alone(include_str!("limit.graphql"));

const fn with_fragments(operation: &'static str) -> Document {
    Document {
        operation,
        fragments: FRAGMENTS,
    }
}

const fn alone(operation: &'static str) -> Document {
    Document {
        operation,
        fragments: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explanations_are_not_sent() {
        for document in [
            CHANGED,
            PIPELINES_PAGE,
            JOBS_PAGE,
            COUNTS,
            LISTED,
            LIMIT,
            TEST_REPORTS,
            ACTIVITY,
        ] {
            let text = document.text();
            assert!(text.starts_with("query "), "{text}");
            assert!(!text.contains('#'), "{text}");
            // GitLab takes no query text above 10,000 characters.
            assert!(text.len() < 10_000);
        }
    }
}
