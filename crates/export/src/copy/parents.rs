//! Whose lists are read: groups and projects below the roots.

use std::collections::BTreeMap;
use std::sync::Arc;

use labtower_extract::{Parent, ParentKind};
use labtower_gitlab::{Client, GitlabError, GroupOptions, Priority, RawAsk, encoded};
use serde::Deserialize;

use super::{CopyError, Roots};

/// All parents, by kind and id.
#[derive(Debug, Default)]
pub(super) struct Parents {
    kinds: BTreeMap<ParentKind, Arc<[Parent]>>,
}

#[derive(Deserialize)]
struct WithId {
    id: i64,
}

impl Parents {
    /// Asks GitLab for them.
    pub(super) async fn of(client: &Client, roots: &[Roots]) -> Result<Self, CopyError> {
        let mut all = Vec::new();
        for root in roots {
            all.extend(below(client, root).await?);
        }
        Ok(Self::these(all))
    }

    /// These, each once.
    pub(super) fn these(parents: impl IntoIterator<Item = Parent>) -> Self {
        let mut kinds: BTreeMap<ParentKind, Vec<Parent>> = BTreeMap::new();
        for parent in parents {
            kinds.entry(parent.kind).or_default().push(parent);
        }
        let sorted = |(kind, mut all): (ParentKind, Vec<Parent>)| {
            all.sort_unstable();
            all.dedup();
            (kind, all.into())
        };
        Self {
            kinds: kinds.into_iter().map(sorted).collect(),
        }
    }

    /// Those of a kind, by id.
    pub(super) fn of_kind(&self, kind: ParentKind) -> Arc<[Parent]> {
        self.kinds.get(&kind).cloned().unwrap_or_default()
    }
}

async fn below(client: &Client, root: &Roots) -> Result<Vec<Parent>, CopyError> {
    match root {
        Roots::Group { path, recursive } => group(client, path, *recursive).await,
        Roots::Project { path } => {
            let found = client.project(path, Priority::Fresh).await?.value;
            let project = found.ok_or_else(|| GitlabError::NotFound {
                what: format!("project `{path}`"),
                site: Box::default(),
            })?;
            Ok(vec![Parent::project(project.id.get())])
        }
        Roots::Instance => {
            let groups = list(client, "groups", "groups", "all_available=false").await?;
            let projects = "pagination=keyset&order_by=id&sort=asc&membership=true&simple=true";
            let projects = list(client, "projects", "projects", projects).await?;
            let mut all = vec![Parent::INSTANCE];
            all.extend(groups.into_iter().map(Parent::group));
            all.extend(projects.into_iter().map(Parent::project));
            Ok(all)
        }
    }
}

async fn group(client: &Client, path: &str, recursive: bool) -> Result<Vec<Parent>, CopyError> {
    let place = format!("groups/{}", encoded(path));
    let ask = RawAsk {
        pattern: "groups/:id",
        path: &place,
        query: "with_projects=false",
        priority: Priority::Fresh,
    };
    let root = id_of(client.raw_object(ask).await?.value.get(), &place)?;
    let mut all = vec![Parent::group(root)];
    if recursive {
        let below = format!("groups/{root}/descendant_groups");
        let below = list(client, "groups/:id/descendant_groups", &below, "").await?;
        all.extend(below.into_iter().map(Parent::group));
    }
    let options = GroupOptions {
        recursive,
        shared: false,
        archived: true,
    };
    let projects = client.group_projects(path, &options).await?.value;
    all.extend(projects.iter().map(|it| Parent::project(it.id.get())));
    Ok(all)
}

/// Ids of a whole list. It is read twice where its pages may have shifted, and what either reading has counts.
async fn list(
    client: &Client,
    pattern: &'static str,
    path: &str,
    query: &str,
) -> Result<Vec<i64>, CopyError> {
    let mark = if query.is_empty() { "" } else { "&" };
    let first = format!("{query}{mark}per_page=100");
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut pages = 0;
        let mut next = Some(first.clone());
        while let Some(query) = next.take() {
            let ask = RawAsk {
                pattern,
                path,
                query: &query,
                priority: Priority::Fresh,
            };
            let page = client.raw_page(ask).await?.value;
            for row in &page.rows {
                ids.push(id_of(row.get(), path)?);
            }
            pages += 1;
            next = page.next;
        }
        if pages <= 1 || query.contains("keyset") {
            break;
        }
    }
    Ok(ids)
}

fn id_of(body: &str, path: &str) -> Result<i64, GitlabError> {
    let found: WithId = serde_json::from_str(body).map_err(|error| GitlabError::Malformed {
        what: format!("`{path}`"),
        detail: error.to_string(),
        site: Box::default(),
    })?;
    Ok(found.id)
}
