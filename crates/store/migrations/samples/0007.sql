INSERT INTO issue_links (job_id, project_path, iid, how, actor, at)
  VALUES (50003, 'platform/tools/builder', 12, 'block', 'known-issue block', 1795176400);
