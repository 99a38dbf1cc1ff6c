-- What version 2 adds to the rows of version 1.
INSERT INTO words (id, text) VALUES (100, 'v1.0'), (101, 'unit'), (102, 'adds'), (103, 'math');
INSERT INTO environments VALUES
  (21, 7, 'production', 'production', 'available', 'production', 'https://builder.example.com', 1794312000, 1794312000),
  (22, 7, 'review/x', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO deployments VALUES
  (31, 5, 7, 21, 7, 100, 1, x'8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b', 1795176000, 1795176160, 1795176159, 1795175970,
   12.5, 50001, 1001, 3),
  (32, 0, 7, 22, 6, NULL, NULL, NULL, 1795176000, 1795176000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO pipeline_schedules VALUES
  (41, 7, 'nightly', 'main', '0 3 * * *', 'UTC', 1, 1795230000, 1001, 3, 1794312000, 1794312000);
INSERT INTO runners VALUES
  (9, 'big', 'instance_type', 'online', 0, '["docker"]', '18.0.0', 1795176000, 1794312000, 1795176000);
INSERT INTO test_reports VALUES (1001, 7, 1795176160, 1.5, 1, 1, 0, 0, 0, 1);
INSERT INTO test_suites VALUES (1001, 101, 1.5, 1, 1, 0, 0, 0, NULL);
INSERT INTO test_cases VALUES (1001, 0, 101, 102, 103, 7, 1.5);
INSERT INTO moves VALUES (7, 1, 1795176200);
INSERT INTO sync_parts VALUES (7, 'deployments', 1795176200, 1, 1795176200, NULL, NULL, 0);
INSERT INTO job_artifacts VALUES (1001, 50001, 4096);
