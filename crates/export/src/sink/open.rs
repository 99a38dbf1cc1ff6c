//! A sink by its address.

#[cfg(feature = "files")]
use crate::files::{Files, FilesOptions};

#[cfg(feature = "postgres")]
use crate::postgres::{Postgres, PostgresOptions};

use super::{AnySink, SinkError};

/// The sink at an address, for the data of one instance. Nothing is asked of it yet.
///
/// `lookup` tells variables of the environment: some sinks take names and credentials from them.
///
/// # Errors
/// An address that no sink has, or a setting that cannot be used.
#[expect(
    unused_variables,
    reason = "sinks with names of their own need the lookup"
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
        #[cfg(feature = "postgres")]
        "postgres" | "postgresql" => {
            let options = PostgresOptions::new(target, instance)?;
            Ok(Postgres::new(options)?.into())
        }
        other => Err(SinkError::Config {
            key: "to".to_owned(),
            detail: format!("there is no sink for `{other}:`"),
        }),
    }
}
