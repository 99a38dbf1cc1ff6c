//! Who looks at a page, and where.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;
use std::convert::Infallible;

use super::Caller;
use crate::state::App;

/// What a page needs to know of its request; taken by every handler of a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Viewer {
    /// Path as sent: `/g/7`.
    path: String,
    /// Path and query as sent: where to go back to.
    target: String,
    /// What people call the reader; empty when nobody signed in.
    name: String,
    /// Whether the name stems from a session, which can be signed out of.
    session: bool,
    /// What forms of this reader carry; empty when nobody signed in.
    form_token: String,
    /// Whether there is anybody who could sign in.
    can_sign_in: bool,
}

impl Viewer {
    /// Nobody in particular, at `uri`.
    pub(crate) fn at(uri: &Uri) -> Self {
        let path = uri.path().to_owned();
        Self {
            target: uri
                .path_and_query()
                .map_or_else(|| path.clone(), ToString::to_string),
            path,
            ..Self::default()
        }
    }

    /// The sender of a request that the gate has let through.
    pub(crate) fn of(uri: &Uri, caller: Option<&Caller>, app: &App) -> Self {
        let mut viewer = Self::at(uri);
        viewer.can_sign_in = !app.auth().options().users.is_empty();
        if let Some(caller) = caller {
            viewer.session = caller.session.is_some();
            if let Some(identity) = &caller.identity {
                identity.name().clone_into(&mut viewer.name);
            }
            if let Some(nonce) = &caller.nonce {
                viewer.form_token = app.auth().form_token(nonce);
            }
        }
        viewer
    }

    /// The same reader as if on another page: where an action goes back to.
    pub(crate) fn back_to(&self, target: &str) -> Self {
        Self {
            target: target.to_owned(),
            ..self.clone()
        }
    }

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

    /// What people call the reader; empty when nobody signed in.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the reader may use forms that write.
    pub(crate) fn may_write(&self) -> bool {
        !self.form_token.is_empty()
    }

    /// What forms of this reader carry in the field `csrf`.
    pub(crate) fn form_token(&self) -> &str {
        &self.form_token
    }

    /// Whether the reader can sign out.
    pub(crate) fn has_session(&self) -> bool {
        self.session
    }

    /// Whether to offer signing in.
    pub(crate) fn can_sign_in(&self) -> bool {
        self.can_sign_in && self.name.is_empty()
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Caller>();
        Ok(Self::of(&parts.uri, caller, app))
    }
}

/// The path within this server that `next` names, if it is one: never another site.
pub(crate) fn local(next: &str) -> Option<&str> {
    let plain = next.bytes().all(|byte| byte.is_ascii_graphic());
    let within = next.starts_with('/') && !next.starts_with("//") && !next.contains('\\');
    (plain && within).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> Viewer {
        Viewer::at(&path.parse().unwrap())
    }

    #[test]
    fn the_way_to_the_root_is_as_long_as_the_path_is_deep() {
        assert_eq!(at("/").root(), "./");
        assert_eq!(at("/failures").root(), "./");
        assert_eq!(at("/failures/job/7?a=/").root(), "../../");
    }

    #[test]
    fn the_section_is_the_first_part_of_the_path() {
        assert_eq!(at("/").section(), "");
        assert_eq!(at("/p/group/project").section(), "p");
    }

    #[test]
    fn only_paths_of_ours_are_gone_back_to() {
        assert_eq!(local("/failures?days=7"), Some("/failures?days=7"));
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://x",
            "",
            "/a\nb",
            "x",
        ] {
            assert_eq!(local(foreign), None, "{foreign}");
        }
    }
}
