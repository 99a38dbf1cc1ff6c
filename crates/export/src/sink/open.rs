//! A sink by its address.

#[cfg(feature = "files")]
use crate::files::{Files, FilesOptions};

use super::{AnySink, SinkError};

/// The sink at an address, for the data of one instance. Nothing is asked of it yet.
///
/// `lookup` tells variables of the environment: some sinks take names and credentials from them.
///
/// # Errors
/// An address that no sink has, or a setting that cannot be used.
#[cfg_attr(
    not(feature = "files"),
    expect(unused_variables, reason = "without a sink there is nothing to open")
)]
pub fn open(
    target: &str,
    instance: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<AnySink, SinkError> {
    let scheme = target.split_once("://").map_or("", |(scheme, _)| scheme);
    match scheme {
        #[cfg(feature = "files")]
        "" | "file" | "s3" | "gs" | "az" => {
            let options = FilesOptions::new(target, instance)?;
            Ok(Files::new(options)?.into())
        }
        other => Err(SinkError::Config {
            key: "to".to_owned(),
            detail: format!("there is no sink for `{other}:`"),
        }),
    }
}
