//! Secrets in files of their own, such as mounted ones.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::problem::Finding;

/// What a file holds, without white space around it. `key` is the setting that names the file.
pub(super) fn text(key: &'static str, path: &Path) -> Result<String, Finding> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Finding::error(
            key,
            format!("`{}` cannot be read: {error}", path.display()),
            "the file must be readable by the user labtower runs as",
        )
    })?;
    Ok(text.trim().to_owned())
}

/// A secret as written, or of a file, which counts if there are both; `hint` says what to do about an empty one.
pub(super) fn kept(
    key: &'static str,
    written: &SecretString,
    file: Option<&Path>,
    hint: &str,
) -> Result<Option<SecretString>, Finding> {
    let Some(path) = file else {
        let there = !written.expose_secret().is_empty();
        return Ok(there.then(|| written.clone()));
    };
    let text = text(key, path)?;
    match text.as_str() {
        "" => Err(Finding::error(
            key,
            format!("`{}` is empty", path.display()),
            hint,
        )),
        token => Ok(Some(SecretString::from(token))),
    }
}
