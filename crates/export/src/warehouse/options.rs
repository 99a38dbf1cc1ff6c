//! Settings from the environment, and addresses among them.

use url::Url;

use crate::sink::SinkError;

/// Database or dataset when none is named, as `gitlab-data-export` has it.
pub(crate) const DATABASE: &str = "gitlab_data_export";

/// Variables of the environment, as `lookup` tells them; an empty one is as good as none.
pub(crate) struct Variables<F>(pub(crate) F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// The value of a variable.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        (self.0)(key).filter(|value| !value.is_empty())
    }

    /// The value of one that has to be there; `hint` says what to put there.
    pub(crate) fn required(&self, key: &str, hint: &str) -> Result<String, SinkError> {
        self.get(key)
            .ok_or_else(|| SinkError::config(key, format!("it is not set: {hint}")))
    }
}

/// A setting that is an address of HTTP, such as `example`.
pub(crate) fn address(key: &str, text: &str, example: &str) -> Result<Url, SinkError> {
    // The address may hold a password, so it is not repeated.
    let url = Url::parse(text).map_err(|error| SinkError::config(key, error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        let detail = format!("it has to be an address such as `{example}`");
        return Err(SinkError::config(key, detail));
    }
    Ok(url)
}

/// Whether a name can go into SQL as it is.
pub(crate) fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(plain)
}

/// A stream's name goes into SQL as it is, so it has to be one.
pub(crate) fn checked(stream: &str) -> Result<(), SinkError> {
    if is_plain(stream) && !stream.starts_with('_') {
        return Ok(());
    }
    let detail = "its name has letters, digits and underscores";
    Err(SinkError::config("stream", detail))
}

/// Settings from these variables have to be refused, by naming the key and nothing secret: for tests.
#[cfg(test)]
pub(crate) fn assert_refused<T: std::fmt::Debug>(settings: Result<T, SinkError>, key: &str) {
    let error = settings.unwrap_err().to_string();
    assert!(error.contains(key) && !error.contains("hush"), "{error}");
}

/// An environment of these variables: for tests.
#[cfg(test)]
pub(crate) fn environment<'a>(
    pairs: &'a [(&'a str, &'a str)],
) -> impl Fn(&str) -> Option<String> + 'a {
    |key| {
        let found = pairs.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| (*value).to_owned())
    }
}
