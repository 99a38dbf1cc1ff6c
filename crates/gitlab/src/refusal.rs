//! Answers with status 400 or above: what they mean for the budget and for the caller.

use std::time::Duration;

use reqwest::{StatusCode, header::HeaderMap};

use crate::{Endpoint, GitlabError, Site, exchange::Request, gate::Throttled, graphql, headers};

/// Tells the two limiters apart: the application limiter answers JSON, the user throttle text.
pub(crate) fn throttled(headers: &HeaderMap, body: &[u8]) -> Throttled {
    let wait = headers::retry_after(headers);
    let is_json = serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|v| v.is_object());
    if is_json {
        return Throttled::Endpoint(wait);
    }
    let until_reset = || {
        let reset = headers::rate_limit(headers)?.reset?;
        let left = reset - headers::date(headers)?.as_second();
        u64::try_from(left).ok().map(Duration::from_secs)
    };
    Throttled::Everything(wait.or_else(until_reset))
}

/// The error of an answer with status 400 or above.
pub(crate) fn error(
    request: &Request,
    status: StatusCode,
    wait: Option<Duration>,
    body: &[u8],
    site: Site,
) -> GitlabError {
    let site = Box::new(site);
    let what = request.what.clone();
    match status.as_u16() {
        401 => GitlabError::Unauthorized { site },
        403 => GitlabError::Forbidden { what, site },
        404 => GitlabError::NotFound { what, site },
        408 | 504 => GitlabError::Timeout { site },
        429 => GitlabError::RateLimited {
            wait: wait.unwrap_or_default(),
            site,
        },
        // GraphQL says so when the database gave up.
        503 if contains(body, b"timed out") => GitlabError::Timeout { site },
        status @ 500.. => GitlabError::Server { status, site },
        status if request.endpoint == Endpoint::GraphQl => graphql::refusal(status, body, site),
        status => GitlabError::Refused { status, site },
    }
}

fn contains(body: &[u8], words: &[u8]) -> bool {
    body.windows(words.len()).any(|window| window == words)
}
