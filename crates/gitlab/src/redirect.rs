//! Redirects: a renamed project moved, or the configured address is not the real one.

use reqwest::header::LOCATION;
use url::Url;

use crate::{
    GitlabError,
    exchange::{Reply, Request},
};

/// Path below our own base that `reply` points to.
///
/// GitLab names its configured host there; we stay on the one we reach it by.
///
/// # Errors
///
/// [`GitlabError::Config`] if the very same resource is said to be elsewhere (`http` for `https`, an old host):
/// following would double every request, and for a POST is not possible at all.
pub(crate) fn target(request: &Request, reply: &Reply, base: &Url) -> Result<String, GitlabError> {
    let location = reply
        .headers
        .get(LOCATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| base.join(value).ok())
        .ok_or_else(|| GitlabError::Malformed {
            what: request.what.clone(),
            detail: "a redirect without a readable address".to_owned(),
            site: Box::new(reply.site.clone()),
        })?;
    let below = location
        .path()
        .split_once("/api/")
        .map(|(_, rest)| match location.query() {
            Some(query) => format!("api/{rest}?{query}"),
            None => format!("api/{rest}"),
        });
    match below {
        Some(path) if request.body.is_none() && !same(&path, &request.path) => Ok(path),
        _ => Err(GitlabError::Config {
            key: "url",
            detail: format!(
                "GitLab redirects to `{}`; is that its address?",
                location.origin().ascii_serialization()
            ),
        }),
    }
}

fn same(one: &str, other: &str) -> bool {
    let bare = |path: &str| path.split('?').next().map(str::to_ascii_lowercase);
    bare(one) == bare(other)
}
