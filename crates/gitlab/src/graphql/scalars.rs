//! Scalars: global ids, whole seconds, numbers sent as text.

use jiff::{Timestamp, Unit};
use labtower_model::JobKind;
use serde::{Deserialize, Deserializer, de};

/// GraphQL promises whole seconds; what is finer is cut off, so that every source compares equal.
pub(crate) fn seconds(at: Timestamp) -> Timestamp {
    if at.subsec_nanosecond() == 0 {
        return at;
    }
    at.round(
        jiff::TimestampRound::new()
            .smallest(Unit::Second)
            .mode(jiff::RoundMode::Floor),
    )
    .unwrap_or(at)
}

/// A global id: `gid://gitlab/Ci::Build/17`. The number at its end is the REST id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gid {
    pub(crate) number: i64,
    /// What its type says about a job.
    pub(super) kind: JobKind,
}

impl<'de> Deserialize<'de> for Gid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Gid;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a global id")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Gid, E> {
                let (class, number) = text.rsplit_once('/').unwrap_or(("", text));
                Ok(Gid {
                    number: number
                        .parse()
                        .map_err(|_| E::custom(format!("`{text}` is not a global id")))?,
                    kind: match class.rsplit('/').next() {
                        Some("Ci::Bridge") => JobKind::Bridge,
                        Some("GenericCommitStatus") => JobKind::External,
                        _ => JobKind::Build,
                    },
                })
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// A number GitLab sends as text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    struct Visitor;
    impl de::Visitor<'_> for Visitor {
        type Value = i64;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number")
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<i64, E> {
            text.parse()
                .map_err(|_| E::custom(format!("`{text}` is not a number")))
        }
        fn visit_u64<E: de::Error>(self, number: u64) -> Result<i64, E> {
            i64::try_from(number).map_err(E::custom)
        }
        fn visit_i64<E: de::Error>(self, number: i64) -> Result<i64, E> {
            Ok(number)
        }
    }
    deserializer.deserialize_any(Visitor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn global_id_ends_in_the_number_rest_uses() {
        let gid: Gid = serde_json::from_str(r#""gid://gitlab/Ci::Bridge/17""#).unwrap();
        assert_eq!((gid.number, gid.kind), (17, JobKind::Bridge));
        assert!(serde_json::from_str::<Gid>(r#""gid://gitlab/Ci::Build/x""#).is_err());
    }

    #[test]
    fn times_are_cut_to_whole_seconds() {
        let at: Timestamp = "2026-11-20T12:00:00.999Z".parse().unwrap();
        assert_eq!(seconds(at).to_string(), "2026-11-20T12:00:00Z");
    }
}
