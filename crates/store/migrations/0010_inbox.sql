-- Webhooks as they came, until they are applied; without their body for a while after.
CREATE TABLE inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,          -- Idempotency-Key, else a hash of the body: what GitLab sends again is kept once
  kind TEXT NOT NULL,                -- GitLab's word: object_kind, else event_name
  received_at INTEGER NOT NULL,
  state INTEGER NOT NULL,            -- 0 waiting, 1 applied, 2 stale, 3 noted, 4 ignored, 5 orphaned, 6 unreadable
  error TEXT,                        -- why it is unreadable
  body BLOB                          -- JSON, compressed with zstd; kept while it waits and where it is unreadable
) STRICT;
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 0;
CREATE INDEX inbox_by_time ON inbox (received_at) WHERE state > 0;

-- Webhooks by kind and what became of them; rows of inbox go, these stay.
CREATE TABLE inbox_counts (
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,             -- received, repeated, or the name of a state
  count INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (kind, outcome)
) STRICT, WITHOUT ROWID;
