//! What goes wrong with a request: drawn once, before it is answered.

/// The faults drawn for one request, as far as handlers must know.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Draw {
    /// The page before is sent again.
    pub(crate) duplicated_page: bool,
    /// One row slipped out before this page.
    pub(crate) shifted_page: bool,
}

impl Draw {
    /// Offset of the first row of a page.
    pub(crate) fn shift(self, page: usize, per_page: usize) -> usize {
        let start = page.saturating_sub(1).saturating_mul(per_page);
        if page < 2 {
            start
        } else if self.duplicated_page {
            start - per_page
        } else if self.shifted_page {
            start + 1
        } else {
            start
        }
    }
}
