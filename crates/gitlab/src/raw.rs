//! Answers of any REST address as GitLab wrote them.

use std::fmt;

use serde_json::value::RawValue;

use crate::{
    Answer, Client, Endpoint, GitlabError, Priority,
    exchange::{Call, Reply, Request},
    groups::next_by_number,
    headers,
    projects::read,
};

/// An address below `/api/v4` that is read as it is.
#[derive(Debug, Clone, Copy)]
pub struct RawAsk<'a> {
    /// Its pattern, such as `projects/:id/issues`: requests are counted and limited by it.
    pub pattern: &'static str,
    /// The path with its ids.
    pub path: &'a str,
    /// The query; empty for none.
    pub query: &'a str,
    /// How urgent it is.
    pub priority: Priority,
}

/// A page of a list.
#[derive(Debug)]
pub struct RawPage {
    /// JSON of the rows, as GitLab wrote them.
    pub rows: Vec<Box<RawValue>>,
    /// Query of the next page, if there is one. Source: `Link`, else `X-Next-Page`.
    pub next: Option<String>,
}

impl Client {
    /// One page of a list.
    ///
    /// # Errors
    ///
    /// [`GitlabError::Forbidden`] or [`GitlabError::NotFound`] where the token may not see it, the tier lacks it or it
    /// is switched off.
    pub async fn raw_page(&self, ask: RawAsk<'_>) -> Result<Answer<RawPage>, GitlabError> {
        let what = ask.to_string();
        self.raw(ask, |reply| {
            let number = headers::number(&reply.headers, "x-next-page");
            Ok(RawPage {
                rows: read(reply, &what)?,
                next: headers::next_link_query(&reply.headers)
                    .or_else(|| next_by_number(ask.query, number)),
            })
        })
        .await
    }

    /// One object.
    ///
    /// # Errors
    ///
    /// As [`Client::raw_page`].
    pub async fn raw_object(&self, ask: RawAsk<'_>) -> Result<Answer<Box<RawValue>>, GitlabError> {
        let what = ask.to_string();
        self.raw(ask, |reply| read(reply, &what)).await
    }

    /// Text; bytes that are no UTF-8 become `�`.
    ///
    /// # Errors
    ///
    /// As [`Client::raw_page`].
    pub async fn raw_text(&self, ask: RawAsk<'_>) -> Result<Answer<String>, GitlabError> {
        self.raw(ask, |reply| {
            Ok(String::from_utf8_lossy(&reply.body).into_owned())
        })
        .await
    }

    async fn raw<T>(
        &self,
        ask: RawAsk<'_>,
        read: impl Fn(&Reply) -> Result<T, GitlabError>,
    ) -> Result<Answer<T>, GitlabError> {
        let mut call = Call::new(self, ask.priority);
        let mark = if ask.query.is_empty() { "" } else { "?" };
        let request = Request {
            endpoint: Endpoint::Get(ask.pattern),
            path: format!("api/v4/{}{mark}{}", ask.path, ask.query),
            body: None,
            what: ask.to_string(),
            shrinks: false,
        };
        let value = call.send(&request, read).await?;
        Ok(call.answer(value))
    }
}

impl fmt::Display for RawAsk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)
    }
}
