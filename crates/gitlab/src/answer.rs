//! What a question brings back beside its value.

use jiff::Timestamp;

/// A value with the moments, on GitLab's clock, between which it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<T> {
    /// What GitLab said.
    pub value: T,
    /// Newest `Date` of GitLab seen before the first request was sent: what GitLab showed by then is in `value`,
    /// so a watermark may move here. Rows GitLab commits after their own time stamp are for the caller's overlap.
    pub asked_at: Timestamp,
    /// `Date` of the last answer.
    pub answered_at: Timestamp,
    /// Requests it took, retries included.
    pub requests: u32,
}

impl<T> Answer<T> {
    /// The same answer about something derived from its value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Answer<U> {
        Answer {
            value: f(self.value),
            asked_at: self.asked_at,
            answered_at: self.answered_at,
            requests: self.requests,
        }
    }
}
