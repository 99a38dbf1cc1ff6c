//! What makes GitLab send a webhook, by the names it has for that.

/// What happened, as far as hooks choose among it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trigger {
    Push,
    TagPush,
    MergeRequest,
    Issue,
    ConfidentialIssue,
    Note,
    ConfidentialNote,
    Pipeline,
    Job,
    Deployment,
    Release,
    /// Of system hooks alone.
    RepositoryUpdate,
}

impl Trigger {
    /// The attribute of a hook that turns it on.
    pub(crate) const fn setting(self) -> &'static str {
        match self {
            Self::Push => "push_events",
            Self::TagPush => "tag_push_events",
            Self::MergeRequest => "merge_requests_events",
            Self::Issue => "issues_events",
            Self::ConfidentialIssue => "confidential_issues_events",
            Self::Note => "note_events",
            Self::ConfidentialNote => "confidential_note_events",
            Self::Pipeline => "pipeline_events",
            Self::Job => "job_events",
            Self::Deployment => "deployment_events",
            Self::Release => "releases_events",
            Self::RepositoryUpdate => "repository_update_events",
        }
    }

    /// `X-Gitlab-Event`, but for system hooks.
    pub(crate) const fn header(self) -> &'static str {
        match self {
            Self::Push => "Push Hook",
            Self::TagPush => "Tag Push Hook",
            Self::MergeRequest => "Merge Request Hook",
            Self::Issue => "Issue Hook",
            Self::ConfidentialIssue => "Confidential Issue Hook",
            Self::Note => "Note Hook",
            Self::ConfidentialNote => "Confidential Note Hook",
            Self::Pipeline => "Pipeline Hook",
            Self::Job => "Job Hook",
            Self::Deployment => "Deployment Hook",
            Self::Release => "Release Hook",
            Self::RepositoryUpdate => "System Hook",
        }
    }

    /// `trigger` of a hook's events: `push_hooks`.
    pub(crate) const fn log(self) -> &'static str {
        match self {
            Self::Push => "push_hooks",
            Self::TagPush => "tag_push_hooks",
            Self::MergeRequest => "merge_request_hooks",
            Self::Issue => "issue_hooks",
            Self::ConfidentialIssue => "confidential_issue_hooks",
            Self::Note => "note_hooks",
            Self::ConfidentialNote => "confidential_note_hooks",
            Self::Pipeline => "pipeline_hooks",
            Self::Job => "job_hooks",
            Self::Deployment => "deployment_hooks",
            Self::Release => "release_hooks",
            Self::RepositoryUpdate => "repository_update_hooks",
        }
    }

    /// Whether system hooks can have it.
    pub(crate) const fn is_of_system(self) -> bool {
        matches!(
            self,
            Self::Push | Self::TagPush | Self::MergeRequest | Self::RepositoryUpdate
        )
    }
}

/// Events of system hooks, each with whether they are on where nothing is said.
pub(crate) const OF_SYSTEM: &[(&str, bool)] = &[
    ("push_events", false),
    ("tag_push_events", false),
    ("merge_requests_events", false),
    ("repository_update_events", true),
];

/// The same of project hooks.
pub(crate) const OF_PROJECT: &[(&str, bool)] = &[
    ("push_events", true),
    ("tag_push_events", false),
    ("merge_requests_events", false),
    ("repository_update_events", false),
    ("issues_events", false),
    ("confidential_issues_events", false),
    ("note_events", false),
    ("confidential_note_events", false),
    ("pipeline_events", false),
    ("wiki_page_events", false),
    ("deployment_events", false),
    ("feature_flag_events", false),
    ("job_events", false),
    ("releases_events", false),
    ("milestone_events", false),
    ("emoji_events", false),
    ("resource_access_token_events", false),
    ("resource_deploy_token_events", false),
    ("vulnerability_events", false),
];

/// What group hooks have beside the events of project hooks.
pub(crate) const OF_GROUP: &[(&str, bool)] = &[
    ("subgroup_events", false),
    ("member_events", false),
    ("project_events", false),
];
