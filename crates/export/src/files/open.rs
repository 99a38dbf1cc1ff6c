//! The store behind a target, and what its errors mean.

use std::sync::Arc;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{Error, ObjectStore};

use super::options::Target;
use crate::sink::SinkError;

/// A target's store and the folder in it.
pub(super) fn open(target: &Target) -> Result<(Arc<dyn ObjectStore>, Path), SinkError> {
    let failed = |error: &dyn std::fmt::Display| {
        let words = without_queries(&error.to_string());
        SinkError::config("target", format!("cannot use `{target}`: {words}"))
    };
    let store: Arc<dyn ObjectStore> = match target {
        Target::Directory(path) => {
            std::fs::create_dir_all(path).map_err(|error| failed(&error))?;
            let store = LocalFileSystem::new_with_prefix(path).map_err(|error| failed(&error))?;
            // A commit that was told must survive the machine.
            Arc::new(store.with_fsync(true))
        }
        Target::S3(bucket) => {
            let builder = AmazonS3Builder::from_env().with_bucket_name(&bucket.name);
            Arc::new(builder.build().map_err(|error| failed(&error))?)
        }
        Target::Gcs(bucket) => {
            let builder = GoogleCloudStorageBuilder::from_env().with_bucket_name(&bucket.name);
            Arc::new(builder.build().map_err(|error| failed(&error))?)
        }
        Target::Azure(bucket) => {
            let builder = MicrosoftAzureBuilder::from_env().with_container_name(&bucket.name);
            Arc::new(builder.build().map_err(|error| failed(&error))?)
        }
    };
    let prefix = match target {
        Target::Directory(_) => "",
        Target::S3(bucket) | Target::Gcs(bucket) | Target::Azure(bucket) => &bucket.prefix,
    };
    Ok((store, Path::from(prefix)))
}

/// An error of the store as one of a sink.
pub(super) fn failed(what: String, error: &Error) -> SinkError {
    let detail = shown(error);
    match error {
        Error::NotFound { .. }
        | Error::InvalidPath { .. }
        | Error::NotSupported { .. }
        | Error::NotImplemented { .. }
        | Error::PermissionDenied { .. }
        | Error::Unauthenticated { .. }
        | Error::UnknownConfigurationKey { .. } => SinkError::Refused { what, detail },
        _ => SinkError::Unavailable { what, detail },
    }
}

/// An error's message, fit for logs.
pub(super) fn shown(error: &Error) -> String {
    without_queries(&error.to_string())
}

/// A message without the queries of the addresses in it, which may be signatures.
fn without_queries(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut is_query = false;
    for c in text.chars() {
        is_query &= !(c.is_whitespace() || matches!(c, '"' | '\'' | ')' | ',' | '`'));
        if c == '?' {
            is_query = true;
            kept.push('?');
        }
        if !is_query {
            kept.push(c);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_in_addresses_are_left_out() {
        let text = "error of PUT https://x/y?sv=1&sig=hush%2F in 3s (https://x?sig=hush): why? so";
        assert_eq!(
            without_queries(text),
            "error of PUT https://x/y? in 3s (https://x?): why? so"
        );
    }
}
