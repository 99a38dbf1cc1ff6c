//! Buckets of the histograms.

/// Upper bounds of the buckets of durations: seconds.
/// Part of the stored form: whoever changes them must raise `rebuild::VERSION`.
pub const DURATION_BOUNDS: [i64; 12] =
    [5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400];

/// Upper bounds of the buckets of waiting times: seconds. Part of the stored form, as those of durations.
pub const QUEUE_BOUNDS: [i64; 10] = [1, 5, 15, 30, 60, 120, 300, 600, 1800, 3600];

/// The bucket of a time in milliseconds: 1 up to the first bound, one more beyond the last.
pub(super) fn bucket_of(bounds: &[i64], millis: i64) -> i64 {
    1 + bounds.partition_point(|bound| bound * 1000 < millis) as i64
}

/// The same as an SQL expression over an expression in milliseconds; 0 for NULL.
pub(super) fn bucket_sql(bounds: &[i64], millis: &str) -> String {
    let cases: Vec<String> = (1..)
        .zip(bounds)
        .map(|(bucket, bound)| format!("WHEN {millis} <= {bound}000 THEN {bucket}"))
        .collect();
    let (cases, beyond) = (cases.join(" "), bounds.len() + 1);
    format!("CASE WHEN {millis} IS NULL THEN 0 {cases} ELSE {beyond} END")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_belongs_to_the_bucket_it_closes() {
        assert_eq!(bucket_of(&QUEUE_BOUNDS, 0), 1);
        assert_eq!(bucket_of(&QUEUE_BOUNDS, 1000), 1);
        assert_eq!(bucket_of(&QUEUE_BOUNDS, 1001), 2);
        assert_eq!(bucket_of(&QUEUE_BOUNDS, 3_600_001), 11);
    }
}
