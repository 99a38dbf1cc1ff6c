-- Failed jobs: why, which of them belong together, and which issues they belong to.

-- One row for each failed job, retried ones too, with what pages filter by; and one for each failed pipeline without
-- failed jobs, under minus its id. Kept in the transaction that writes the job.
CREATE TABLE failed_jobs (
  job_id INTEGER PRIMARY KEY,
  pipeline_id INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  source INTEGER NOT NULL,           -- words: of its pipeline; 0 = unknown
  ref INTEGER NOT NULL,              -- words: of its pipeline; 0 = none
  night_at INTEGER NOT NULL,         -- created_at of its pipeline
  created_at INTEGER NOT NULL,
  name INTEGER NOT NULL,             -- words; 0 = the pipeline itself
  flags INTEGER NOT NULL,            -- 1 allowed to fail, 2 retried, 4 on the project's default branch
  category INTEGER,                  -- words: as people say, else as computed; NULL = not explained yet
  group_id INTEGER                   -- failure_groups, as it was put there; NULL = none
) STRICT;
CREATE INDEX failed_jobs_by_night ON failed_jobs
  (source, night_at, project_id, flags, name, ref, category, group_id);
CREATE INDEX failed_jobs_by_project ON failed_jobs
  (project_id, night_at, source, flags, name, ref, category, group_id);
CREATE INDEX failed_jobs_by_group ON failed_jobs (group_id, created_at, project_id) WHERE group_id IS NOT NULL;
CREATE INDEX failed_jobs_by_pipeline ON failed_jobs (pipeline_id);
CREATE INDEX failed_jobs_unexplained ON failed_jobs (created_at) WHERE category IS NULL AND job_id > 0;

INSERT INTO failed_jobs (job_id, pipeline_id, project_id, source, ref, night_at, created_at, name, flags)
SELECT j.id, p.id, p.project_id, coalesce(p.source, 0), coalesce(p.ref, 0), p.created_at, j.created_at, j.name,
       j.allow_failure + 2 * j.retried + 4 * coalesce(p.ref_kind = 0 AND w.text = r.default_branch, 0)
FROM jobs j INDEXED BY jobs_failed
JOIN pipelines p ON p.id = j.pipeline_id
LEFT JOIN projects r ON r.id = p.project_id
LEFT JOIN words w ON w.id = p.ref
WHERE j.status = 8;

INSERT INTO failed_jobs (job_id, pipeline_id, project_id, source, ref, night_at, created_at, name, flags)
SELECT -p.id, p.id, p.project_id, coalesce(p.source, 0), coalesce(p.ref, 0), p.created_at, p.created_at, 0,
       4 * coalesce(p.ref_kind = 0 AND w.text = r.default_branch, 0)
FROM pipelines p INDEXED BY pipelines_by_status
LEFT JOIN projects r ON r.id = p.project_id
LEFT JOIN words w ON w.id = p.ref
WHERE p.status = 8
  AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.pipeline_id = p.id AND j.status = 8 AND NOT j.retried);

-- What happened in a project by source, for nights: never reads the table.
CREATE INDEX pipelines_by_source ON pipelines (project_id, source, created_at, ref, status);

-- Why a job failed. Never of a job without a row in failed_jobs.
CREATE TABLE reasons (
  job_id INTEGER PRIMARY KEY,
  explained_at INTEGER NOT NULL,
  phase INTEGER NOT NULL,            -- words
  category INTEGER NOT NULL,         -- words: as computed
  whose INTEGER NOT NULL,            -- words: code, config, infra, external, unknown
  headline TEXT NOT NULL,
  line INTEGER,                      -- of the log, from 1
  decided_kind INTEGER NOT NULL,     -- words: metadata, test_report, parser, rule, score, novelty, none
  decided_name INTEGER NOT NULL,     -- words
  version INTEGER NOT NULL,          -- words: of the explainer
  why TEXT NOT NULL,
  signature_version INTEGER NOT NULL,
  signature BLOB NOT NULL,           -- 16 bytes
  trace_state INTEGER NOT NULL,      -- words: not_needed, read, gone, refused, too_late, failed
  body BLOB NOT NULL                 -- JSON, zstd: excerpt, candidates, tests, versions
) STRICT;

