//! GitLab's lists read the plain way: page after page, while nothing changes.

use std::collections::BTreeMap;

use labtower_extract::{CATALOGUE, Parent, Reading, Shape, Stream};
use serde_json::Value;

/// Rows of a list by id.
pub(crate) type List = BTreeMap<String, Value>;

/// Reads a simulated GitLab.
pub(crate) struct Plain {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Plain {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self {
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
        }
    }

    /// The lists of these streams, of the group `acme` and what is below it.
    pub(crate) async fn lists(
        &self,
        streams: impl IntoIterator<Item = &'static Stream>,
    ) -> Vec<(&'static Stream, Parent, List)> {
        let mut groups = vec![self.one("groups/acme").await.unwrap()];
        let below = "groups/acme/descendant_groups?per_page=100";
        groups.extend(self.rows(below).await.unwrap());
        let projects =
            "api/v4/groups/acme/projects?include_subgroups=true&with_shared=false&per_page=100";
        let projects = self.rows(projects).await.unwrap();
        let id = |row: &Value| row["id"].as_i64().unwrap();
        let mut parents = vec![];
        parents.extend(groups.iter().map(|row| Parent::group(id(row))));
        parents.extend(projects.iter().map(|row| Parent::project(id(row))));
        let mut lists = Vec::new();
        for stream in streams {
            for parent in parents.iter().filter(|parent| parent.kind == stream.parent) {
                if let Some(list) = self.list(stream, *parent).await {
                    lists.push((stream, *parent, list));
                }
            }
        }
        lists
    }

    /// What a list has now; `None` where GitLab has no such list.
    async fn list(&self, stream: &'static Stream, parent: Parent) -> Option<List> {
        let mut rows = List::new();
        let Reading::Each { of, shape } = stream.reading else {
            let address = stream.address(parent.id, None).unwrap();
            let bodies = if stream.reading == Reading::One {
                vec![self.one(&address).await?]
            } else {
                self.rows(&paged(&address)).await?
            };
            for mut body in bodies {
                let id = stream.row_id(&body, parent.id, None).unwrap();
                stream.remove_secrets(body.as_object_mut().unwrap());
                rows.insert(id, body);
            }
            return Some(rows);
        };
        let mut any = false;
        for name in of {
            let owner_stream = CATALOGUE.iter().find(|it| it.name == *name).unwrap();
            let owners = Box::pin(self.list(owner_stream, parent))
                .await
                .unwrap_or_default();
            for owner in owners.into_values() {
                let Some(address) = stream.address(parent.id, Some(&owner)) else {
                    continue;
                };
                let bodies = match shape {
                    Shape::List => self.rows(&paged(&address)).await,
                    Shape::One => self.one(&address).await.map(|body| vec![body]),
                    Shape::Text => self
                        .text(&address)
                        .await
                        .map(|text| vec![serde_json::json!({ "text": text })]),
                };
                any |= bodies.is_some();
                for mut body in bodies.unwrap_or_default() {
                    let id = stream.row_id(&body, parent.id, Some(&owner)).unwrap();
                    stream.remove_secrets(body.as_object_mut().unwrap());
                    rows.insert(id, body);
                }
            }
        }
        any.then_some(rows)
    }

    /// All pages of a list that stands still.
    async fn rows(&self, address: &str) -> Option<Vec<Value>> {
        let address = address.strip_prefix("api/v4/").unwrap_or(address);
        let mut rows = Vec::new();
        for page in 1.. {
            let (body, next) = self.get(&format!("{address}&page={page}")).await?;
            rows.extend(serde_json::from_str::<Vec<Value>>(&body).unwrap());
            if !next {
                return Some(rows);
            }
        }
        None
    }

    async fn one(&self, address: &str) -> Option<Value> {
        let (body, _) = self.get(address).await?;
        Some(serde_json::from_str(&body).unwrap())
    }

    async fn text(&self, address: &str) -> Option<String> {
        Some(self.get(address).await?.0)
    }

    async fn get(&self, address: &str) -> Option<(String, bool)> {
        let url = format!("{}/api/v4/{address}", self.url);
        let request = self.http.get(&url).header("PRIVATE-TOKEN", &self.token);
        let answer = request.send().await.unwrap();
        if [403, 404].contains(&answer.status().as_u16()) {
            return None;
        }
        assert_eq!(answer.status(), 200, "{url}");
        let next = answer
            .headers()
            .get("x-next-page")
            .is_some_and(|it| !it.is_empty());
        Some((answer.text().await.unwrap(), next))
    }
}

fn paged(address: &str) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}per_page=100")
}
