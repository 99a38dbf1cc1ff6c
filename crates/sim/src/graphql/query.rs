//! The root of the schema.

#![expect(clippy::unused_async, reason = "the library awaits every resolver")]

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Error, ID, Object, Schema, SimpleObject,
};

use super::Request;
use super::group::GraphGroup;
use super::page::{Order, PageArguments};
use super::people::GraphCurrentUser;
use super::project::{GraphProject, ProjectConnection, index_of};
use super::scalar::ProjectArchived;

/// The schema we serve.
pub(crate) type GitLabSchema = Schema<Query, EmptyMutation, EmptySubscription>;

/// Makes the schema; GitLab's depth limit included.
pub(crate) fn schema() -> GitLabSchema {
    Schema::build(Query, EmptyMutation, EmptySubscription)
        .limit_depth(20)
        .disable_suggestions()
        .finish()
}

/// The root.
pub(crate) struct Query;

/// `QueryComplexity`.
#[derive(SimpleObject)]
#[graphql(name = "QueryComplexity")]
pub(crate) struct QueryComplexity {
    limit: Option<i32>,
    score: Option<i32>,
}

/// `Metadata`.
#[derive(SimpleObject)]
#[graphql(name = "Metadata")]
pub(crate) struct Metadata {
    enterprise: bool,
    kas: Kas,
    revision: String,
    version: String,
}

/// `Kas`.
#[derive(SimpleObject)]
#[graphql(name = "Kas")]
pub(crate) struct Kas {
    enabled: bool,
    external_url: Option<String>,
    version: Option<String>,
}

/// Where every query starts.
#[Object(name = "Query")]
impl Query {
    async fn query_complexity(&self, context: &Context<'_>) -> Option<QueryComplexity> {
        let request = context.data_unchecked::<Request>();
        Some(QueryComplexity {
            limit: Some(request.limit as i32),
            score: Some(request.score as i32),
        })
    }

    async fn current_user(&self, context: &Context<'_>) -> Option<GraphCurrentUser> {
        let request = context.data_unchecked::<Request>();
        if !request.authenticated {
            return None;
        }
        GraphCurrentUser::new(&request.app, &request.moment())
    }

    async fn metadata(&self, context: &Context<'_>) -> Option<Metadata> {
        let request = context.data_unchecked::<Request>();
        let version = request.app.config.version.clone();
        request.authenticated.then(|| Metadata {
            enterprise: version.ends_with("-ee"),
            kas: Kas {
                enabled: false,
                external_url: None,
                version: None,
            },
            revision: super::super::rest::REVISION.to_owned(),
            version,
        })
    }

    async fn echo(&self, text: String) -> String {
        format!("\"nil\" says: {text}")
    }

    async fn project(&self, context: &Context<'_>, full_path: ID) -> Option<GraphProject> {
        let request = context.data_unchecked::<Request>();
        let moment = request.moment();
        let index = moment.project_at(&full_path)?;
        visible(request, moment.projects[index as usize].id).then(|| GraphProject::new(index))
    }

    async fn group(&self, context: &Context<'_>, full_path: ID) -> Option<GraphGroup> {
        let request = context.data_unchecked::<Request>();
        if !request.authenticated || full_path.parse::<u64>().is_ok() {
            return None;
        }
        request
            .moment()
            .group_index(&full_path)
            .map(GraphGroup::new)
    }

    /// Projects by ids or paths, or all of them; by descending id.
    #[expect(clippy::too_many_arguments, reason = "GitLab's own arguments")]
    async fn projects(
        &self,
        context: &Context<'_>,
        ids: Option<Vec<ID>>,
        full_paths: Option<Vec<String>>,
        search: Option<String>,
        archived: Option<ProjectArchived>,
        first: Option<i32>,
        last: Option<i32>,
        after: Option<String>,
        before: Option<String>,
    ) -> Result<Option<ProjectConnection>, Error> {
        let request = context.data_unchecked::<Request>();
        if full_paths.as_ref().is_some_and(|paths| paths.len() > 50) {
            return Err(Error::new("You cannot filter by more than 50 full paths"));
        }
        let mut chosen: Vec<u32> = match (&ids, &full_paths) {
            (Some(ids), _) => {
                let mut chosen = Vec::with_capacity(ids.len());
                for id in ids {
                    if !id.starts_with("gid://gitlab/Project/") {
                        return Err(Error::new(format!(
                            "\"{}\" is not a valid ID for Project.",
                            id.0
                        )));
                    }
                    chosen.extend(index_of(request, id));
                }
                chosen
            }
            (None, Some(paths)) => {
                let moment = request.moment();
                paths
                    .iter()
                    .filter_map(|path| moment.project_at(path))
                    .collect()
            }
            (None, None) => (0..request.moment().projects.len() as u32).collect(),
        };
        chosen.sort_unstable_by(|a, b| b.cmp(a));
        chosen.dedup();
        let moment = request.moment();
        chosen.retain(|index| {
            let project = &moment.projects[*index as usize];
            visible(request, project.id)
                && search.as_deref().is_none_or(|search| {
                    project.full_path.contains(search) || project.name.contains(search)
                })
                && match archived {
                    Some(ProjectArchived::Only) => project.archived,
                    Some(ProjectArchived::Exclude) => !project.archived,
                    Some(ProjectArchived::Include) | None => true,
                }
        });
        drop(moment);
        ProjectConnection::new(
            request,
            chosen,
            Some(Order::Descending),
            &PageArguments {
                first,
                last,
                after,
                before,
            },
        )
        .map(Some)
    }
}

/// Whether the token may see the project.
fn visible(request: &Request, project: u64) -> bool {
    request.authenticated && !request.app.faults().forbidden_projects.contains(&project)
}
