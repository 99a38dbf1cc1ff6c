INSERT INTO failed_jobs VALUES (50001, 1001, 7, 15, 14, 1795176000, 1795176000, 16, 4, 18, 1);
INSERT INTO words (id, text) VALUES (18, 'lint'), (19, 'step_script'), (20, 'code'), (21, 'parser'), (22, 'pytest'),
  (23, '1-abc'), (24, 'read');
INSERT INTO reasons VALUES (50001, 1795176300, 19, 18, 20, 'assert 1 == 2', 12, 21, 22, 23, 'the test says so', 1,
  x'000102030405060708090a0b0c0d0e0f', 24, x'28b52ffd0400010000');
INSERT INTO dependency_changes VALUES (50001, 49001, 'log', 1795176300, x'28b52ffd0400010000');
INSERT INTO trace_tries VALUES (50002, 1, 1795176900, 'timed out');
INSERT INTO green_lines VALUES (7, 16, 14, 49001, 1795176300, x'28b52ffd0400010000', x'28b52ffd0400010000');
INSERT INTO failure_groups VALUES (1, 'assert «N» == «N»', 18, 20, NULL, 1795176000, 1795176000, NULL, NULL, 1795176300);
INSERT INTO signatures VALUES (1, x'000102030405060708090a0b0c0d0e0f', 1, 'exact', 18, 'assert «N» == «N»');
INSERT INTO issues VALUES ('g/p', 1, 9001, 'It breaks', 'opened', '[]', '[]', 'ada', NULL, 1795176000, 1795176000, NULL, '[]');
INSERT INTO issue_trackers (project_path, tried_at) VALUES ('g/p', 1795176300);
INSERT INTO issue_links VALUES (1, 1, NULL, 'g/p', 1, 'person', 'ada', 1795176300, NULL);
INSERT INTO judgements VALUES (1, 1, NULL, 18, NULL, 0, NULL, 'ada', 1795176300, NULL);
INSERT INTO audit VALUES (1, 1795176300, 'ada', 'assign', 'group 1', '{}', NULL);
