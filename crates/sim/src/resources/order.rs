//! Filtering and ordering that many lists share.

use crate::rest::error::ApiError;
use crate::rest::query::Params;
use crate::world::Time;

/// `created_after`, `created_before`, `updated_after`, `updated_before`: all inclusive.
#[derive(Debug)]
pub(crate) struct Window {
    created: (Option<Time>, Option<Time>),
    updated: (Option<Time>, Option<Time>),
}

impl Window {
    /// Reads the four parameters.
    pub(crate) fn of(params: &Params) -> Result<Self, ApiError> {
        Ok(Self {
            created: (
                params.time("created_after")?,
                params.time("created_before")?,
            ),
            updated: (
                params.time("updated_after")?,
                params.time("updated_before")?,
            ),
        })
    }

    /// Whether a thing with these times is wanted.
    pub(crate) fn holds(&self, created: Time, updated: Time) -> bool {
        within(self.created, created) && within(self.updated, updated)
    }
}

/// Whether `at` lies in the span, whose ends belong to it.
pub(crate) fn within(span: (Option<Time>, Option<Time>), at: Time) -> bool {
    span.0.is_none_or(|after| at >= after) && span.1.is_none_or(|before| at <= before)
}

/// Sorts by a key, equal keys by id in the same direction.
pub(crate) fn sort_by<T, K: Ord>(rows: &mut [T], ascending: bool, key: impl Fn(&T) -> (K, u64)) {
    rows.sort_by(|a, b| {
        let order = key(a).cmp(&key(b));
        if ascending { order } else { order.reverse() }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_window_belong_to_it() {
        let span = (Some(Time(5)), Some(Time(9)));
        assert_eq!(
            [4, 5, 9, 10].map(|at| within(span, Time(at))),
            [false, true, true, false]
        );
        assert!(within((None, None), Time(0)));
    }
}
