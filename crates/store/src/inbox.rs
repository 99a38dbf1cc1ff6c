//! Webhooks on their way into the store: kept as they came before anybody reads them.

use jiff::Timestamp;
use serde::Serialize;

/// A webhook as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The same when GitLab sends it again.
    pub key: String,
    /// GitLab's word for what it is about.
    pub kind: String,
    /// When it came.
    pub at: Timestamp,
    /// Compressed.
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// Webhooks come in bursts.
    const LEVEL: i32 = 1;

    /// Compresses a body.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(key: String, kind: String, at: Timestamp, body: &[u8]) -> std::io::Result<Self> {
        Ok(Self {
            key,
            kind,
            at,
            body: zstd::bulk::compress(body, Self::LEVEL)?,
        })
    }
}

/// A webhook that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its number here; later ones have greater numbers.
    pub id: i64,
    /// GitLab's word for what it is about.
    pub kind: String,
    /// When it came.
    pub received_at: Timestamp,
    /// As it came.
    pub body: Vec<u8>,
}

/// What became of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HookOutcome {
    /// Its rows were written.
    Applied,
    /// What it says was known, or something newer.
    Stale,
    /// What it is about will be asked for.
    Noted,
    /// It is about nothing that is kept.
    Ignored,
    /// It is about a job whose pipeline never came.
    Orphaned,
    /// It cannot be read.
    Unreadable,
}

impl HookOutcome {
    /// All of them, by number.
    const ALL: [Self; 6] = [
        Self::Applied,
        Self::Stale,
        Self::Noted,
        Self::Ignored,
        Self::Orphaned,
        Self::Unreadable,
    ];

    /// In lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Stale => "stale",
            Self::Noted => "noted",
            Self::Ignored => "ignored",
            Self::Orphaned => "orphaned",
            Self::Unreadable => "unreadable",
        }
    }

    /// Its number in `inbox.state`.
    pub(crate) fn state(self) -> i64 {
        Self::ALL
            .iter()
            .position(|outcome| *outcome == self)
            .map_or(0, |place| place as i64 + 1)
    }
}

/// A step of a webhook's way. It moves no data generation: what a webhook says does.
#[derive(Debug, Clone, PartialEq)]
pub enum InboxUpdate {
    /// It came.
    Received(Received),
    /// It needs no further look; the rows of the same batch hold what it said.
    Settled {
        /// Its number.
        id: i64,
        /// What became of it.
        outcome: HookOutcome,
        /// Why it is unreadable.
        error: Option<String>,
    },
    /// Settled ones that came before are forgotten.
    Forget {
        /// The moment.
        before: Timestamp,
    },
}

/// How many webhooks of a kind had an outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InboxCount {
    /// GitLab's word for what they are about.
    pub kind: String,
    /// `received`, `repeated`, or what became of them.
    pub outcome: String,
    /// How many, ever.
    pub count: u64,
    /// When the last one came.
    pub last_at: Timestamp,
}

/// What waits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct InboxBacklog {
    /// How many.
    pub waiting: u64,
    /// When the first of them came.
    pub oldest_at: Option<Timestamp>,
}
