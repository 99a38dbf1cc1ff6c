//! The dataset with its tables and views.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::client::Client;
use super::field::{Field, schema};
use super::grown::grown;
use super::listing::Listing;
use super::options::BigQueryOptions;
use super::plan::Plan;
use super::rows::latest;
use crate::sink::SinkError;

/// How often columns are added until it is given up: others may add theirs at the same time.
const TRIES: u32 = 3;

/// One dataset.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) client: Client,
    pub(super) project: String,
    pub(super) name: String,
    wanted_location: Option<String>,
    location: OnceCell<String>,
}

/// A table to be.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) fields: Vec<Field>,
    /// The column whose day decides the partition.
    pub(super) partition: Option<&'static str>,
    pub(super) clustering: &'static [&'static str],
}

impl Dataset {
    pub(super) fn new(options: &BigQueryOptions) -> Result<Self, SinkError> {
        Ok(Self {
            client: Client::new(options)?,
            project: options.project.clone(),
            name: options.dataset.clone(),
            wanted_location: options.location.clone(),
            location: OnceCell::new(),
        })
    }

    /// A table's name in SQL.
    pub(super) fn quoted(&self, table: &str) -> String {
        format!("`{}.{}.{table}`", self.project, self.name)
    }

    /// A table's name in requests.
    pub(super) fn reference(&self, table: &str) -> Value {
        json!({"projectId": self.project, "datasetId": self.name, "tableId": table})
    }

    /// Where the dataset is, which every job has to be told; the dataset is made if it is not there.
    pub(super) async fn location(&self) -> Result<&str, SinkError> {
        let found = self.location.get_or_try_init(|| self.ensure()).await?;
        Ok(found)
    }

    async fn ensure(&self) -> Result<String, SinkError> {
        let what = format!("make the BigQuery dataset `{}`", self.name);
        let url = self.client.url(&format!("datasets/{}", self.name));
        loop {
            let answer = self
                .client
                .json(Method::GET, url.clone(), None, &what)
                .await?;
            if !answer.is_missing() {
                let location = answer.ok(&what)?.body["location"].take();
                return Ok(location.as_str().unwrap_or("US").to_owned());
            }
            let reference = json!({"projectId": self.project, "datasetId": self.name});
            let mut body = json!({"datasetReference": reference});
            if let Some(location) = &self.wanted_location {
                body["location"] = json!(location);
            }
            let datasets = self.client.url("datasets");
            let answer = self
                .client
                .json(Method::POST, datasets, Some(&body), &what)
                .await?;
            if !answer.is_conflict() {
                answer.ok(&what)?;
            }
        }
    }

    /// What BigQuery knows of a table; `None` if it is not there.
    pub(super) async fn table(&self, name: &str) -> Result<Option<Value>, SinkError> {
        let what = format!("look at the BigQuery table `{name}`");
        let answer = self
            .client
            .json(Method::GET, self.table_url(name), None, &what)
            .await?;
        if answer.is_missing() {
            return Ok(None);
        }
        Ok(Some(answer.ok(&what)?.body))
    }

    /// Makes a table and its view where they are not there, and adds the columns that they lack.
    pub(super) async fn ensure_plan(&self, plan: &Plan, there: &Listing) -> Result<(), SinkError> {
        if there.has(plan) {
            return Ok(());
        }
        let name = plan.table.name.as_str();
        let what = format!("make the BigQuery table `{name}`");
        let is_new = !there.names(name) && self.create(plan, &what).await?;
        // All columns that are there: those that an older program does not know stay in the view.
        let columns = if is_new {
            names(&schema(&plan.table.fields))
        } else {
            self.ensure_columns(&plan.table).await?
        };
        if let Some(view) = &plan.view {
            let query = latest(&self.quoted(name), &columns);
            self.ensure_view(view, &query, there.names(view)).await?;
        }
        if !is_new {
            // Only now: whoever was killed before it looks again.
            let (url, body) = (self.table_url(name), json!({"labels": plan.labels()}));
            let answer = self.client.json(Method::PATCH, url, Some(&body), &what);
            answer.await?.ok(&what)?;
        }
        Ok(())
    }

