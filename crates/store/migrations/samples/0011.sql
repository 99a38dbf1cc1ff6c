INSERT INTO checked_days (day, until, checked_at, projects, behind, pipelines, jobs, unlisted)
VALUES (1699920000, 1700006400, 1700010000, 1, 0, 1, 1, 0);
INSERT INTO gaps VALUES (1, 1, 1699920000, 'absent', 'not stored', 1700010000, NULL);
