-- Rows of a database at version 1; later migrations are tried on them.
INSERT INTO words (id, text) VALUES (14, 'main'), (15, 'push'), (16, 'test'), (17, 'docker,linux');
INSERT INTO users VALUES (3, 'ada', 'Ada L.'), (-5, 'Known By Name', NULL);
INSERT INTO projects VALUES
  (7, 'platform/tools/builder', 'builder', 'main', 'private', 0, '["rust"]',
   'https://gitlab.example.com/platform/tools/builder', 1794312000, 1001, 1795176000, 7, 1),
  (8, 'g/empty', 'empty', NULL, NULL, 1, '[]', NULL, NULL, NULL, NULL, NULL, 0);
INSERT INTO pipelines VALUES
  (1001, 42, 7, NULL, 14, 0, x'8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b', 15, 7, 1795176000, 1795176160, 1795176005,
   1795176159, 1795175970, 154, 5.0, 81.5, NULL, 3, 1795176200, 1, 2),
  (1002, 0, 7, NULL, NULL, 1, 'not hex', NULL, 6, 1795176000, 1795176000, NULL, NULL, NULL, NULL, NULL, NULL, NULL, -5,
   0, 0, 3);
INSERT INTO jobs VALUES
  (50001, 1001, 7, 0, 16, 16, 7, 1795176000, 1795176005, 1795176159, 154, 4.2, 81.5, 0, 0, NULL, NULL, 17, 9, NULL, 4);
INSERT INTO changes VALUES (1, 1, 1001, 7, 1795176200, 0, NULL, x'28b52ffd0400010000');
INSERT INTO dictionaries (body) VALUES (x'00');
INSERT INTO rollups VALUES (7, 0, 20777, 7, 0, 15, 1, 1, 154, x'7501');
INSERT INTO spans VALUES (0, 0, 1, 20777, 0, x'070201b402');
INSERT INTO sync_projects (project_id, state, watermark) VALUES (7, 'live', 1795176200);
INSERT INTO sync_run VALUES (1, '{}');
INSERT INTO problems VALUES ('group platform', 'not found', 1795176000, 1795176200, 3);