    /// Adds the columns that a table lacks; the names of all that it has then.
    pub(super) async fn ensure_columns(&self, table: &Table) -> Result<Vec<String>, SinkError> {
        let what = format!("make the BigQuery table `{}`", table.name);
        let mut tries = 0;
        loop {
            let Some(found) = self.table(&table.name).await? else {
                let detail = "it was taken away just now".to_owned();
                return Err(SinkError::Unavailable { what, detail });
            };
            let Some(columns) = grown(&found, table)? else {
                return Ok(names(&found["schema"]["fields"]));
            };
            let body = json!({"schema": {"fields": columns}});
            let url = self.table_url(&table.name);
            let answer = self.client.json(Method::PATCH, url, Some(&body), &what);
            let answer = answer.await?;
            tries += 1;
            if answer.status.is_success() || tries >= TRIES {
                answer.ok(&what)?;
                return Ok(names(&body["schema"]["fields"]));
            }
        }
    }

    /// Makes a table; false if there is one of that name.
    async fn create(&self, plan: &Plan, what: &str) -> Result<bool, SinkError> {
        let table = &plan.table;
        let mut body = json!({
            "tableReference": self.reference(&table.name),
            "schema": {"fields": schema(&table.fields)},
            "labels": plan.labels(),
        });
        if let Some(column) = table.partition {
            body["timePartitioning"] = json!({"type": "DAY", "field": column});
        }
        if !table.clustering.is_empty() {
            body["clustering"] = json!({"fields": table.clustering});
        }
        self.insert(&body, what).await
    }

    /// Makes a table that goes by itself; `until` is when, in Unix milliseconds.
    pub(super) async fn create_staging(
        &self,
        name: &str,
        fields: &Value,
        until: i64,
        what: &str,
    ) -> Result<(), SinkError> {
        let body = json!({
            "tableReference": self.reference(name),
            "schema": {"fields": fields},
            "expirationTime": until.to_string(),
        });
        self.insert(&body, what).await?;
        Ok(())
    }

    /// Makes a view, or changes its query.
    async fn ensure_view(&self, name: &str, query: &str, is_there: bool) -> Result<(), SinkError> {
        let what = format!("make the BigQuery view `{name}`");
        let body = json!({
            "tableReference": self.reference(name),
            "view": {"query": query, "useLegacySql": false},
        });
        if !is_there && self.insert(&body, &what).await? {
            return Ok(());
        }
        if let Some(found) = self.table(name).await? {
            if found["view"]["query"].as_str() == Some(query) {
                return Ok(());
            }
            if found["type"].as_str() != Some("VIEW") {
                let detail = "there is something else of that name".to_owned();
                return Err(SinkError::Refused { what, detail });
            }
        }
        let sql = format!("CREATE OR REPLACE VIEW {} AS {query}", self.quoted(name));
        self.query(&sql, &[], &what).await?;
        Ok(())
    }

    /// Takes a table of our own away.
    pub(super) async fn drop_table(&self, name: &str) -> Result<(), SinkError> {
        let what = format!("drop the BigQuery table `{name}`");
        let url = self.table_url(name);
        let answer = self.client.json(Method::DELETE, url, None, &what).await?;
        if !answer.is_missing() {
            answer.ok(&what)?;
        }
        Ok(())
    }

    async fn insert(&self, body: &Value, what: &str) -> Result<bool, SinkError> {
        self.location().await?;
        let url = self.client.url(&format!("datasets/{}/tables", self.name));
        let answer = self
            .client
            .json(Method::POST, url, Some(body), what)
            .await?;
        if answer.is_conflict() {
            return Ok(false);
        }
        answer.ok(what)?;
        Ok(true)
    }

    fn table_url(&self, name: &str) -> url::Url {
        let path = format!("datasets/{}/tables/{name}", self.name);
        self.client.url(&path)
    }
}

/// Names of columns of the API.
fn names(columns: &Value) -> Vec<String> {
    let columns = columns.as_array().into_iter().flatten();
    columns
        .filter_map(|column| column["name"].as_str().map(str::to_owned))
        .collect()
}
