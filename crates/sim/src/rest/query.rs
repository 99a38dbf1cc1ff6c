//! Query parameters, as Rails reads and writes them.

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

use super::error::ApiError;
use crate::world::Time;

/// The parameters of a request, in the order given.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.uri))
    }
}

impl Params {
    /// The parameters of an address.
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
        Self(pairs.into_owned().collect())
    }

    /// The last value of a parameter; empty values count as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// All values of an array parameter: `name[]=a&name[]=b`, or `name=a`.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        let is = |key: &str| key == name || key.strip_suffix("[]") == Some(name);
        self.0
            .iter()
            .filter(|(key, _)| is(key))
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// A boolean parameter; 400 for anything but `true`, `false`, `1`, `0`, `yes` and `no`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        // Clients write `True` as well: python-gitlab does.
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "yes" | "t") => Ok(Some(true)),
            Some("false" | "0" | "no" | "f") => Ok(Some(false)),
            Some(_) => Err(ApiError::error(
                axum::http::StatusCode::BAD_REQUEST,
                format!("{name} is invalid"),
            )),
        }
    }

    /// A date-time parameter; 400 when it is none.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Time>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(text) => Time::parse(text).map(Some).ok_or_else(|| {
                ApiError::error(
                    axum::http::StatusCode::BAD_REQUEST,
                    format!("{name} is invalid"),
                )
            }),
        }
    }

    /// A parameter that must be one of `values`; 400 otherwise.
    pub(crate) fn one_of<'a>(
        &'a self,
        name: &str,
        values: &[&str],
        default: &'a str,
    ) -> Result<&'a str, ApiError> {
        let value = self.get(name).unwrap_or(default);
        if values.contains(&value) {
            Ok(value)
        } else {
            Err(ApiError::invalid(name))
        }
    }

    /// `sort`: whether ascending.
    pub(crate) fn ascending(&self, default: &str) -> Result<bool, ApiError> {
        Ok(self.one_of("sort", &["asc", "desc"], default)? == "asc")
    }

    /// The parameters with some set to other values, sorted by name and encoded.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> String {
        let mut pairs: Vec<(&str, &str)> = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
            // Tokens in the address are not repeated in links.
            .filter(|(name, _)| !matches!(*name, "private_token" | "access_token"))
            .collect();
        pairs.extend_from_slice(changes);
        pairs.sort_by_key(|(name, _)| *name);
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(query: &str) -> Params {
        Params::of(&format!("/x?{query}").parse().expect("an address"))
    }

    #[test]
    fn arrays_come_with_and_without_brackets() {
        assert_eq!(
            params("scope[]=running&scope%5B%5D=failed").all("scope"),
            ["running", "failed"]
        );
        assert_eq!(params("scope=running").all("scope"), ["running"]);
    }

    #[test]
    fn links_are_sorted_and_never_carry_the_token() {
        let params = params("sort=asc&page=2&private_token=x&ref=a%2Fb");
        assert_eq!(params.with(&[("page", "3")]), "page=3&ref=a%2Fb&sort=asc");
    }
}
