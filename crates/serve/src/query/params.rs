//! The pairs of a query string, read by name.

use jiff::Timestamp;

use crate::error::ApiError;

/// Decoded `name=value` pairs in the order they were sent; a name may repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Takes pairs that are already percent-decoded.
    pub(crate) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// First value of `name` that says something: trimmed, neither empty nor `All`.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Items of a comma-separated list: trimmed, without empty ones, in order, each once.
    ///
    /// A name sent twice gives the items of both.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let mut items: Vec<String> = Vec::new();
        for item in self.values(name).flat_map(|value| value.split(',')) {
            let item = item.trim();
            if !item.is_empty() && !items.iter().any(|known| known == item) {
                items.push(item.to_owned());
            }
        }
        items
    }

    /// An instant given in unix seconds.
    ///
    /// # Errors
    /// The value is not a whole number, or no instant that a calendar knows.
    pub(crate) fn instant(&self, name: &str) -> Result<Option<Timestamp>, ApiError> {
        let Some(value) = self.one(name) else {
            return Ok(None);
        };
        let seconds: i64 = value
            .parse()
            .map_err(|_| ApiError::parameter(name, value, "whole unix seconds"))?;
        let at = Timestamp::from_second(seconds).map_err(|_| {
            ApiError::parameter(name, value, "whole unix seconds")
                .with_hint("the value looks like milliseconds: divide it by 1000")
        })?;
        Ok(Some(at))
    }

    /// Values of `name` that say something.
    fn values<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty() && *value != "All")
    }
}

/// Reads a whole number, such as an id in a path.
///
/// # Errors
/// `value` is not one; the error names the parameter and the value.
pub(crate) fn integer(name: &str, value: &str) -> Result<i64, ApiError> {
    value
        .parse()
        .map_err(|_| ApiError::parameter(name, value, "a whole number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params(pairs: &[(&str, &str)]) -> Params {
        Params::new(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn all_empty_and_absent_mean_no_filter() {
        for value in ["All", "", "  "] {
            assert!(params(&[("ref_name", value)]).list("ref_name").is_empty());
        }
        assert!(params(&[]).list("ref_name").is_empty());
    }

    #[test]
    fn lists_are_trimmed_and_hold_each_item_once() {
        let params = params(&[("ref_name", " main , dev,,main"), ("ref_name", "v1,dev")]);
        assert_eq!(params.list("ref_name"), ["main", "dev", "v1"]);
    }

    #[test]
    fn an_item_named_all_within_a_list_is_an_item() {
        let params = params(&[("ref_name", "All,main")]);
        assert_eq!(params.list("ref_name"), ["All", "main"]);
    }

    #[test]
    fn empty_instant_is_absent_and_a_bad_one_is_named() {
        assert_eq!(params(&[("from_ts", "")]).instant("from_ts").unwrap(), None);
        let error = params(&[("from_ts", "abc")])
            .instant("from_ts")
            .unwrap_err();
        assert!(
            error.message().contains("`from_ts`") && error.message().contains("`abc`"),
            "{}",
            error.message()
        );
    }

    #[test]
    fn milliseconds_are_told_apart_from_seconds() {
        let error = params(&[("from_ts", "1795176000000")])
            .instant("from_ts")
            .unwrap_err();
        assert!(error.hint().unwrap().contains("divide it by 1000"));
    }
}
