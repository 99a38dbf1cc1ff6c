//! Sum of many stored histograms.

use super::histogram::{Histogram, bucket_of, take_varint};

/// Adds up histograms, and takes some away again, straight from their stored bytes.
///
/// One flat array instead of a tree: a summary over a month adds up thousands of histograms.
#[derive(Debug, Clone, Default)]
pub struct HistogramSum {
    counts: Vec<i64>,
}

impl HistogramSum {
    /// Adds (`sign` 1) or takes away (-1) what [`Histogram::to_bytes`] wrote; `None` when the bytes are not that.
    pub fn add_bytes(&mut self, mut bytes: &[u8], sign: i64) -> Option<()> {
        let mut bucket = 0_u16;
        while !bytes.is_empty() {
            bucket = bucket.checked_add(u16::try_from(take_varint(&mut bytes)?).ok()?)?;
            let count = take_varint(&mut bytes)?;
            self.add_to(bucket, sign * i64::from(count));
        }
        Some(())
    }

    /// Adds (`sign` 1) or takes away (-1) one duration.
    pub fn add(&mut self, seconds: f64, sign: i64) {
        self.add_to(bucket_of(seconds), sign);
    }

    /// The sum; buckets of which more was taken than added count as empty.
    pub fn to_histogram(&self) -> Histogram {
        Histogram::of_counts(
            (0_u16..)
                .zip(&self.counts)
                .filter_map(|(bucket, count)| Some((bucket, u32::try_from(*count).ok()?)))
                .filter(|(_, count)| *count > 0),
        )
    }

    fn add_to(&mut self, bucket: u16, count: i64) {
        let index = usize::from(bucket);
        if index >= self.counts.len() {
            self.counts.resize(index + 1, 0);
        }
        self.counts[index] += count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sum_equals_the_histogram_of_all() {
        let (mut all, mut some) = (Histogram::default(), Histogram::default());
        let mut sum = HistogramSum::default();
        for seconds in 1..500 {
            all.add(f64::from(seconds));
            if seconds % 3 == 0 {
                some.add(f64::from(seconds));
            } else {
                sum.add(f64::from(seconds), 1);
            }
        }
        sum.add_bytes(&some.to_bytes(), 1).unwrap();
        assert_eq!(sum.to_histogram(), all);
        sum.add_bytes(&all.to_bytes(), -1).unwrap();
        assert_eq!(sum.to_histogram(), Histogram::default());
        assert_eq!(sum.add_bytes(&[0x80], 1), None);
    }
}
