-- What is stored, compared with what GitLab lists, day by day.
CREATE TABLE checked_days (
  day INTEGER PRIMARY KEY,           -- midnight UTC, of pipelines' updated_at
  until INTEGER NOT NULL,            -- compared from `day` to here, exclusive
  checked_at INTEGER NOT NULL,       -- GitLab's clock
  projects INTEGER NOT NULL,         -- compared
  behind INTEGER NOT NULL,           -- not compared: not yet read to `until`, or not readable
  pipelines INTEGER NOT NULL,        -- GitLab listed
  jobs INTEGER NOT NULL,             -- GitLab counted in them
  unlisted INTEGER NOT NULL,         -- stored, and listed no more
  found INTEGER NOT NULL DEFAULT 0,  -- gaps, ever
  repaired INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Pipelines that were missing, or stored with less than GitLab has.
CREATE TABLE gaps (
  pipeline_id INTEGER PRIMARY KEY,
  project_id INTEGER NOT NULL,
  day INTEGER NOT NULL,              -- checked_days
  kind TEXT NOT NULL,                -- absent, outdated, jobs
  detail TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  repaired_at INTEGER                -- NULL while it is open
) STRICT;
