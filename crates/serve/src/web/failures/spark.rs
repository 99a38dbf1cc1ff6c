//! A row's failures over its nights, as a line of bars.

use std::fmt::Write;

use jiff::civil::Date;

/// Height of the drawing in its own units; a night is one unit wide.
const HEIGHT: u32 = 8;
/// Failures that fill the height at least, so that a single one stays small.
const LEAST: u32 = 4;

/// The drawing, and what it says in words.
#[derive(Debug, PartialEq)]
pub(super) struct Spark {
    /// Path of an SVG of as many units as there are nights by [`HEIGHT`].
    pub(super) path: String,
    /// `12 failures, most on 3 Nov: 5`.
    pub(super) label: String,
}

impl Spark {
    /// Draws failures by night; nothing of a row without any.
    pub(super) fn of(failed: &[u32], days: &[Date]) -> Option<Self> {
        let (worst, most) = failed
            .iter()
            .copied()
            .enumerate()
            .max_by_key(|(_, count)| *count)?;
        if most == 0 {
            return None;
        }
        let full = most.max(LEAST);
        let mut path = format!("M0 {HEIGHT}");
        let tops = failed
            .iter()
            .map(|count| HEIGHT - (HEIGHT * count).div_ceil(full));
        let mut tops = tops.peekable();
        let mut before = HEIGHT;
        while let Some(top) = tops.next() {
            let mut nights = 1;
            while tops.next_if_eq(&top).is_some() {
                nights += 1;
            }
            // The ground needs no step at either end. Writing to a string does not fail.
            if top != before {
                let _ = write!(path, "V{top}");
            }
            if top < HEIGHT || tops.peek().is_some() {
                let _ = write!(path, "h{nights}");
            }
            before = top;
        }
        if before != HEIGHT {
            let _ = write!(path, "V{HEIGHT}");
        }
        let sum: u32 = failed.iter().sum();
        let noun = if sum == 1 { "failure" } else { "failures" };
        let day = days
            .get(worst)
            .map(|day| day.strftime("%-d %b").to_string());
        Some(Self {
            path,
            label: format!("{sum} {noun}, most on {}: {most}", day.unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spark(failed: &[u32]) -> Option<Spark> {
        let first: Date = "2026-11-18".parse().unwrap();
        let days: Vec<Date> = first
            .series(jiff::Span::new().days(1))
            .take(failed.len())
            .collect();
        Spark::of(failed, &days)
    }

    #[test]
    fn nights_alike_are_one_step() {
        let found = spark(&[0, 0, 1, 1, 0, 8]).unwrap();
        assert_eq!(found.path, "M0 8h2V7h2V8h1V0h1V8");
        assert_eq!(found.label, "10 failures, most on 23 Nov: 8");
    }

    #[test]
    fn a_single_failure_is_a_quarter_high_and_the_newest_of_equals_is_named() {
        assert_eq!(spark(&[0, 1, 0]).unwrap().path, "M0 8h1V6h1V8");
        let found = spark(&[2, 0, 2]).unwrap();
        assert_eq!(found.label, "4 failures, most on 20 Nov: 2");
    }

    #[test]
    fn nothing_failed_draws_nothing() {
        assert_eq!(spark(&[0, 0, 0]), None);
        assert_eq!(spark(&[]), None);
    }
}
