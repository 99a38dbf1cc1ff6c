//! Two weeks of pipelines as stacked bars, drawn on the server.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use labtower_store::{Filter, Reader, StoreError, TrendCell};

/// Days drawn, today included.
const DAYS: i64 = 14;
/// Height of the drawing in its own units.
const HEIGHT: f64 = 96.0;
/// Width of a day, with the gap to the next.
const STEP: f64 = 22.0;

/// Bars of the last fourteen days, oldest first.
#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) bars: Vec<Bar>,
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// Pipelines of the highest bar.
    pub(crate) highest: u64,
}

/// One day: from the bottom successful, other and failed pipelines.
#[derive(Debug, PartialEq)]
pub(crate) struct Bar {
    pub(crate) x: f64,
    /// Day of the month.
    pub(crate) label: String,
    pub(crate) date: String,
    pub(crate) success: Segment,
    pub(crate) other: Segment,
    pub(crate) failed: Segment,
}

/// Part of a bar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Segment {
    pub(crate) y: f64,
    pub(crate) height: f64,
    pub(crate) count: u64,
}

/// Reads what the chart shows.
///
/// # Errors
/// The store failed.
pub(crate) fn read(reader: &Reader<'_>, now: Timestamp) -> Result<Vec<TrendCell>, StoreError> {
    let from = days(now)
        .first()
        .and_then(|day| day.to_zoned(TimeZone::UTC).ok())
        .map(|day| day.timestamp());
    reader.trend(&Filter {
        from,
        ..Filter::default()
    })
}

impl Chart {
    /// Draws `cells`, which end at `now`.
    pub(crate) fn new(cells: &[TrendCell], now: Timestamp) -> Self {
        let mut counts: BTreeMap<Date, [u64; 3]> = BTreeMap::new();
        for cell in cells {
            let kind = match cell.status.as_str() {
                "success" => 0,
                "failed" => 2,
                _ => 1,
            };
            counts.entry(cell.date).or_default()[kind] += cell.count;
        }
        let days = days(now);
        let of = |day: &Date| counts.get(day).copied().unwrap_or_default();
        let highest = days
            .iter()
            .map(|day| of(day).iter().sum::<u64>())
            .max()
            .unwrap_or(0);
        let bars = days
            .iter()
            .enumerate()
            .map(|(place, day)| bar(place, *day, of(day), highest))
            .collect();
        Self {
            bars,
            width: STEP * DAYS as f64,
            height: HEIGHT,
            highest,
        }
    }
}

fn bar(place: usize, day: Date, counts: [u64; 3], highest: u64) -> Bar {
    let mut bottom = HEIGHT;
    let mut segment = |count: u64| {
        let height = tenth(count as f64 / highest.max(1) as f64 * HEIGHT);
        bottom = tenth(bottom - height);
        Segment {
            y: bottom,
            height,
            count,
        }
    };
    let [success, other, failed] = counts.map(&mut segment);
    Bar {
        x: STEP * place as f64,
        label: day.day().to_string(),
        date: day.strftime("%a %-d %b").to_string(),
        success,
        other,
        failed,
    }
}

/// Rounded to tenths, so that the page does not fill with digits.
fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// The days drawn, oldest first.
fn days(now: Timestamp) -> Vec<Date> {
    (0..DAYS)
        .rev()
        .filter_map(|ago| now.checked_sub(SignedDuration::from_hours(24 * ago)).ok())
        .map(|at| TimeZone::UTC.to_datetime(at).date())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stack_up_to_the_full_height() {
        let now: Timestamp = "2026-11-21T07:14:00Z".parse().unwrap();
        let cell = |date: &str, status: &str, count| TrendCell {
            date: date.parse().unwrap(),
            status: status.to_owned(),
            count,
        };
        let chart = Chart::new(
            &[
                cell("2026-11-21", "success", 6),
                cell("2026-11-21", "failed", 2),
                cell("2026-11-08", "skipped", 3),
                cell("2026-11-08", "running", 1),
            ],
            now,
        );
        assert_eq!((chart.bars.len(), chart.highest), (14, 8));
        let today = chart.bars.last().unwrap();
        assert_eq!(
            today.success,
            Segment {
                y: 24.0,
                height: 72.0,
                count: 6
            }
        );
        assert_eq!(
            today.failed,
            Segment {
                y: 0.0,
                height: 24.0,
                count: 2
            }
        );
        let first = &chart.bars[0];
        assert_eq!((first.label.as_str(), first.other.count), ("8", 4));
        assert_eq!(
            first.other,
            Segment {
                y: 48.0,
                height: 48.0,
                count: 4
            }
        );
    }

    #[test]
    fn nothing_draws_nothing() {
        let chart = Chart::new(&[], Timestamp::UNIX_EPOCH);
        assert_eq!(chart.highest, 0);
        assert!(chart.bars.iter().all(|bar| bar.success.height.abs() < 1e-9));
    }
}
