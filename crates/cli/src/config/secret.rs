//! Secrets in files of their own, such as mounted ones.

use std::path::Path;

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
