//! Who looks at a page, and where.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// What a page needs to know of its request; taken by every handler of a page.
#[derive(Debug, Clone)]
pub(crate) struct Viewer {
    /// Path as sent: `/g/7`.
    path: String,
    /// Path and query as sent: where to go back to.
    target: String,
}

impl Viewer {
    /// What leads from this page to `/`, for links that work below any prefix of a proxy: `./` or `../../`.
    pub(crate) fn root(&self) -> String {
        match self.path.matches('/').count() {
            0 | 1 => "./".to_owned(),
            depth => "../".repeat(depth - 1),
        }
    }

    /// First part of the path: the page in the navigation, empty for the overview.
    pub(crate) fn section(&self) -> &str {
        self.path
            .trim_start_matches('/')
            .split('/')
            .next()
            .unwrap_or_default()
    }

    /// Path and query as sent.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let path = parts.uri.path().to_owned();
        let target = parts
            .uri
            .path_and_query()
            .map_or_else(|| path.clone(), ToString::to_string);
        Ok(Self { path, target })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Viewer {
        Viewer {
            path: path.to_owned(),
            target: path.to_owned(),
        }
    }

    #[test]
    fn the_way_to_the_root_is_as_long_as_the_path_is_deep() {
        assert_eq!(at("/").root(), "./");
        assert_eq!(at("/failures").root(), "./");
        assert_eq!(at("/failures/job/7").root(), "../../");
    }

    #[test]
    fn the_section_is_the_first_part_of_the_path() {
        assert_eq!(at("/").section(), "");
        assert_eq!(at("/p/group/project").section(), "p");
    }
}
