//! What a dataset has, asked for all at once.
//!
//! A list of tables has no columns. So a table has a label that says for which plan it was last looked through, and one
//! whose label is that of the plan need not be looked at again.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::dataset::Dataset;
use super::field::schema;
use super::plan::Plan;
use super::rows::latest;
use crate::sink::SinkError;

/// The label with the plan of a table.
const LABEL: &str = "labtower_plan";
/// Most tables of one page of the list.
const PAGE: &str = "1000";

/// Tables and views by name, with the plan that a label names.
#[derive(Debug, Default)]
pub(super) struct Listing(HashMap<String, Option<String>>);

impl Listing {
    /// Whether a table and its view are there as they should be.
    pub(super) fn has(&self, plan: &Plan) -> bool {
        let label = self.0.get(&plan.table.name).and_then(Option::as_deref);
        let is_labelled = label == Some(&plan.label());
        is_labelled
            && plan
                .view
                .as_ref()
                .is_none_or(|view| self.0.contains_key(view))
    }

    /// Whether there is something of that name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

impl Plan {
    /// Tells this plan from others: a hash of the columns and of how the view is made.
    fn label(&self) -> String {
        let names: Vec<String> = self
            .table
            .fields
            .iter()
            .map(|field| field.name.to_string())
            .collect();
        let view = self.view.as_ref().map(|_| latest("", &names));
        let whole = json!([schema(&self.table.fields), view]);
        format!("{:016x}", xxh3_64(whole.to_string().as_bytes()))
    }

    /// The labels of its table.
    pub(super) fn labels(&self) -> Value {
        json!({ LABEL: self.label() })
    }
}

impl Dataset {
    /// Lists the tables and views; the dataset is made if it is not there.
    pub(super) async fn list(&self) -> Result<Listing, SinkError> {
        self.location().await?;
        let what = format!("list the tables of the BigQuery dataset `{}`", self.name);
        let mut listing = Listing::default();
        let mut token: Option<String> = None;
        loop {
            let path = format!("datasets/{}/tables", self.name);
            let mut url = self.client.url(&path);
            url.query_pairs_mut().append_pair("maxResults", PAGE);
            if let Some(token) = &token {
                url.query_pairs_mut().append_pair("pageToken", token);
            }
            let answer = self.client.json(Method::GET, url, None, &what).await?;
            let mut page = answer.ok(&what)?.body;
            for table in page["tables"].as_array().into_iter().flatten() {
                let name = table["tableReference"]["tableId"].as_str();
                let label = table["labels"][LABEL].as_str().map(str::to_owned);
                listing.0.extend(name.map(|name| (name.to_owned(), label)));
            }
            match page["nextPageToken"].take() {
                Value::String(next) if !next.is_empty() => token = Some(next),
                _ => return Ok(listing),
            }
        }
    }
}
