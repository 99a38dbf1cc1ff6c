//! Instants as the API writes them.

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// An instant of whole seconds, written `2026-11-21T07:14:00+00:00` as gitlab-ci-exporter does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Time {
    /// The text, always in UTC.
    pub(crate) fn text(self) -> String {
        self.0.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
    }
}

/// Midnight (UTC) of the day of `at`.
pub(crate) fn midnight(at: Timestamp) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(86_400)).unwrap_or(Timestamp::MIN)
}

impl From<Timestamp> for Time {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 in UTC, whole seconds"))
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn midnight_is_at_or_before() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(
            midnight(at("2026-11-20T12:34:56Z")),
            at("2026-11-20T00:00:00Z")
        );
        assert_eq!(
            midnight(at("2026-11-20T00:00:00Z")),
            at("2026-11-20T00:00:00Z")
        );
        assert_eq!(
            midnight(at("1969-12-31T23:00:00Z")),
            at("1969-12-31T00:00:00Z")
        );
    }

    #[test]
    fn offset_is_written_out() {
        let at = Timestamp::from_second(1_795_176_000).unwrap();
        assert_eq!(Time(at).text(), "2026-11-20T12:00:00+00:00");
    }
}
