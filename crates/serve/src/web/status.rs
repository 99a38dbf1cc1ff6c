//! Statuses as signs: told apart by shape and letter, not by colour alone.

use labtower_model::Status;

/// Sign of a status: a word, the letter within the shape, and the class that gives shape and colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sign {
    /// The status in words, `waiting for resource`.
    pub(crate) word: String,
    /// One letter; two statuses of the same shape differ in it.
    pub(crate) letter: char,
    /// `success`, `failed`, `running`, `waiting`, `stopped`, `idle` or `unknown`.
    pub(crate) class: &'static str,
}

impl Sign {
    /// The sign of a status in GitLab's words.
    pub(crate) fn of(status: &str) -> Self {
        let (class, letter) = match Status::parse(status) {
            Status::Success => ("success", 'S'),
            Status::Failed => ("failed", 'F'),
            Status::Running => ("running", 'R'),
            Status::Canceling => ("stopped", 'c'),
            Status::Canceled => ("stopped", 'C'),
            Status::Created => ("waiting", 'N'),
            Status::WaitingForResource => ("waiting", 'W'),
            Status::Preparing => ("waiting", 'p'),
            Status::WaitingForCallback => ("waiting", 'B'),
            Status::Pending => ("waiting", 'P'),
            Status::Scheduled => ("waiting", 'D'),
            Status::Manual => ("idle", 'M'),
            Status::Skipped => ("idle", 'K'),
            Status::Other(_) => ("unknown", '?'),
        };
        Self {
            word: status.replace('_', " "),
            letter,
            class,
        }
    }

    /// Outline of the shape in a square of 16: a disc, a square, a triangle, a diamond, an octagon, a ring.
    pub(crate) fn outline(&self) -> &'static str {
        match self.class {
            "success" => "M8 .5a7.5 7.5 0 1 1 0 15a7.5 7.5 0 1 1 0-15z",
            "failed" => "M1.5 1.5h13v13h-13z",
            "running" => "M1.5 .5L15.5 8L1.5 15.5z",
            "waiting" => "M8 0L16 8L8 16L0 8z",
            "stopped" => "M5 .8h6L15.2 5v6L11 15.2H5L.8 11V5z",
            _ => "M8 1.3a6.7 6.7 0 1 1 0 13.4a6.7 6.7 0 1 1 0-13.4z",
        }
    }

    /// Where the letter stands: a triangle's middle is not that of its box.
    pub(crate) fn letter_x(&self) -> &'static str {
        if self.class == "running" { "5.8" } else { "8" }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_statuses_look_the_same() {
        let signs: HashSet<_> = Status::KNOWN
            .iter()
            .map(|status| Sign::of(status.as_str()))
            .map(|sign| (sign.class, sign.letter))
            .collect();
        assert_eq!(signs.len(), Status::KNOWN.len());
    }

    #[test]
    fn a_status_unknown_to_us_keeps_its_word() {
        let sign = Sign::of("on_holiday");
        assert_eq!((sign.word.as_str(), sign.letter), ("on holiday", '?'));
    }
}
