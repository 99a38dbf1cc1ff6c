//! How sure a share is: Wilson's interval.

/// Bounds that hold the true share with 95 % confidence; both 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower bound: what lists are sorted by, so that one failure of two runs does not come before ten of fifty.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// The normal distribution's quantile for 95 % on two sides.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's score interval of `hits` among `total`; `None` of nothing.
///
/// It stays within 0 and 1 and is honest for few runs and for rare events, where "share ± error" is neither.
pub fn wilson(hits: u64, total: u64) -> Option<Interval> {
    if total == 0 {
        return None;
    }
    let count = total as f64;
    let share = hits.min(total) as f64 / count;
    let square = Z * Z / count;
    let middle = (share + square / 2.0) / (1.0 + square);
    let half = Z * (share * (1.0 - share) / count + square / (4.0 * count)).sqrt() / (1.0 + square);
    Some(Interval {
        low: (middle - half).clamp(0.0, 1.0),
        high: (middle + half).clamp(0.0, 1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_formula() {
        for (hits, total, low, high) in [
            (7, 212, 0.016_084_657_918, 0.066_575_359_848),
            (0, 10, 0.0, 0.277_532_799_863),
            (10, 10, 0.722_467_200_137, 1.0),
            (50, 100, 0.403_831_530_366, 0.596_168_469_634),
        ] {
            let bounds = wilson(hits, total).unwrap();
            assert!((bounds.low - low).abs() < 1e-9, "{hits}/{total} {bounds:?}");
            assert!(
                (bounds.high - high).abs() < 1e-9,
                "{hits}/{total} {bounds:?}"
            );
        }
    }

    #[test]
    fn more_runs_make_it_narrower_and_nothing_has_none() {
        let few = wilson(1, 2).unwrap();
        let many = wilson(10, 50).unwrap();
        assert!(
            few.low < many.low,
            "one of two is not worse than ten of fifty"
        );
        assert_eq!(wilson(0, 0), None);
    }
}