-- Dependencies that differ from the last green run of the same job.
CREATE TABLE dependency_changes (
  job_id INTEGER PRIMARY KEY,
  green_job_id INTEGER NOT NULL,
  how TEXT NOT NULL,                 -- log, lock_file
  read_at INTEGER NOT NULL,
  body BLOB NOT NULL                 -- JSON, zstd
) STRICT;

-- Logs that could not be read yet.
CREATE TABLE trace_tries (
  job_id INTEGER PRIMARY KEY,
  tries INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  error TEXT NOT NULL
) STRICT;

-- What the last green run of a job printed: hashes of masked lines, no text.
CREATE TABLE green_lines (
  project_id INTEGER NOT NULL,
  name INTEGER NOT NULL,             -- words
  ref INTEGER NOT NULL,              -- words
  job_id INTEGER NOT NULL,
  read_at INTEGER NOT NULL,
  hashes BLOB NOT NULL,              -- zstd
  versions BLOB NOT NULL,            -- JSON, zstd
  PRIMARY KEY (project_id, name, ref)
) STRICT, WITHOUT ROWID;

-- Failures that belong together. Ids are never used again.
CREATE TABLE failure_groups (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  pattern TEXT NOT NULL,
  category INTEGER NOT NULL,         -- words
  whose INTEGER NOT NULL,            -- words
  title TEXT,                        -- given by people
  first_seen INTEGER NOT NULL,
  last_seen INTEGER NOT NULL,
  merged_into INTEGER,               -- failure_groups; its own rows stay, so that a merge can be undone
  muted_until INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX failure_groups_merged ON failure_groups (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE signatures (
  version INTEGER NOT NULL,          -- of the way signatures are made
  hash BLOB NOT NULL,                -- 16 bytes
  group_id INTEGER NOT NULL,         -- failure_groups
  how TEXT NOT NULL,                 -- exact, fuzzy, manual
  category INTEGER NOT NULL,         -- words
  pattern TEXT NOT NULL,
  PRIMARY KEY (version, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX signatures_by_group ON signatures (group_id);

CREATE TABLE issues (
  project_path TEXT NOT NULL,
  iid INTEGER NOT NULL,
  id INTEGER NOT NULL,
  title TEXT NOT NULL,
  state TEXT NOT NULL,               -- opened, closed
  labels TEXT NOT NULL,              -- JSON array
  assignees TEXT NOT NULL,           -- JSON array of usernames
  author TEXT,                       -- username
  web_url TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  closed_at INTEGER,
  blocks TEXT NOT NULL,              -- JSON array: the known-issue blocks in its description
  PRIMARY KEY (project_path, iid)
) STRICT, WITHOUT ROWID;
CREATE INDEX issues_with_blocks ON issues (project_path, iid) WHERE blocks <> '[]';

-- How far the issues of a project were read.
CREATE TABLE issue_trackers (
  project_path TEXT PRIMARY KEY,
  watermark INTEGER,                 -- GitLab's clock: everything up to here was read
  tried_at INTEGER NOT NULL,
  refused TEXT,                      -- why GitLab does not show them
  last_error TEXT,
  failures INTEGER NOT NULL DEFAULT 0 -- in a row
) STRICT, WITHOUT ROWID;

CREATE TABLE issue_links (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER,                  -- failure_groups; NULL when one job is meant
  job_id INTEGER,
  project_path TEXT NOT NULL,
  iid INTEGER NOT NULL,
  how TEXT NOT NULL,                 -- person, pattern, block
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE INDEX issue_links_by_group ON issue_links (group_id) WHERE group_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX issue_links_by_job ON issue_links (job_id) WHERE job_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX issue_links_by_issue ON issue_links (project_path, iid) WHERE removed_at IS NULL;

-- What people said of a job or group; it wins over what was computed.
CREATE TABLE judgements (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  group_id INTEGER,
  job_id INTEGER,
  category INTEGER,                  -- words; NULL = not said
  whose INTEGER,                     -- words; NULL = not said
  wrong INTEGER NOT NULL,            -- whether the reason shown was wrong
  note TEXT,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE INDEX judgements_by_group ON judgements (group_id) WHERE group_id IS NOT NULL AND removed_at IS NULL;
CREATE INDEX judgements_by_job ON judgements (job_id) WHERE job_id IS NOT NULL AND removed_at IS NULL;

-- What people did, with what is needed to undo it.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,              -- JSON
  undone_by INTEGER                  -- audit
) STRICT;
