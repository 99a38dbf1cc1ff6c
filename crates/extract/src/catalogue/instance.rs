//! The instance itself.

use crate::column::columns;
use crate::{Reading, Stream};

pub(super) static METADATA: Stream = Stream {
    name: "metadata",
    path: "metadata",
    reading: Reading::One,
    key: &[":id"],
    columns: columns![version: Text, revision: Text, enterprise: Bool, kas.enabled: Bool],
    ..Stream::INSTANCE
};

/// For administrators.
pub(super) static APPLICATIONS: Stream = Stream {
    name: "applications",
    path: "applications",
    columns: columns![
        id: Int, application_id: Text, application_name: Text, callback_url: Text,
        confidential: Bool, scopes: Json,
    ],
    ..Stream::INSTANCE
};
