//! A range of seconds as whole UTC days, which rollups answer, and edges, which raw rows answer.
//!
//! A day of which more than half is asked for counts as whole, and the rest of it is taken away again from
//! raw rows: so an edge never reads more than half a day.

/// Seconds of a UTC day; unix time has no leap seconds.
pub(super) const DAY: i64 = 86_400;

/// The UTC day, in days since 1970, of a unix time.
pub(super) fn day_of(seconds: i64) -> i64 {
    seconds.div_euclid(DAY)
}

/// Whole days plus and minus edges; together exactly the range.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cover {
    /// First and last whole day, inclusive.
    pub(super) days: Option<(i64, i64)>,
    /// Parts of days to add or to take away.
    pub(super) edges: Vec<Edge>,
}

/// A part of one day.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// First second.
    pub(super) lo: i64,
    /// Last second, inclusive.
    pub(super) hi: i64,
    /// 1 to add it, -1 to take it away.
    pub(super) sign: i64,
}

impl Cover {
    /// Covers the seconds from `lo` to `hi`, both inclusive.
    pub(super) fn of(lo: i64, hi: i64) -> Self {
        let mut cover = Self {
            days: None,
            edges: Vec::new(),
        };
        if lo > hi {
            return cover;
        }
        let (first, last) = (day_of(lo), day_of(hi));
        if first == last {
            let whole = cover.part_of_day(first, lo, hi);
            cover.days = whole.then_some((first, first));
            return cover;
        }
        let first_is_whole = cover.part_of_day(first, lo, first * DAY + DAY - 1);
        let last_is_whole = cover.part_of_day(last, last * DAY, hi);
        let from = if first_is_whole { first } else { first + 1 };
        let to = if last_is_whole { last } else { last - 1 };
        cover.days = (from <= to).then_some((from, to));
        cover
    }

    /// Adds the edges for the part `lo..=hi` of `day`; tells whether the day counts as whole.
    fn part_of_day(&mut self, day: i64, lo: i64, hi: i64) -> bool {
        let (start, end) = (day * DAY, day * DAY + DAY - 1);
        if (hi - lo + 1) * 2 <= DAY {
            self.edges.push(Edge { lo, hi, sign: 1 });
            return false;
        }
        if start < lo {
            self.edges.push(Edge {
                lo: start,
                hi: lo - 1,
                sign: -1,
            });
        }
        if hi < end {
            self.edges.push(Edge {
                lo: hi + 1,
                hi: end,
                sign: -1,
            });
        }
        true
    }
}

/// Lengths of the spans the `spans` table keeps, longest first: days.
const SPANS: [i64; 3] = [28, 7, 1];

/// The fewest spans (length, first day) that make up the days from `first` to `last`, inclusive.
pub(super) fn spans(first: i64, last: i64) -> Vec<(i64, i64)> {
    let mut spans = Vec::new();
    let mut day = first;
    while day <= last {
        let length = SPANS
            .into_iter()
            .find(|length| day.rem_euclid(*length) == 0 && day + length - 1 <= last)
            .unwrap_or(1);
        spans.push((length, day));
        day += length;
    }
    spans
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng, rngs::StdRng};

    use super::*;

    /// How often the cover counts the second `at`.
    fn times_counted(cover: &Cover, at: i64) -> i64 {
        let in_days = cover
            .days
            .is_some_and(|(first, last)| (first..=last).contains(&day_of(at)));
        let in_edges: i64 = cover
            .edges
            .iter()
            .filter(|edge| (edge.lo..=edge.hi).contains(&at))
            .map(|edge| edge.sign)
            .sum();
        i64::from(in_days) + in_edges
    }

    #[test]
    fn cover_counts_each_second_of_the_range_once_and_no_other() {
        let mut rng = StdRng::seed_from_u64(7);
        for _ in 0..2000 {
            let lo = rng.random_range(-3 * DAY..3 * DAY);
            let hi = lo + rng.random_range(-1..4 * DAY);
            let cover = Cover::of(lo, hi);
            for at in [
                lo - 1,
                lo,
                lo + 1,
                hi - 1,
                hi,
                hi + 1,
                i64::midpoint(lo, hi),
            ] {
                let expected = i64::from((lo..=hi).contains(&at));
                assert_eq!(times_counted(&cover, at), expected, "{lo}..={hi} at {at}");
            }
            for edge in &cover.edges {
                assert!((edge.hi - edge.lo + 1) * 2 <= DAY, "{cover:?}");
            }
        }
    }

    #[test]
    fn whole_days_have_no_edges() {
        let cover = Cover::of(2 * DAY, 5 * DAY - 1);
        assert_eq!(cover.days, Some((2, 4)));
        assert_eq!(cover.edges, []);
    }

    #[test]
    fn spans_cover_each_day_once() {
        for first in -70..70 {
            for last in first - 1..first + 140 {
                let days: Vec<i64> = spans(first, last)
                    .into_iter()
                    .flat_map(|(length, start)| start..start + length)
                    .collect();
                assert_eq!(days, (first..=last).collect::<Vec<_>>());
            }
        }
        assert!(spans(1, 28).len() <= 16);
    }
}
