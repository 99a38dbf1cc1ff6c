//! Figures that people read as words and programs as numbers: `Display` is for pages, `Serialize` for JSON and CSV.

use std::fmt;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::time::Time;
use crate::web::format;

/// A share from 0 to 1: `3.3 %`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Share(pub(crate) f64);

impl Share {
    /// `part` of `whole`; nothing of nothing.
    pub(crate) fn of(part: u64, whole: u64) -> Maybe<Self> {
        Maybe((whole > 0).then(|| Self(part as f64 / whole as f64)))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} %", self.0 * 100.0)
    }
}

/// A probability: `p = 0.004`, `p < 0.000001`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Chance(pub(crate) f64);

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1e-6 {
            f.write_str("p < 0.000001")
        } else {
            let digits = (-self.0.log10()).ceil().clamp(2.0, 7.0) as usize;
            write!(f, "p = {:.digits$}", self.0)
        }
    }
}

/// A time span: seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Seconds(pub(crate) f64);

impl Seconds {
    /// Whole seconds.
    pub(crate) fn whole(seconds: i64) -> Self {
        Self(seconds as f64)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format::duration(self.0.round() as i64))
    }
}

/// A count with its thousands apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct Count(pub(crate) u64);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format::count(self.0))
    }
}

/// An instant in UTC: `2026-11-21 07:14`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct When(pub(crate) Timestamp);

impl When {
    /// For the `datetime` attribute.
    pub(crate) fn machine(&self) -> String {
        Time(self.0).text()
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%F %H:%M"))
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Time(self.0).serialize(serializer)
    }
}

/// A figure that may be absent: a dash for people, null for programs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct Maybe<T>(pub(crate) Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: fmt::Display> fmt::Display for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("–"),
        }
    }
}

/// The words of a category or verdict, without underscores.
pub(crate) fn words(text: &str) -> String {
    text.replace('_', " ")
}

/// The first letters of a commit.
pub(crate) fn short(sha: Option<&str>) -> String {
    sha.unwrap_or_default().chars().take(8).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_programs_get_the_same_figure() {
        let json = |value: &dyn erased::Json| value.json();
        assert_eq!(Share(0.0333).to_string(), "3.3 %");
        assert_eq!(json(&Share(0.0333)), "0.0333");
        assert_eq!(Count(12_345).to_string(), "12,345");
        assert_eq!(json(&Count(12_345)), "12345");
        assert_eq!(json(&Maybe::<Share>(None)), "null");
        assert_eq!(Share::of(0, 0).to_string(), "–");
        assert_eq!(Seconds::whole(330).to_string(), "5 min 30 s");
    }

    #[test]
    fn chances_keep_their_first_digits() {
        assert_eq!(Chance(0.004).to_string(), "p = 0.004");
        assert_eq!(Chance(0.000_045).to_string(), "p = 0.00005");
        assert_eq!(Chance(1e-12).to_string(), "p < 0.000001");
    }

    mod erased {
        pub(super) trait Json {
            fn json(&self) -> String;
        }

        impl<T: serde::Serialize> Json for T {
            fn json(&self) -> String {
                serde_json::to_string(self).unwrap()
            }
        }
    }
}
