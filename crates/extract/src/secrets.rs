//! Secrets that GitLab puts into some rows, such as the token of an invitation.

use serde_json::{Map, Value};

use crate::Stream;

impl Stream {
    /// Takes the fields out of the row that hold secrets; whether there were any.
    pub fn remove_secrets(&self, row: &mut Map<String, Value>) -> bool {
        let mut any = false;
        for field in self.secrets {
            any |= row.remove(*field).is_some();
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_taken_out_and_nothing_else() {
        let stream = Stream {
            secrets: &["runners_token"],
            ..Stream::PROJECT
        };
        let mut row = json!({"id": 1, "runners_token": "GR1348941secret"});
        assert!(stream.remove_secrets(row.as_object_mut().unwrap()));
        assert_eq!(row, json!({"id": 1}));
        assert!(!stream.remove_secrets(row.as_object_mut().unwrap()));
    }
}
