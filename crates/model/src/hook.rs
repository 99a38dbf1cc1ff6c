//! Webhooks, as far as they all agree.

use serde::Deserialize;
use serde_json::Value;

/// Why a body is no webhook.
#[derive(Debug, thiserror::Error)]
pub enum HookKindError {
    /// It is no JSON object.
    #[error("the body is no JSON object: {0}")]
    Json(#[from] serde_json::Error),
    /// Neither `object_kind` nor `event_name` is there.
    #[error("the body has neither `object_kind` nor `event_name`: is its template a custom one?")]
    Unnamed,
}

#[derive(Deserialize)]
struct Named {
    object_kind: Option<String>,
    event_name: Option<String>,
}

/// GitLab's word for what a webhook is about, such as `pipeline` or `build`: `object_kind`, else `event_name`.
///
/// # Errors
/// What is no JSON object, or has neither.
pub fn hook_kind(body: &[u8]) -> Result<String, HookKindError> {
    serde_json::from_slice::<Named>(body)?.kind()
}

/// [`hook_kind`] of a body that was read already.
///
/// # Errors
/// As there.
pub fn hook_kind_of(body: &Value) -> Result<String, HookKindError> {
    Named::deserialize(body)?.kind()
}

impl Named {
    fn kind(self) -> Result<String, HookKindError> {
        let kind = self.object_kind.or(self.event_name);
        kind.filter(|kind| !kind.is_empty())
            .ok_or(HookKindError::Unnamed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_and_system_hooks_have_a_kind_and_other_bodies_a_reason() {
        let kind = |body: &str| hook_kind(body.as_bytes()).map_err(|error| error.to_string());
        assert_eq!(
            kind(r#"{"object_kind": "build", "event_name": "x"}"#).unwrap(),
            "build"
        );
        assert_eq!(
            kind(r#"{"event_name": "project_create"}"#).unwrap(),
            "project_create"
        );
        assert!(
            kind(r#"{"text": "hello"}"#)
                .unwrap_err()
                .contains("object_kind")
        );
        assert!(
            kind(r#"{"object_kind": ""}"#)
                .unwrap_err()
                .contains("object_kind")
        );
        assert!(
            kind(r#"{"object_kind": "build", "#)
                .unwrap_err()
                .contains("no JSON")
        );
        assert!(kind("[1]").unwrap_err().contains("no JSON object"));
    }
}
