//! Content hashes: tell a changed entity from an unchanged re-read.

use serde::Serialize;

/// 64-bit hash of an entity's canonical JSON.
///
/// Stable across restarts and releases as long as the struct's fields do not change;
/// when they do, each entity is recorded once more, which is what a consumer needs.
pub fn content_hash<T: Serialize>(entity: &T) -> i64 {
    let json = serde_json::to_vec(entity).unwrap_or_default();
    xxhash_rust::xxh3::xxh3_64(&json) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn hash_moves_with_any_field() {
        let before = samples::job();
        let mut after = before.clone();
        assert_eq!(content_hash(&before), content_hash(&after));
        after.retried = !after.retried;
        assert_ne!(content_hash(&before), content_hash(&after));
    }
}
