//! Questions in SQL, with the rows of their answers.

use reqwest::Method;
use serde_json::{Value, json};

use super::client::Answer;
use super::dataset::Dataset;
use crate::sink::SinkError;

/// Longest wait of one request for an answer, in milliseconds; then it is asked for again.
const WAIT_MILLISECONDS: u32 = 20_000;

/// Most rows of one page of an answer; BigQuery ends a page before it has ten megabytes.
const PAGE: u32 = 2_000;

/// A row of an answer: each cell as text, `None` for null.
pub(super) type Cells = Vec<Option<String>>;

/// A named parameter of a query.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parameter<'a> {
    Text(&'a str, &'a str),
    Number(&'a str, u64),
}

impl Parameter<'_> {
    pub(super) fn json(&self) -> Value {
        let (name, kind, value) = match self {
            Self::Text(name, value) => (name, "STRING", (*value).to_owned()),
            Self::Number(name, value) => (name, "INT64", value.to_string()),
        };
        json!({"name": name, "parameterType": {"type": kind}, "parameterValue": {"value": value}})
    }
}

impl Dataset {
    /// Asks and reads the whole answer.
    pub(super) async fn query(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        what: &str,
    ) -> Result<Vec<Cells>, SinkError> {
        let mut rows = Vec::new();
        let mut each = |row| {
            rows.push(row);
            Ok(())
        };
        self.query_each(sql, parameters, what, &mut each).await?;
        Ok(rows)
    }

    /// Asks, and tells the rows of the answer page by page.
    pub(super) async fn query_each(
        &self,
        sql: &str,
        parameters: &[Parameter<'_>],
        what: &str,
        each: &mut (dyn FnMut(Cells) -> Result<(), SinkError> + Send),
    ) -> Result<(), SinkError> {
        let parameters: Value = parameters.iter().map(Parameter::json).collect();
        let location = self.location().await?;
        let body = json!({
            "query": sql, "useLegacySql": false, "parameterMode": "NAMED", "queryParameters": parameters,
            "location": location, "timeoutMs": WAIT_MILLISECONDS, "useQueryCache": false,
            "maxResults": PAGE,
        });
        let url = self.client.url("queries");
        let answer = self
            .client
            .json(Method::POST, url, Some(&body), what)
            .await?;
        let mut page = answer.ok(what)?;
        let id = page.body["jobReference"]["jobId"].take();
        let id = id.as_str().unwrap_or_default().to_owned();
        loop {
            let done = page.body["jobComplete"].as_bool() == Some(true);
            if done && let Value::Array(found) = page.body["rows"].take() {
                found.into_iter().map(cells).try_for_each(&mut *each)?;
            }
            let token = page.body["pageToken"].as_str().map(str::to_owned);
            if done && token.is_none() {
                return Ok(());
            }
            page = self.next(&id, token.as_deref(), location, what).await?;
        }
    }

    async fn next(
        &self,
        id: &str,
        token: Option<&str>,
        location: &str,
        what: &str,
    ) -> Result<Answer, SinkError> {
        let mut url = self.client.url(&format!("queries/{id}"));
        url.query_pairs_mut()
            .append_pair("location", location)
            .append_pair("timeoutMs", &WAIT_MILLISECONDS.to_string())
            .append_pair("maxResults", &PAGE.to_string());
        if let Some(token) = token {
            url.query_pairs_mut().append_pair("pageToken", token);
        }
        let answer = self.client.json(Method::GET, url, None, what).await?;
        answer.ok(what)
    }
}

fn cells(mut row: Value) -> Cells {
    let Value::Array(cells) = row["f"].take() else {
        return Cells::new();
    };
    let text = |mut cell: Value| match cell["v"].take() {
        Value::String(text) => Some(text),
        _ => None,
    };
    cells.into_iter().map(text).collect()
}
