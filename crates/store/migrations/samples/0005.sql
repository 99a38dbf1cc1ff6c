-- What version 5 adds, beside the rows of version 4.
INSERT INTO sinks VALUES ('otlp', 1, NULL, 1795176200, 3, 0, NULL, 0);
INSERT INTO traces VALUES (1001, 1795176159, 1001, NULL), (1002, 1795176159, NULL, 1795176200);
