-- Merge requests, commits and statistics of projects.

CREATE TABLE merge_requests (
  id INTEGER PRIMARY KEY,
  iid INTEGER NOT NULL,
  project_id INTEGER NOT NULL,       -- where it would be merged
  state INTEGER NOT NULL,            -- words: opened, closed, merged, locked
  draft INTEGER NOT NULL,
  title TEXT,
  source_branch INTEGER,             -- words
  target_branch INTEGER,             -- words
  sha ANY,                           -- head of the source branch: BLOB; TEXT when it is not hexadecimal
  merge_commit_sha ANY,              -- likewise
  labels TEXT NOT NULL,              -- JSON array
  author_id INTEGER,                 -- users
  merge_user_id INTEGER,             -- users
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  merged_at INTEGER,
  closed_at INTEGER,
  first_commit_at INTEGER,           -- author's date of its first commit
  commit_count INTEGER,
  user_notes_count INTEGER,
  read_at INTEGER NOT NULL,          -- GitLab's clock when these facts were read
  hash INTEGER NOT NULL              -- of the merge request's JSON
) STRICT;
CREATE INDEX merge_requests_by_project ON merge_requests (project_id, state, draft);
CREATE INDEX merge_requests_merged ON merge_requests
  (merged_at, project_id, target_branch, created_at, first_commit_at) WHERE merged_at IS NOT NULL;

-- Commits of default branches. Never updated: a commit does not change.
CREATE TABLE commits (
  project_id INTEGER NOT NULL,
  sha ANY NOT NULL,                  -- BLOB; TEXT when it is not hexadecimal
  committed_at INTEGER NOT NULL,
  authored_at INTEGER,
  author_name INTEGER,               -- words
  title TEXT,
  PRIMARY KEY (project_id, sha)
) STRICT, WITHOUT ROWID;
CREATE INDEX commits_by_time ON commits (project_id, committed_at);

CREATE TABLE project_statistics (
  project_id INTEGER PRIMARY KEY,
  commit_count INTEGER,              -- of the default branch
  storage_size INTEGER,              -- bytes, as all sizes
  repository_size INTEGER,
  lfs_objects_size INTEGER,
  job_artifacts_size INTEGER,
  pipeline_artifacts_size INTEGER,
  packages_size INTEGER,
  container_registry_size INTEGER,
  wiki_size INTEGER,
  snippets_size INTEGER,
  uploads_size INTEGER,
  read_at INTEGER NOT NULL           -- GitLab's clock when they last changed
) STRICT;

-- How far each project's merge requests and commits were read.
CREATE TABLE sync_activity (
  project_id INTEGER PRIMARY KEY,
  watermark INTEGER,                 -- GitLab's clock: all changes of merge requests up to here were read
  backfill_cursor TEXT,              -- where the list of all merge requests goes on
  complete_at INTEGER,               -- when that list was read to its end; NULL = not yet
  commits_from INTEGER,              -- commits committed since then are stored; NULL = none were read yet
  commits_counted INTEGER,           -- GitLab's count when they were last read
  commits_covered INTEGER,           -- the count that the stored ones stand for
  commits_read_at INTEGER,           -- GitLab's clock when they were last read
  last_activity_at INTEGER           -- GitLab's lastActivityAt then
) STRICT;
