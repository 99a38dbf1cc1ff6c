-- Environments, deployments, schedules, runners and test reports. Read after pipelines, at times of their own.

CREATE TABLE environments (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  slug TEXT,
  state TEXT,                        -- available, stopping, stopped
  tier TEXT,                         -- production, staging, testing, development, other
  external_url TEXT,
  created_at INTEGER,
  updated_at INTEGER
) STRICT;
CREATE INDEX environments_by_project ON environments (project_id, name);

CREATE TABLE deployments (
  id INTEGER PRIMARY KEY,
  iid INTEGER NOT NULL,              -- 0 = unknown
  project_id INTEGER NOT NULL,
  environment_id INTEGER NOT NULL,
  status INTEGER NOT NULL,           -- words
  ref INTEGER,                       -- words
  tag INTEGER,                       -- whether ref is a tag; NULL = unknown
  sha ANY,                           -- BLOB; TEXT when it is not hexadecimal
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  finished_at INTEGER,               -- of its job
  committed_at INTEGER,
  duration REAL,                     -- seconds its job ran
  job_id INTEGER,
  pipeline_id INTEGER,
  user_id INTEGER                    -- users
) STRICT;
CREATE INDEX deployments_by_environment ON deployments (environment_id, created_at, id, status);
CREATE INDEX deployments_by_time ON deployments (created_at, id);

CREATE TABLE pipeline_schedules (
  id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  description TEXT,
  ref TEXT,
  cron TEXT,
  cron_timezone TEXT,
  active INTEGER NOT NULL,
  next_run_at INTEGER,
  last_pipeline_id INTEGER,
  owner_id INTEGER,                  -- users
  created_at INTEGER,
  updated_at INTEGER
) STRICT;
CREATE INDEX pipeline_schedules_by_project ON pipeline_schedules (project_id);

CREATE TABLE runners (
  id INTEGER PRIMARY KEY,
  description TEXT,
  runner_type TEXT,                  -- instance_type, group_type, project_type
  status TEXT,                       -- online, offline, stale, never_contacted
  paused INTEGER NOT NULL,
  tags TEXT,                         -- JSON array, sorted; NULL = not read yet
  version TEXT,
  contacted_at INTEGER,
  created_at INTEGER,
  details_at INTEGER                 -- when tags, version and contacted_at were read
) STRICT;

-- Also of pipelines without tests: all counts 0.
CREATE TABLE test_reports (
  pipeline_id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  pipeline_updated_at INTEGER NOT NULL, -- the pipeline's updated_at when this was read
  total_time REAL NOT NULL,          -- seconds
  total_count INTEGER NOT NULL,
  success_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL,
  skipped_count INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  cases_read INTEGER NOT NULL DEFAULT 0 -- whether test_cases has its cases
) STRICT;
CREATE INDEX test_reports_by_project ON test_reports (project_id);

CREATE TABLE test_suites (
  pipeline_id INTEGER NOT NULL,
  name INTEGER NOT NULL,             -- words
  total_time REAL NOT NULL,          -- seconds
  total_count INTEGER NOT NULL,
  success_count INTEGER NOT NULL,
  failed_count INTEGER NOT NULL,
  skipped_count INTEGER NOT NULL,
  error_count INTEGER NOT NULL,
  suite_error TEXT,                  -- why GitLab could not read the report
  PRIMARY KEY (pipeline_id, name)
) STRICT, WITHOUT ROWID;

-- What jobs left behind; a job without a row left nothing, or its pipeline has not finished.
CREATE TABLE job_artifacts (
  pipeline_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  size INTEGER NOT NULL,             -- bytes, all files together
  PRIMARY KEY (pipeline_id, job_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE test_cases (
  pipeline_id INTEGER NOT NULL,
  position INTEGER NOT NULL,         -- order in the report, from 0
  suite INTEGER NOT NULL,            -- words
  name INTEGER NOT NULL,             -- words
  classname INTEGER,                 -- words
  status INTEGER NOT NULL,           -- words
  execution_time REAL,               -- seconds
  PRIMARY KEY (pipeline_id, position)
) STRICT, WITHOUT ROWID;

-- When anything about a project's pipelines last changed here: what is read after pipelines goes by it.
CREATE TABLE moves (
  project_id INTEGER PRIMARY KEY,
  generation INTEGER NOT NULL,       -- of the commit that changed something
  moved_at INTEGER NOT NULL          -- GitLab's clock when it was read
) STRICT;

-- How far each further resource of a project was read; project 0 is the whole instance.
CREATE TABLE sync_parts (
  project_id INTEGER NOT NULL,
  part TEXT NOT NULL,                -- environments, deployments, schedules, test_reports, runners
  watermark INTEGER,                 -- GitLab's clock: everything up to here was read
  generation INTEGER,                -- of `moves` when it was read; NULL = not yet to its end
  tried_at INTEGER NOT NULL,         -- when it was last asked for
  refused TEXT,                      -- why GitLab does not show it; NULL = it does
  last_error TEXT,
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  PRIMARY KEY (project_id, part)
) STRICT, WITHOUT ROWID;
