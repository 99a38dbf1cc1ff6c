//! Status of a pipeline or a job.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Status of a pipeline or a job, as GitLab spells it in REST (lower case).
///
/// Source: `status` of `GET /projects/:id/pipelines` and `/jobs`; GraphQL spells the same in upper case.
/// A status this version does not know is kept as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name is GitLab's own")]
pub enum Status {
    Created,
    WaitingForResource,
    Preparing,
    WaitingForCallback,
    Pending,
    Running,
    Success,
    Failed,
    Canceling,
    Canceled,
    Skipped,
    Manual,
    Scheduled,
    /// A status newer than this version, in lower case.
    Other(Box<str>),
}

impl Status {
    /// The thirteen statuses GitLab documents, in its order.
    pub const KNOWN: [Status; 13] = [
        Status::Created,
        Status::WaitingForResource,
        Status::Preparing,
        Status::WaitingForCallback,
        Status::Pending,
        Status::Running,
        Status::Success,
        Status::Failed,
        Status::Canceling,
        Status::Canceled,
        Status::Skipped,
        Status::Manual,
        Status::Scheduled,
    ];

    /// Reads a status in either spelling (`SUCCESS` or `success`).
    pub fn parse(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        Self::KNOWN
            .into_iter()
            .find(|known| known.as_str() == text)
            .unwrap_or_else(|| Self::Other(text.into()))
    }

    /// The REST spelling, for example `waiting_for_resource`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "created",
            Self::WaitingForResource => "waiting_for_resource",
            Self::Preparing => "preparing",
            Self::WaitingForCallback => "waiting_for_callback",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Canceling => "canceling",
            Self::Canceled => "canceled",
            Self::Skipped => "skipped",
            Self::Manual => "manual",
            Self::Scheduled => "scheduled",
            Self::Other(text) => text,
        }
    }

    /// Whether nothing more happens unless somebody acts: success, failed, canceled or skipped.
    pub fn is_finished(&self) -> bool {
        matches!(
            self,
            Self::Success | Self::Failed | Self::Canceled | Self::Skipped
        )
    }

    /// Whether jobs of a pipeline in this status may change while the pipeline's own
    /// `updated_at` stands still, so that it must be read again.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Running | Self::Canceling)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self::parse(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        assert_eq!(
            Status::parse("WAITING_FOR_RESOURCE"),
            Status::WaitingForResource
        );
        assert_eq!(Status::parse("success"), Status::Success);
    }

    #[test]
    fn unknown_status_is_kept_as_text() {
        let status = Status::parse("HIBERNATING");
        assert_eq!(status.as_str(), "hibernating");
        assert!(!status.is_finished());
    }
}
