-- Times are unix seconds. Texts that repeat are kept once in `words` and named by id.

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES
  ('generation', 0),          -- moves with every commit that changed anything
  ('data_generation', 0),     -- last `changes.seq` given out
  ('rollup_mode', 'incremental');

CREATE TABLE words (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

-- The statuses GitLab documents have fixed ids, so that queries can name them.
INSERT INTO words (id, text) VALUES
  (1, 'created'), (2, 'waiting_for_resource'), (3, 'preparing'), (4, 'waiting_for_callback'),
  (5, 'pending'), (6, 'running'), (7, 'success'), (8, 'failed'), (9, 'canceling'),
  (10, 'canceled'), (11, 'skipped'), (12, 'manual'), (13, 'scheduled');

-- A negative id is a person known by name only (imported from gitlab-ci-exporter).
CREATE TABLE users (
  id INTEGER PRIMARY KEY,
  username TEXT NOT NULL,
  name TEXT
) STRICT;

CREATE TABLE projects (
  id INTEGER PRIMARY KEY,
  path_with_namespace TEXT NOT NULL,
  name TEXT NOT NULL,
  default_branch TEXT,
  visibility TEXT,
  archived INTEGER NOT NULL,
  topics TEXT NOT NULL,              -- JSON array
  web_url TEXT,
  created_at INTEGER,
  latest_pipeline_id INTEGER,        -- the stored pipeline with the greatest (created_at, id)
  latest_created_at INTEGER,
  latest_status INTEGER,             -- words
  hash INTEGER NOT NULL              -- of the project's JSON; 0 = any read replaces it
) STRICT;
CREATE INDEX projects_by_path ON projects (path_with_namespace);

CREATE TABLE pipelines (
  id INTEGER PRIMARY KEY,
  iid INTEGER NOT NULL,              -- 0 = unknown (imported)
  project_id INTEGER NOT NULL,
  name INTEGER,                      -- words
  ref INTEGER,                       -- words
  ref_kind INTEGER NOT NULL,         -- 0 branch, 1 tag, 2 merge request
  sha ANY,                           -- BLOB; TEXT when it is not hexadecimal
  source INTEGER,                    -- words
  status INTEGER NOT NULL,           -- words
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  committed_at INTEGER,
  duration INTEGER,                  -- seconds
  queued_duration REAL,              -- seconds
  coverage REAL,                     -- percent
  failure_reason INTEGER,            -- words
  user_id INTEGER,                   -- users
  read_at INTEGER NOT NULL,          -- GitLab's clock when these facts were read; 0 = imported
  hash INTEGER NOT NULL,             -- of the pipeline's JSON; 0 = any read replaces it
  jobs_hash INTEGER NOT NULL         -- of the hashes of its jobs, by job id
) STRICT;
-- They cover the usual filters, so that counting a range never reads the table.
CREATE INDEX pipelines_by_time ON pipelines (created_at, id, project_id, ref, status, source, duration);
CREATE INDEX pipelines_by_project ON pipelines (project_id, created_at, id, ref, status, source, duration);
CREATE INDEX pipelines_by_ref ON pipelines (ref, created_at, id, project_id, status, source, duration);
CREATE INDEX pipelines_by_status ON pipelines (status, created_at, id, project_id, ref, source);

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  pipeline_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  kind INTEGER NOT NULL,             -- 0 build, 1 bridge, 2 external
  name INTEGER NOT NULL,             -- words
  stage INTEGER,                     -- words
  status INTEGER NOT NULL,           -- words
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  duration INTEGER,                  -- seconds
  queued_duration REAL,              -- seconds
  coverage REAL,                     -- percent
  allow_failure INTEGER NOT NULL,
  retried INTEGER NOT NULL,
  failure_reason INTEGER,            -- words
  exit_code INTEGER,
  tags INTEGER,                      -- words: sorted, joined by comma; NULL = none
  runner_id INTEGER,
  downstream_pipeline_id INTEGER,
  hash INTEGER NOT NULL              -- of the job's JSON
) STRICT;
CREATE INDEX jobs_by_pipeline ON jobs (pipeline_id);
CREATE INDEX jobs_by_project ON jobs (project_id, created_at);
CREATE INDEX jobs_by_time ON jobs (created_at);
CREATE INDEX jobs_failed ON jobs (created_at) WHERE status = 8;
-- Not `NOT IN (...)`: SQLite would build a temporary table of the list for every job written.
CREATE INDEX jobs_live ON jobs (created_at)
  WHERE status <> 7 AND status <> 8 AND status <> 10 AND status <> 11;

-- One row per version of an entity, in the order they were learnt; never updated.
-- `seq` only grows; it may have gaps.
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY,
  kind INTEGER NOT NULL,             -- 0 project, 1 pipeline, 2 job
  entity_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  deleted INTEGER NOT NULL,          -- 1 = tombstone: the body is the last version known
  dict_id INTEGER,                   -- dictionaries; NULL = compressed without one
  body BLOB NOT NULL                 -- JSON, zstd
) STRICT;

