//! Where failures concentrate: one runner, one tag, one stage.

use super::fisher::{Table, fisher_greater};

/// Fewer failures than this show nothing, however unlikely.
const MIN_FAILURES: u64 = 5;
/// A difference of rates smaller than this is not worth anybody's time.
const MIN_DIFFERENCE: f64 = 0.05;
/// Probability by chance alone that is small enough to speak of a concentration.
const MAX_CHANCE: f64 = 0.01;

/// Failures and runs that share one property, for example the runner tag `arm64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The property's value.
    pub value: String,
    /// Runs that failed this way.
    pub failures: u64,
    /// All runs there, those failures included.
    pub runs: u64,
}

/// A place where things fail more than elsewhere, and how sure that is.
#[derive(Debug, Clone, PartialEq)]
pub struct Concentration {
    /// The property's value.
    pub value: String,
    /// Failures there.
    pub failures: u64,
    /// Runs there.
    pub runs: u64,
    /// Failures of runs there: 0 to 1.
    pub rate: f64,
    /// Failures of runs everywhere else: 0 to 1.
    pub elsewhere: f64,
    /// Share of all failures that are there: 0 to 1.
    pub share: f64,
    /// Probability of so many by chance: Fisher's exact test, one side.
    pub chance: f64,
}

/// Places of one property that fail more than the rest together, the least likely first.
///
/// Shown are those of [`MIN_FAILURES`] or more, whose rate is [`MIN_DIFFERENCE`] or more above that elsewhere,
/// and which chance alone gives in less than [`MAX_CHANCE`] of cases. All places must be given, those without failures too.
/// A run that has several values (tags) is counted at each; then `total` tells failures and runs, each once.
pub fn concentrations(places: &[Place], total: Option<(u64, u64)>) -> Vec<Concentration> {
    let (failures, runs) = total.unwrap_or_else(|| {
        places.iter().fold((0, 0), |(failures, runs), place| {
            (failures + place.failures, runs + place.runs)
        })
    });
    let mut found: Vec<Concentration> = places
        .iter()
        .filter_map(|place| concentration(place, failures, runs))
        .collect();
    found.sort_by(|a, b| {
        a.chance
            .total_cmp(&b.chance)
            .then_with(|| b.failures.cmp(&a.failures))
            .then_with(|| a.value.cmp(&b.value))
    });
    found
}

fn concentration(place: &Place, failures: u64, runs: u64) -> Option<Concentration> {
    let elsewhere_runs = runs.saturating_sub(place.runs);
    if place.failures < MIN_FAILURES || elsewhere_runs == 0 {
        return None;
    }
    let elsewhere_failed = failures.saturating_sub(place.failures).min(elsewhere_runs);
    let rate = place.failures as f64 / place.runs.max(place.failures) as f64;
    let elsewhere = elsewhere_failed as f64 / elsewhere_runs as f64;
    if rate - elsewhere < MIN_DIFFERENCE {
        return None;
    }
    let chance = fisher_greater(Table {
        here_failed: place.failures,
        here_other: place.runs.saturating_sub(place.failures),
        elsewhere_failed,
        elsewhere_other: elsewhere_runs - elsewhere_failed,
    });
    (chance < MAX_CHANCE).then(|| Concentration {
        value: place.value.clone(),
        failures: place.failures,
        runs: place.runs,
        rate,
        elsewhere,
        share: place.failures as f64 / failures.max(1) as f64,
        chance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(value: &str, failures: u64, runs: u64) -> Place {
        Place {
            value: value.to_owned(),
            failures,
            runs,
        }
    }

    #[test]
    fn the_bad_runner_is_named_and_the_good_ones_are_not() {
        let found = concentrations(
            &[
                place("good", 2, 402),
                place("arm64", 5, 45),
                place("other", 0, 9),
            ],
            None,
        );
        assert_eq!(found.len(), 1);
        let bad = &found[0];
        assert_eq!(
            (bad.value.as_str(), bad.failures, bad.runs),
            ("arm64", 5, 45)
        );
        assert!(bad.chance < 0.001 && (bad.share - 5.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn few_failures_small_differences_and_single_places_show_nothing() {
        assert!(concentrations(&[place("a", 4, 4), place("b", 0, 400)], None).is_empty());
        assert!(
            concentrations(&[place("a", 900, 10_000), place("b", 500, 10_000)], None).is_empty()
        );
        assert!(concentrations(&[place("only", 50, 100)], None).is_empty());
    }

    #[test]
    fn even_failures_show_nothing() {
        let even: Vec<Place> = (0..10).map(|n| place(&n.to_string(), 10, 100)).collect();
        assert!(concentrations(&even, None).is_empty());
    }

    #[test]
    fn runs_with_several_tags_are_compared_with_all_runs_counted_once() {
        // 100 runs have both tags, 100 only `linux`; all 20 failures are among the first.
        let tags = [place("linux", 20, 200), place("gpu", 20, 100)];
        let found = concentrations(&tags, Some((20, 200)));
        assert_eq!(found.len(), 1, "`linux` is everywhere");
        assert_eq!(found[0].value, "gpu");
    }
}
