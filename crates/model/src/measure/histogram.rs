//! Histogram of durations in logarithmic buckets.

use std::collections::BTreeMap;

/// Counts of durations (seconds, zero or more) in buckets that are 1/16 of a power of two wide.
///
/// A quantile read back is within ±2.2 % of a recorded value. Adding and removing are exact inverses,
/// so a rollup can take out what it put in. Zero and sub-second values share bucket 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    buckets: BTreeMap<u16, u32>,
}

const STEPS_PER_OCTAVE: f64 = 16.0;

impl Histogram {
    /// A histogram of given buckets and counts above zero.
    pub(super) fn of_counts(counts: impl Iterator<Item = (u16, u32)>) -> Self {
        Self {
            buckets: counts.collect(),
        }
    }

    /// Counts one duration.
    pub fn add(&mut self, seconds: f64) {
        *self.buckets.entry(bucket_of(seconds)).or_default() += 1;
    }

    /// Takes out one duration that was added before; one that was not is ignored.
    pub fn remove(&mut self, seconds: f64) {
        let bucket = bucket_of(seconds);
        if let Some(count) = self.buckets.get_mut(&bucket) {
            *count -= 1;
            if *count == 0 {
                self.buckets.remove(&bucket);
            }
        }
    }

    /// Adds all counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.buckets {
            *self.buckets.entry(*bucket).or_default() += count;
        }
    }

    /// How many durations were counted.
    pub fn count(&self) -> u64 {
        self.buckets.values().map(|count| u64::from(*count)).sum()
    }

    /// The duration, in seconds, below which the share `q` (0 to 1) of the counted ones lie.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let total = self.count();
        if total == 0 {
            return None;
        }
        let rank = ((q.clamp(0.0, 1.0) * total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (bucket, count) in &self.buckets {
            seen += u64::from(*count);
            if seen >= rank {
                return Some(middle_of(*bucket));
            }
        }
        None
    }

    /// Compact form for storage: pairs of varints, bucket gap and count.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.buckets.len() * 3);
        let mut previous = 0;
        for (bucket, count) in &self.buckets {
            put_varint(&mut bytes, u32::from(bucket - previous));
            put_varint(&mut bytes, *count);
            previous = *bucket;
        }
        bytes
    }

    /// Reads what [`Histogram::to_bytes`] wrote; `None` when the bytes are not that.
    pub fn from_bytes(mut bytes: &[u8]) -> Option<Self> {
        let mut buckets = BTreeMap::new();
        let mut bucket = 0_u16;
        while !bytes.is_empty() {
            bucket = bucket.checked_add(u16::try_from(take_varint(&mut bytes)?).ok()?)?;
            buckets.insert(bucket, take_varint(&mut bytes)?);
        }
        Some(Self { buckets })
    }
}

pub(super) fn bucket_of(seconds: f64) -> u16 {
    if seconds < 1.0 {
        0
    } else {
        1 + (seconds.log2() * STEPS_PER_OCTAVE) as u16
    }
}

fn middle_of(bucket: u16) -> f64 {
    if bucket == 0 {
        0.0
    } else {
        ((f64::from(bucket - 1) + 0.5) / STEPS_PER_OCTAVE).exp2()
    }
}

fn put_varint(bytes: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

pub(super) fn take_varint(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u32;
    for shift in (0..35).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(first & 0x7f).checked_shl(shift)?;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantile_is_within_its_error() {
        let mut histogram = Histogram::default();
        for seconds in 1..=1000 {
            histogram.add(f64::from(seconds));
        }
        let median = histogram.quantile(0.5).unwrap();
        assert!((median / 500.0 - 1.0).abs() < 0.03, "{median}");
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    #[test]
    fn removing_undoes_adding() {
        let mut histogram = Histogram::default();
        histogram.add(0.0);
        histogram.add(154.0);
        histogram.remove(154.0);
        histogram.remove(0.0);
        assert_eq!(histogram, Histogram::default());
    }

    #[test]
    fn bytes_round_trip() {
        let mut histogram = Histogram::default();
        for seconds in [0.0, 0.5, 1.0, 59.9, 3600.0, 1e9] {
            histogram.add(seconds);
        }
        assert_eq!(
            Histogram::from_bytes(&histogram.to_bytes()),
            Some(histogram)
        );
        assert_eq!(Histogram::from_bytes(&[0x80]), None);
    }
}
