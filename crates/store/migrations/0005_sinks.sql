-- Copies of the data in other systems. Each sink has taken the change feed up to `seq`.
CREATE TABLE sinks (
  name TEXT PRIMARY KEY,             -- for example otlp
  seq INTEGER NOT NULL,              -- `changes.seq`: everything up to here was taken
  since INTEGER,                     -- what ended before does not go there; NULL = everything goes
  sent_at INTEGER,                   -- when it last took something
  rows INTEGER NOT NULL DEFAULT 0,   -- taken by it
  refused INTEGER NOT NULL DEFAULT 0, -- refused by it for good
  error TEXT,                        -- what went wrong since the last success
  failures INTEGER NOT NULL DEFAULT 0 -- in a row
) STRICT, WITHOUT ROWID;

-- Pipelines that were sent as traces, or wait until it is known which pipeline started them.
CREATE TABLE traces (
  pipeline_id INTEGER PRIMARY KEY,
  ended_at INTEGER NOT NULL,         -- the run that was sent, or waits: the pipeline's finished_at, else updated_at
  root_id INTEGER,                   -- first pipeline of its trace; NULL = never sent
  waiting_since INTEGER              -- NULL = nothing to send
) STRICT;
CREATE INDEX traces_waiting ON traces (waiting_since) WHERE waiting_since IS NOT NULL;

-- From a pipeline to the bridge that started it.
CREATE INDEX jobs_by_downstream ON jobs (downstream_pipeline_id) WHERE downstream_pipeline_id IS NOT NULL;
