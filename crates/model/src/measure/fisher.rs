//! Whether two counts differ by more than chance: Fisher's exact test.

/// A table of two rows (here, elsewhere) and two columns (failed, not failed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Failed here.
    pub here_failed: u64,
    /// Did not fail here.
    pub here_other: u64,
    /// Failed elsewhere.
    pub elsewhere_failed: u64,
    /// Did not fail elsewhere.
    pub elsewhere_other: u64,
}

/// Terms this much smaller than the sum change nothing in it.
const NEGLIGIBLE: f64 = 1e-18;

/// Probability of at least as many failures here if place did not matter: 0 to 1.
pub fn fisher_greater(table: Table) -> f64 {
    let margins = Margins::of(table);
    let mode = margins.mode();
    let mut sum = 0.0;
    for count in table.here_failed..=margins.most() {
        let term = margins.probability(count);
        sum += term;
        if count > mode && term <= sum * NEGLIGIBLE {
            break;
        }
    }
    sum.min(1.0)
}

/// Probability of a table as unlikely as this one or more so, in either direction: 0 to 1.
pub fn fisher_two_sided(table: Table) -> f64 {
    let margins = Margins::of(table);
    // Equal probabilities differ in the last digits when they were computed by different ways.
    let limit = margins.probability(table.here_failed) * (1.0 + 1e-7);
    let sum: f64 = (margins.least()..=margins.most())
        .map(|count| margins.probability(count))
        .filter(|term| *term <= limit)
        .sum();
    sum.min(1.0)
}

/// Sums of rows and columns, which the test takes as given.
struct Margins {
    here: u64,
    failed: u64,
    total: u64,
    /// Logarithm of the number of ways to choose the runs here among all.
    ways: f64,
}

impl Margins {
    fn of(table: Table) -> Self {
        let here = table.here_failed + table.here_other;
        let failed = table.here_failed + table.elsewhere_failed;
        let total = here + table.elsewhere_failed + table.elsewhere_other;
        Self {
            here,
            failed,
            total,
            ways: ln_choose(total, here),
        }
    }

    /// Fewest failures that can be here.
    fn least(&self) -> u64 {
        (self.here + self.failed).saturating_sub(self.total)
    }

    /// Most failures that can be here.
    fn most(&self) -> u64 {
        self.here.min(self.failed)
    }

    /// The likeliest number of failures here.
    fn mode(&self) -> u64 {
        ((self.here + 1) as f64 * (self.failed + 1) as f64 / (self.total + 2) as f64) as u64
    }

    /// Probability that `count` of the failures are here: the hypergeometric distribution.
    fn probability(&self, count: u64) -> f64 {
        let failed = ln_choose(self.failed, count);
        let other = ln_choose(self.total - self.failed, self.here - count);
        (failed + other - self.ways).exp()
    }
}

/// Logarithm of "`of` choose `chosen`".
fn ln_choose(of: u64, chosen: u64) -> f64 {
    ln_factorial(of) - ln_factorial(chosen) - ln_factorial(of - chosen)
}

/// Logarithm of `number` factorial: by the product when small, else by Stirling's series.
fn ln_factorial(number: u64) -> f64 {
    if number < 32 {
        return (2..=number)
            .map(|factor| factor as f64)
            .product::<f64>()
            .ln();
    }
    let x = number as f64;
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: [u64; 4]) -> Table {
        let [here_failed, here_other, elsewhere_failed, elsewhere_other] = cells;
        Table {
            here_failed,
            here_other,
            elsewhere_failed,
            elsewhere_other,
        }
    }

    /// Expected values: exact fractions, computed apart from this code.
    #[test]
    fn probabilities_are_the_exact_ones() {
        for (cells, greater, two_sided) in [
            ([8, 2, 1, 5], 0.024_475_524_475_524, 0.034_965_034_965_035),
            ([3, 1, 1, 3], 0.242_857_142_857_143, 0.485_714_285_714_286),
            (
                [5, 40, 2, 400],
                0.000_150_836_246_434,
                0.000_150_836_246_434,
            ),
            ([0, 5, 3, 2], 1.0, 0.166_666_666_666_667),
            ([1, 9, 11, 3], 0.999_966_348_095_302, 0.002_759_456_185_220),
            (
                [10, 0, 0, 10],
                5.412_544_112_234_5e-6,
                1.082_508_822_446_9e-5,
            ),
            (
                [188, 12, 26, 174],
                4.848_542_613_428_9e-68,
                9.697_085_226_857_7e-68,
            ),
            (
                [1200, 8800, 9000, 81_000],
                4.641_612_904_443_0e-10,
                8.546_458_978_635_1e-10,
            ),
        ] {
            let table = table(cells);
            let close = |is: f64, should: f64| (is - should).abs() <= should * 1e-8;
            assert!(
                close(fisher_greater(table), greater),
                "{cells:?} {}",
                fisher_greater(table)
            );
            assert!(
                close(fisher_two_sided(table), two_sided),
                "{cells:?} {}",
                fisher_two_sided(table)
            );
        }
    }

    #[test]
    fn an_empty_table_shows_nothing() {
        assert!((fisher_greater(table([0, 0, 0, 0])) - 1.0).abs() < 1e-12);
        assert!((fisher_greater(table([5, 0, 0, 0])) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn factorials_join_where_the_way_of_computing_changes() {
        let by_product: f64 = (2..=32).map(|factor| f64::from(factor).ln()).sum();
        assert!((ln_factorial(32) - by_product).abs() < 1e-11);
    }
}
