//! One object for each parent.

use serde::{Deserialize, Serialize};

use super::List;
use crate::{ExtractError, Row, cursor};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct State {
    hash: Option<u64>,
}

pub(crate) struct One {
    state: State,
    done: bool,
}

impl One {
    pub(crate) fn new(list: &List<'_>, text: &str) -> Result<Self, ExtractError> {
        let state = cursor::read(list.stream.name, text)?;
        Ok(Self { state, done: false })
    }

    pub(crate) fn cursor(&self) -> String {
        if self.state == State::default() {
            return String::new();
        }
        cursor::write(&self.state)
    }

    pub(crate) async fn next(&mut self, list: List<'_>) -> Result<Option<Vec<Row>>, ExtractError> {
        if std::mem::replace(&mut self.done, true) {
            return Ok(None);
        }
        let whole = list
            .stream
            .address(list.parent.id, None)
            .unwrap_or_default();
        let (path, query) = whole.split_once('?').unwrap_or((&whole, ""));
        let raw = list.pages.object(list.stream.path, path, query).await?;
        let (row, _) = list.row(&raw)?;
        let known = self.state.hash.replace(row.hash);
        Ok(Some(if known == Some(row.hash) {
            Vec::new()
        } else {
            vec![row]
        }))
    }
}
