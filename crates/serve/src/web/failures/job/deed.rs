//! What somebody did about a failed job.

use std::fmt::Write;

use jiff::Timestamp;
use labtower_store::AuditRow;

use crate::web::moment::Moment;

/// Something somebody did about it.
#[derive(Debug)]
pub(in super::super) struct Deed {
    pub(in super::super) audit: i64,
    pub(in super::super) at: Moment,
    pub(in super::super) actor: String,
    /// In words, with what it was about.
    pub(in super::super) text: String,
    pub(in super::super) undone: bool,
    /// Whether it can be taken back.
    pub(in super::super) undoable: bool,
}

impl Deed {
    pub(super) fn new(row: &AuditRow, now: Timestamp) -> Self {
        let mut text = match row.action.as_str() {
            "wrong_reason" => "said that the reason is wrong".to_owned(),
            "create_issue" => "had GitLab asked for an issue".to_owned(),
            "assign" => "assigned it".to_owned(),
            "unassign" => "took an issue off".to_owned(),
            "classify" => "classified it".to_owned(),
            "undo" => "took something back".to_owned(),
            other => other.replace('_', " "),
        };
        for key in ["headline", "issue", "category", "whose", "note", "error"] {
            if let Some(detail) = row.detail[key].as_str() {
                // Writing to a string does not fail.
                let _ = write!(text, ", {key}: {detail}");
            }
        }
        let refused = row.action == "create_issue" && row.detail["state"] != "made";
        Self {
            audit: row.id,
            at: Moment::new(row.at, now),
            actor: row.actor.clone(),
            text,
            undone: row.undone_by.is_some(),
            undoable: row.undone_by.is_none() && row.action != "undo" && !refused,
        }
    }
}
