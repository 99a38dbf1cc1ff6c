-- What the counters and histograms of /metrics are read from, and the newest pipeline of each ref.

-- Each row counts the things of one measure with the same properties; 0 where the measure does not tell a property apart.
-- Measures: 1 pipelines by ref, 2 pipelines ended, 3 pipelines' waiting, 4 pipelines' failures,
--           5 job runs by ref, 6 job runs ended, 7 job runs' waiting, 8 retried job runs, 9 flaky job runs.
-- `count` and `sum` are a recount of the stored rows. What counted once and does so no more (deleted by retention,
-- run anew) moves to `gone`, so that count + gone never falls.
CREATE TABLE totals (
  measure INTEGER NOT NULL,
  project_id INTEGER NOT NULL,
  ref INTEGER NOT NULL,              -- words
  ref_kind INTEGER NOT NULL,         -- 0 branch, 1 tag, 2 merge request
  source INTEGER NOT NULL,           -- words; 0 = unknown
  stage INTEGER NOT NULL,            -- words; 0 = none
  name INTEGER NOT NULL,             -- words
  tags INTEGER NOT NULL,             -- words; 0 = none
  status INTEGER NOT NULL,           -- words
  failure_reason INTEGER NOT NULL,   -- words; 0 = none
  bucket INTEGER NOT NULL,           -- 1 = up to the first bound, and so on; the last = beyond all; 0 = nothing measured
  count INTEGER NOT NULL,
  gone INTEGER NOT NULL,
  sum INTEGER NOT NULL,              -- milliseconds
  gone_sum INTEGER NOT NULL,         -- milliseconds
  PRIMARY KEY (measure, project_id, ref, ref_kind, source, stage, name, tags, status, failure_reason, bucket)
) STRICT, WITHOUT ROWID;

-- The newest pipeline of each ref; child pipelines belong to their parent and are not among them.
CREATE TABLE ref_heads (
  project_id INTEGER NOT NULL,
  ref INTEGER NOT NULL,              -- words
  ref_kind INTEGER NOT NULL,
  pipeline_id INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (project_id, ref, ref_kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX ref_heads_by_time ON ref_heads (created_at);

-- Deployments that retention deleted.
CREATE TABLE deployments_gone (
  environment_id INTEGER NOT NULL,
  status INTEGER NOT NULL,           -- words
  count INTEGER NOT NULL,
  PRIMARY KEY (environment_id, status)
) STRICT, WITHOUT ROWID;

-- Jobs that wait or run now: few among many.
CREATE INDEX jobs_active ON jobs (status, tags, project_id) WHERE status BETWEEN 5 AND 6;
