-- What version 3 adds, beside the rows of version 2.
INSERT INTO merge_requests VALUES
  (9001, 12, 7, 16, 0, 'Cache the index', 15, 14, x'0a1b', x'8f0c', '["backend"]', 3, 3, 1795168800, 1795175970,
   1795175970, NULL, 1795167000, 2, 1, 1795176200, 1);
INSERT INTO commits VALUES (7, x'8f0c1b2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b', 1795175970, 1795175970, 16, 'Merge');
INSERT INTO project_statistics VALUES (7, 1204, 5000000, 3000000, 0, 2000000, 0, 0, NULL, 0, 0, 0, 1795176200);
INSERT INTO sync_activity VALUES (7, 1795176200, NULL, 1795176200, 1792584000, 1204, 1204, 1795176200, 1795175970);
