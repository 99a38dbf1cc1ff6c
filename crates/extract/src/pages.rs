//! Pages of lists, kept for a moment: streams that belong to the rows of one list read that list together.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use labtower_gitlab::{Answer, Client, Priority, RawAsk};
use serde_json::value::RawValue;

use crate::ExtractError;

/// Bytes that are kept at most.
const ROOM: usize = 16 << 20;

/// A page with the moment it shows.
pub(crate) struct Page {
    pub(crate) rows: Vec<Box<RawValue>>,
    pub(crate) next: Option<String>,
    pub(crate) asked_at: Timestamp,
}

/// Asks GitLab, and remembers the lists of one parent.
pub(crate) struct Pages {
    client: Client,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    pages: HashMap<String, Arc<Page>>,
    bytes: usize,
}

impl Pages {
    pub(crate) fn new(client: Client) -> Self {
        Self {
            client,
            kept: Mutex::default(),
        }
    }

    /// A page; from memory if it is there, unless it must be `fresh`.
    pub(crate) async fn page(
        &self,
        pattern: &'static str,
        path: &str,
        query: &str,
        fresh: bool,
    ) -> Result<Arc<Page>, ExtractError> {
        let address = format!("{path}?{query}");
        if !fresh && let Some(page) = self.lock().pages.get(&address) {
            return Ok(page.clone());
        }
        let ask = ask(pattern, path, query);
        let Answer {
            value, asked_at, ..
        } = self.client.raw_page(ask).await?;
        let page = Arc::new(Page {
            rows: value.rows,
            next: value.next,
            asked_at,
        });
        let bytes: usize = page.rows.iter().map(|row| row.get().len()).sum();
        let mut kept = self.lock();
        if kept.bytes + bytes <= ROOM {
            kept.bytes += bytes;
            kept.pages.insert(address, page.clone());
        }
        Ok(page)
    }

    /// One object.
    pub(crate) async fn object(
        &self,
        pattern: &'static str,
        path: &str,
        query: &str,
    ) -> Result<Box<RawValue>, ExtractError> {
        let answer = self.client.raw_object(ask(pattern, path, query)).await?;
        Ok(answer.value)
    }

    /// Text.
    pub(crate) async fn text(
        &self,
        pattern: &'static str,
        path: &str,
        query: &str,
    ) -> Result<String, ExtractError> {
        let answer = self.client.raw_text(ask(pattern, path, query)).await?;
        Ok(answer.value)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ask<'a>(pattern: &'static str, path: &'a str, query: &'a str) -> RawAsk<'a> {
    RawAsk {
        pattern,
        path,
        query,
        priority: Priority::Backfill,
    }
}
