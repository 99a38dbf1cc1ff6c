-- Links that a known-issue block makes are looked up one by one, removed ones too: an issue may have very many.
CREATE INDEX issue_links_blocks ON issue_links (project_path, iid, job_id) WHERE how = 'block';
