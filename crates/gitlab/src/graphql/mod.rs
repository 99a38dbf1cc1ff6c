//! GraphQL: documents, sending them, and reading their errors.
//!
//! The documents are the `.graphql` files beside this one. They are validated against GitLab's schema and
//! scored with its complexity rules by `tests/documents.rs`.

mod documents;
mod scalars;
mod wire;

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

pub(crate) use documents::{
    ACTIVITY, CHANGED, COUNTS, Document, JOBS_PAGE, LIMIT, LISTED, PIPELINES_PAGE, TEST_REPORTS,
};
pub(crate) use scalars::{Gid, seconds};
pub(crate) use wire::{
    CountsData, JobsData, LimitData, ListsData, Nodes, PageInfo, Pipeline, Pipelines, bare_ref,
};

use crate::{
    Endpoint, GitlabError, Site,
    exchange::{Call, Reply, Request},
    mask::mask,
};

/// Messages kept of one answer; GitLab itself stops at five.
const MESSAGES: usize = 5;

/// Sends `document` and returns its data and the time the last request took.
///
/// `shrinks`: errors that ask for less come back at once, for the caller to do so.
pub(crate) async fn query<T: DeserializeOwned>(
    call: &mut Call<'_>,
    document: Document,
    variables: Value,
    what: String,
    shrinks: bool,
) -> Result<(T, Duration), GitlabError> {
    let body = serde_json::json!({ "query": document.text(), "variables": variables });
    let request = Request {
        endpoint: Endpoint::GraphQl,
        path: "api/graphql".to_owned(),
        body: Some(body.to_string().into()),
        what,
        shrinks,
    };
    call.send(&request, |reply| {
        Ok((data(reply, &request.what)?, reply.took))
    })
    .await
}

/// The body of every GraphQL answer.
#[derive(Deserialize)]
struct Body<T> {
    data: Option<T>,
    errors: Option<Vec<Message>>,
}

#[derive(Deserialize)]
struct Message {
    message: Option<String>,
}

/// Data of an answer without errors.
fn data<T: DeserializeOwned>(reply: &Reply, what: &str) -> Result<T, GitlabError> {
    let parsed = serde_json::from_slice::<Body<T>>(&reply.body);
    if let Ok(Body {
        data: Some(data),
        errors,
    }) = parsed
        && errors.is_none_or(|errors| errors.is_empty())
    {
        return Ok(data);
    }
    // Only now, because answers are large: once more, for what is wrong with it.
    let malformed = |detail: String| GitlabError::Malformed {
        what: what.to_owned(),
        detail,
        site: Box::new(reply.site.clone()),
    };
    match serde_json::from_slice::<Body<Value>>(&reply.body) {
        Ok(body)
            if body
                .errors
                .as_ref()
                .is_some_and(|errors| !errors.is_empty()) =>
        {
            let partial = body.data.is_some();
            let messages = body.errors.unwrap_or_default();
            Err(errors(messages, partial, Box::new(reply.site.clone())))
        }
        _ => Err(malformed(
            serde_json::from_slice::<Body<T>>(&reply.body)
                .err()
                .map_or_else(
                    || "neither data nor errors".to_owned(),
                    |error| error.to_string(),
                ),
        )),
    }
}

/// The error behind a GraphQL answer with a 4xx status of its own.
pub(crate) fn refusal(status: u16, body: &[u8], site: Box<Site>) -> GitlabError {
    match serde_json::from_slice::<Body<Value>>(body) {
        Ok(Body {
            errors: Some(messages),
            ..
        }) if !messages.is_empty() => errors(messages, false, site),
        _ => GitlabError::Refused { status, site },
    }
}

fn errors(messages: Vec<Message>, partial: bool, site: Box<Site>) -> GitlabError {
    let messages: Vec<String> = messages
        .into_iter()
        .filter_map(|message| message.message)
        .map(|message| mask(&message, "").chars().take(300).collect())
        .take(MESSAGES)
        .collect();
    let any = |words: &[&str]| {
        messages
            .iter()
            .any(|message| words.iter().any(|word| message.contains(word)))
    };
    if any(&["exceeds max complexity"]) {
        GitlabError::Complexity { site }
    } else if any(&["imeout on", "timed out", "Timeout"]) {
        GitlabError::Timeout { site }
    } else {
        GitlabError::GraphQl {
            messages,
            partial,
            site,
        }
    }
}
