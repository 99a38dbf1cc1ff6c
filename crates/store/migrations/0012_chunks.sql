-- `spans` as before, but its chunks are filled evenly whatever the ids; it is counted anew when the file is opened.
DROP TABLE spans;
CREATE TABLE spans (
  ref INTEGER NOT NULL,              -- words; 0 = all
  status INTEGER NOT NULL,           -- words; 0 = all
  days INTEGER NOT NULL,             -- 1, 7, 28
  start INTEGER NOT NULL,            -- first day, a multiple of `days`
  chunk INTEGER NOT NULL,            -- remainder of project_id / 128
  projects BLOB NOT NULL,            -- per project: pipelines, those with a duration, sum of durations; packed
  PRIMARY KEY (ref, status, days, start, chunk)
) STRICT, WITHOUT ROWID;