CREATE TABLE dictionaries (
  id INTEGER PRIMARY KEY,
  body BLOB NOT NULL
) STRICT;

-- Counts of pipelines. Project 0 is all projects together, ref 0 is all refs together, source 0 is an unknown source;
-- day is days since 1970 in UTC of `created_at`. A pipeline counts in three cells: (its project, all refs),
-- (all projects, all refs) and, when it has a ref, (all projects, its ref).
CREATE TABLE rollups (
  project_id INTEGER NOT NULL,
  ref INTEGER NOT NULL,              -- words; 0 = all
  day INTEGER NOT NULL,
  status INTEGER NOT NULL,           -- words
  ref_kind INTEGER NOT NULL,
  source INTEGER NOT NULL,           -- words; 0 = unknown
  count INTEGER NOT NULL,
  duration_count INTEGER NOT NULL,   -- pipelines that have a duration
  duration_sum INTEGER NOT NULL,     -- seconds
  histogram BLOB,                    -- durations in logarithmic buckets; NULL = none
  PRIMARY KEY (project_id, ref, day, status, ref_kind, source)
) STRICT, WITHOUT ROWID;

-- Counts per project over spans of 1, 7 and 28 days, for tables of all projects: any range of days is a few spans,
-- and a span is a few rows. A pipeline counts, for each length, in (all refs, all statuses), (its ref, all statuses)
-- and (all refs, its status).
CREATE TABLE spans (
  ref INTEGER NOT NULL,              -- words; 0 = all
  status INTEGER NOT NULL,           -- words; 0 = all
  days INTEGER NOT NULL,             -- 1, 7, 28
  start INTEGER NOT NULL,            -- first day, a multiple of `days`
  chunk INTEGER NOT NULL,            -- project_id / 512
  projects BLOB NOT NULL,            -- per project: pipelines, those with a duration, sum of durations; packed
  PRIMARY KEY (ref, status, days, start, chunk)
) STRICT, WITHOUT ROWID;

CREATE TABLE sync_projects (
  project_id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,               -- pending, backfilling, live, missing
  watermark INTEGER,                 -- GitLab's clock: everything up to here was read
  backfill_from INTEGER,
  backfill_stage TEXT,               -- own, children; NULL when no backfill is under way
  backfill_cursor TEXT,
  backfill_total INTEGER,
  rows INTEGER NOT NULL DEFAULT 0,
  requests INTEGER NOT NULL DEFAULT 0,
  last_success_at INTEGER,
  last_error TEXT,
  failures INTEGER NOT NULL DEFAULT 0 -- in a row
) STRICT;

CREATE TABLE sync_run (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  json TEXT NOT NULL
) STRICT;

CREATE TABLE problems (
  scope TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  since INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- For people with a SQLite shell: texts resolved, times readable.
CREATE VIEW v_pipelines AS
SELECT p.id, p.iid, p.project_id, r.path_with_namespace AS project, n.text AS name, f.text AS ref,
       CASE p.ref_kind WHEN 0 THEN 'branch' WHEN 1 THEN 'tag' ELSE 'merge-request' END AS ref_kind,
       CASE typeof(p.sha) WHEN 'blob' THEN lower(hex(p.sha)) ELSE p.sha END AS sha,
       s.text AS source, t.text AS status,
       datetime(p.created_at, 'unixepoch') AS created_at, datetime(p.updated_at, 'unixepoch') AS updated_at,
       datetime(p.started_at, 'unixepoch') AS started_at, datetime(p.finished_at, 'unixepoch') AS finished_at,
       datetime(p.committed_at, 'unixepoch') AS committed_at,
       p.duration, p.queued_duration, p.coverage, w.text AS failure_reason, u.username
FROM pipelines p
LEFT JOIN projects r ON r.id = p.project_id
LEFT JOIN words n ON n.id = p.name
LEFT JOIN words f ON f.id = p.ref
LEFT JOIN words s ON s.id = p.source
LEFT JOIN words t ON t.id = p.status
LEFT JOIN words w ON w.id = p.failure_reason
LEFT JOIN users u ON u.id = p.user_id;

CREATE VIEW v_jobs AS
SELECT j.id, j.pipeline_id, j.project_id, r.path_with_namespace AS project,
       CASE j.kind WHEN 0 THEN 'build' WHEN 1 THEN 'bridge' ELSE 'external' END AS kind,
       n.text AS name, s.text AS stage, t.text AS status,
       datetime(j.created_at, 'unixepoch') AS created_at, datetime(j.started_at, 'unixepoch') AS started_at,
       datetime(j.finished_at, 'unixepoch') AS finished_at,
       j.duration, j.queued_duration, j.coverage, j.allow_failure, j.retried,
       w.text AS failure_reason, j.exit_code, g.text AS tags, j.runner_id, j.downstream_pipeline_id
FROM jobs j
LEFT JOIN projects r ON r.id = j.project_id
LEFT JOIN words n ON n.id = j.name
LEFT JOIN words s ON s.id = j.stage
LEFT JOIN words t ON t.id = j.status
LEFT JOIN words w ON w.id = j.failure_reason
LEFT JOIN words g ON g.id = j.tags;
